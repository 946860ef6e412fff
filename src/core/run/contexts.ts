/** The contexts of expressions that follow the run: `steps`, `env`, `secrets`, `run`, `error`. Knows no expressions. */

import { problem } from '../diagnostic/diagnostic.ts';
import { captureKey } from '../expr/evaluate.ts';
import { LookupObject, NeededValue, secretValue, textValue, type Value } from '../expr/value.ts';
import type { Json, JsonObject } from '../json.ts';
import { known } from '../known.ts';
import { captured } from './evaluation.ts';
import type { StepResult } from './event.ts';
import { errorObject, shownItems } from './flow-contexts.ts';
import { isEdge, pathSeen } from './home.ts';
import type { Node, ShownItems } from './node.ts';
import { type EvaluatedEnv, envSeen } from './resolve.ts';
import type { Run } from './run.ts';
import type { Scene } from './scene.ts';
import { bodyBefore, type Failure, partOf, type Scope } from './scope.ts';

/** `steps`: those of the node's scope, of the parts of a `try` before it, and of what encloses them. */
export class StepsContext extends LookupObject {
  readonly #scene: Scene;
  constructor(scene: Scene) {
    super();
    this.#scene = scene;
  }
  get(key: string): Value | undefined {
    const id = key.toLowerCase();
    for (const scope of visibleScopes(this.#scene.from)) {
      const index = scope.shape.byId.get(id);
      const node = index === undefined ? undefined : scope.nodes[index];
      if (node !== undefined) return stepValue(node, this.#scene);
    }
    return undefined;
  }
  *keys(): Iterable<string> {
    for (const scope of visibleScopes(this.#scene.from)) for (const node of scope.nodes) yield node.plan.id;
  }
}

function* visibleScopes(from: Scope | null): Iterable<Scope> {
  for (let scope = from; scope !== null; scope = scope.owner.scope) {
    yield scope;
    const closed = scope.owner.slots?.closed ?? [];
    for (let index = closed.length - 1; index >= 0; index--) {
      const earlier = closed[index];
      if (earlier !== undefined && earlier !== scope) yield earlier;
    }
    if (isEdge(scope)) return;
  }
}

/** GitHub's words for results. */
const CONCLUSIONS: Readonly<Record<StepResult, string>> = {
  succeeded: 'success',
  kept: 'success',
  failed: 'failure',
  skipped: 'skipped',
  cancelled: 'cancelled',
};

/** What `steps.ID` is: nulls while the step is not settled. */
function stepValue(node: Node, scene: Scene): Value {
  const result = node.state === 'serving' ? 'succeeded' : node.result;
  const outcome = result === null ? null : CONCLUSIONS[result];
  const shown = node.state === 'settled' ? shownItems(node) : null;
  return {
    outputs: shown === null ? outputsValue(node.outputs ?? {}, node, scene) : listedOutputs(shown, node, scene),
    ...(node.plan.kind === 'each' && { items: shown?.items ?? [] }),
    result: result === 'kept' ? 'succeeded' : result,
    conclusion: result === 'failed' && node.plan.continueOnError ? 'success' : outcome,
    outcome,
    cause: node.cause?.kind ?? null,
    error: errorValue(node.error, scene.from),
    attempts: node.attempts,
    'duration-ms': node.slots === null ? node.durationMs : Math.max(0, node.endedAt - node.startedAt),
  };
}

function listedOutputs({ outputs }: ShownItems, node: Node, scene: Scene): Value {
  const isCut = outputs.some((one) => one?.['stdout-truncated'] === true);
  return isCut ? outputs.map((one) => (one === null ? null : outputsValue(one, node, scene))) : outputs;
}

function errorValue(failure: Failure | null, from: Scope | null): Value {
  return failure === null ? null : { ...errorObject(failure), step: pathSeen(from, failure.node) };
}

/** Outputs as they are, unless some of their text was cut off: reading that fails. */
export function outputsValue(outputs: JsonObject, node: Node, scene: Scene): Value {
  return outputs['stdout-truncated'] === true ? new CutOutputs(outputs, node, scene) : outputs;
}

class CutOutputs extends LookupObject {
  readonly #outputs: JsonObject;
  readonly #node: Node;
  readonly #scene: Scene;
  constructor(outputs: JsonObject, node: Node, scene: Scene) {
    super();
    this.#outputs = outputs;
    this.#node = node;
    this.#scene = scene;
  }
  get(key: string): Value | undefined {
    if (key.toLowerCase() !== 'stdout') return ownValue(this.#outputs, key);
    this.#scene.trouble.error ??= problem(
      'STEP_OUTPUT_TRUNCATED',
      `The output of step \`${this.#node.path}\` was longer than is kept, so \`stdout\` is not all of it.`,
      { hint: 'Read the whole text from the file that its output `log` names, or raise `max-output`.' },
    );
    return null;
  }
  keys(): Iterable<string> {
    return Object.keys(this.#outputs).filter((key) => key !== 'stdout');
  }
}

/** A value by its name without regard to case, as GitHub looks names up. */
export function ownValue(object: Readonly<Record<string, Json>>, key: string): Json | undefined {
  if (Object.hasOwn(object, key)) return object[key];
  const upper = key.toUpperCase();
  const name = Object.keys(object).find((other) => other.toUpperCase() === upper);
  return name === undefined ? undefined : object[name];
}

/** `env`: the declared names, evaluated with the layer that declares them. What they read from outside is captured first. */
export function envContext(run: Run, scene: Scene): Value {
  if (scene.env !== undefined) return new EnvContext(scene.env);
  const answer = envSeen(run, scene);
  if (answer.kind === 'value') return new EnvContext(answer.value);
  if (answer.kind === 'missing') return new NeededValue(known(answer.captures[0]));
  scene.trouble.error ??= answer.diagnostic;
  return null;
}

class EnvContext extends LookupObject {
  readonly #env: EvaluatedEnv;
  constructor(env: EvaluatedEnv) {
    super();
    this.#env = env;
  }
  get(key: string): Value | undefined {
    return Object.hasOwn(this.#env, key) ? textValue(known(this.#env[key])) : undefined;
  }
  keys(): Iterable<string> {
    return Object.keys(this.#env);
  }
}

/** `secrets`: the declared names; what they stand for is known to no expression. */
export class SecretsContext extends LookupObject {
  readonly #names: readonly string[];
  constructor(names: readonly string[]) {
    super();
    this.#names = names;
  }
  get(key: string): Value | undefined {
    const upper = key.toUpperCase();
    const name = this.#names.find((other) => other.toUpperCase() === upper);
    return name === undefined ? undefined : secretValue(name);
  }
  keys(): Iterable<string> {
    return this.#names;
  }
}

/** `run`: what the journal says of it, over what the surroundings say. */
export class RunContext extends LookupObject {
  readonly #values: JsonObject;
  constructor(run: Run) {
    super();
    this.#values = {
      number: null,
      dir: null,
      attempt: Math.max(1, run.openings),
      resumed: run.openings > 1,
      ...run.surroundings.runContext,
      id: run.id,
      trigger: run.trigger,
      'started-at': new Date(run.createdAt).toISOString(),
    };
  }
  get(key: string): Value | undefined {
    return ownValue(this.#values, key);
  }
  keys(): Iterable<string> {
    return Object.keys(this.#values);
  }
}

const GIT = captureKey('git', []);

/** `git`: the repository as it was when the step captured it. */
export function gitContext(scene: Scene): Value {
  return captured(scene, GIT) ?? new NeededValue({ key: GIT, kind: 'git', args: [] });
}

/** `error`: the failure that a `catch` or `on-failure` answers to; null elsewhere. */
export class ErrorContext extends LookupObject {
  readonly #value: Value;
  constructor(scene: Scene) {
    super();
    this.#value = errorValue(scene.failure ?? failureBehind(scene.from), scene.from);
  }
  get(key: string): Value | undefined {
    return typeof this.#value === 'object' && this.#value !== null
      ? ownValue(this.#value as JsonObject, key)
      : undefined; // errorValue makes plain objects
  }
  keys(): Iterable<string> {
    return this.#value === null ? [] : Object.keys(this.#value);
  }
}

function failureBehind(from: Scope | null): Failure | null {
  for (let scope = from; scope !== null; scope = scope.owner.scope) {
    const { owner, slot } = scope;
    const results = owner.slots?.results;
    const isAfter = partOf(owner.plan, slot) !== 'body';
    const failure = slot < 0 ? owner.hook?.failure : isAfter ? results?.[bodyBefore(owner.plan, slot)]?.failure : null;
    if (failure) return failure;
    if (isEdge(scope)) return null;
  }
  return null;
}
