/** Compiles one step by itself: action, modifiers, condition. Its edges and what is inside of it are joined later. */

import { bareObject } from '../../core/json.ts';
import { ANNOTATIONS_OUTPUT, ANNOTATIONS_SCHEMA } from '../../core/plan/annotations.ts';
import type {
  Claim,
  Condition,
  EachSpec,
  Join,
  LoopSpec,
  NodeBase,
  OutputSpec,
  PlanNode,
  Retry,
} from '../../core/plan/plan.ts';
import { USUAL_SERVICE_TIMEOUT_MS } from '../../core/plan/service-request.ts';
import { compileApprove } from './approve-step.ts';
import { budgetOf, limitWithin } from './budget.ts';
import { compileChild } from './child-step.ts';
import { compileClaude, usualClaudeTimeoutMs } from './claude-step.ts';
import { condition, defaultCondition } from './conditions.ts';
import type { Defaults } from './defaults.ts';
import { type StepDraft, scopeInside } from './draft.ts';
import { compileEach } from './each.ts';
import { compileEnsures } from './ensures.ts';
import { compileEnv, type EnvTemplates } from './environment.ts';
import { guardKeys, isGuardedDraft } from './guard.ts';
import { compileHttp, USUAL_HTTP_TIMEOUT_MS } from './http-step.ts';
import { compileLoop } from './loop.ts';
import { actionKeys, groupLimits, secretsOf } from './manner.ts';
import { compileMcp, USUAL_MCP_TIMEOUT_MS } from './mcp-step.ts';
import { compileOutputs } from './outputs.ts';
import { type Place, placeOf } from './place.ts';
import { flagOf, wholeOf } from './quantities.ts';
import { readRetry } from './retry.ts';
import { compileRun } from './run-step.ts';
import { compileService } from './service-step.ts';
import { carriedSessions } from './session.ts';
import { deepTemplate, keyExpression, literal, objectTemplate, textTemplate, warnOfBareReference } from './text.ts';
import { entryOf, valueOf } from './tree.ts';
import { undoesOf } from './undoing.ts';
import { compileUses, USUAL_USES_TIMEOUT_MS } from './uses-step.ts';
import { compileWait } from './wait-step.ts';
import type { Scene } from './world.ts';
import { compileWrite } from './write-step.ts';

/** A node without what its place among others decides. */
export type LoneNode = PlanNode extends infer N
  ? N extends PlanNode
    ? Omit<N, 'needs' | 'after' | 'digest'> & { readonly again?: Again }
    : never
  : never;

/** How often a step is done: each is a node around the step, made when scopes are assembled. */
export interface Again {
  readonly each?: EachSpec;
  readonly loop?: LoopSpec;
  /** Of all times together. */
  readonly totalTimeoutMs?: number;
}

const MAX_AT_ONCE = 10_000;

/** Null for a step without a known action. */
export function compileStep(
  scene: Scene,
  step: StepDraft,
  defaults: Defaults,
  join: Join | undefined,
): LoneNode | null {
  // The id in front, here and below: V8 gives each object whose literal begins with a spread and goes on hidden classes of its own.
  const { id } = step;
  const base = { ...compileBase(scene, step, defaults, join), ...againOf(scene, step) };
  switch (step.action) {
    case 'run':
      return {
        id,
        ...base,
        kind: 'action',
        action: 'run',
        with: compileRun(scene, step, defaults),
        ...actionKeys(scene, step, isGuardedDraft(step) ? graceOf(defaults) : defaults),
        ...guardKeys(scene, step, defaults),
      };
    case 'http':
      return {
        id,
        ...base,
        kind: 'action',
        action: 'http',
        with: compileHttp(scene, step),
        ...actionKeys(scene, step, { timeoutMs: USUAL_HTTP_TIMEOUT_MS, ...(isGuardedDraft(step) ? {} : defaults) }),
        ...guardKeys(scene, step, defaults),
      };
    case 'claude':
      return {
        id,
        ...base,
        kind: 'action',
        action: 'claude',
        with: compileClaude(scene, step),
        ...actionKeys(scene, step, {
          timeoutMs: usualClaudeTimeoutMs(step),
          ...(isGuardedDraft(step) ? {} : defaults),
        }),
        ...guardKeys(scene, step, defaults),
      };
    case 'mcp':
      return {
        id,
        ...base,
        kind: 'action',
        action: 'mcp',
        with: compileMcp(scene, step),
        ...actionKeys(scene, step, { timeoutMs: USUAL_MCP_TIMEOUT_MS, ...(isGuardedDraft(step) ? {} : defaults) }),
        ...guardKeys(scene, step, defaults),
      };
    case 'uses':
      return {
        id,
        ...base,
        kind: 'action',
        action: 'uses',
        with: compileUses(scene, step),
        ...actionKeys(scene, step, { timeoutMs: USUAL_USES_TIMEOUT_MS, ...(isGuardedDraft(step) ? {} : defaults) }),
        ...guardKeys(scene, step, defaults),
      };
    case 'write':
      return {
        id,
        ...base,
        kind: 'action',
        action: 'write',
        with: compileWrite(scene, step),
        ...actionKeys(scene, step, NO_DEFAULTS),
        ...guardKeys(scene, step, defaults),
      };
    case 'service':
      return {
        id,
        ...base,
        kind: 'action',
        action: 'service',
        with: compileService(scene, step, defaults),
        ...actionKeys(scene, step, { ...graceOf(defaults), timeoutMs: USUAL_SERVICE_TIMEOUT_MS }),
      };
    case 'set':
      return { id, ...base, kind: 'set', values: compileSet(scene, step) };
    case 'fail':
      return { id, ...base, kind: 'fail', message: compileFail(scene, step) };
    case 'wait':
      return { id, ...base, ...compileWait(scene, step, defaults) };
    case 'approve':
      return { id, ...base, kind: 'approve', ...compileApprove(scene, step) };
    case 'steps':
    case 'parallel':
      return { id, ...base, kind: 'group', bodies: [], ...groupLimits(scene, step), ...groupKeys(scene, step) };
    case 'choose':
      return { id, ...base, kind: 'choose', bodies: [], ...groupLimits(scene, step), ...branchKeys(scene, step) };
    case 'race':
      return { id, ...base, kind: 'race', bodies: [], ...groupLimits(scene, step) };
    case 'try':
      return { id, ...base, kind: 'try', bodies: [], ...groupLimits(scene, step), ...catchKeys(scene, step) };
    case 'workflow':
    case 'include':
      return {
        id,
        ...base,
        kind: 'workflow',
        ...groupLimits(scene, step),
        ...compileChild(scene, step, secretsOf(scene, step) ?? []),
      };
    case 'compensate':
      return { id, ...base, kind: 'compensate', bodies: [], ...undoesOf(scene, step) };
    case null:
      return null;
    default:
      return step.action satisfies never;
  }
}

function againOf(scene: Scene, step: StepDraft): { readonly again?: Again } {
  const each = compileEach(scene, step);
  const loop = compileLoop(scene, step);
  if (each === undefined && loop === undefined) return NOTHING;
  const totalTimeoutMs = limitWithin(scene, step.tree, 'total-timeout');
  return {
    again: { ...optional('each', each), ...optional('loop', loop), ...optional('totalTimeoutMs', totalTimeoutMs) },
  };
}

type Base = Omit<NodeBase, 'id' | 'needs' | 'after' | 'digest'>;

function compileBase(scene: Scene, step: StepDraft, defaults: Defaults, join: Join | undefined): Base {
  const { start } = scene.locator.span(step.anonymous ? step.tree.range : step.idRange);
  return {
    at: { line: start.line, column: start.column },
    ...(step.anonymous ? { anonymous: true as const } : {}),
    ...(step.name === null ? {} : { name: step.name }),
    ...(join === undefined ? {} : { join }),
    ...optional('if', conditionOf(scene, step)),
    ...optional('env', envOf(scene, step)),
    ...(flagOf(scene, entryOf(step.tree, 'continue-on-error')?.value, 'continue-on-error')
      ? { continueOnError: true as const }
      : {}),
    ...(flagOf(scene, entryOf(step.tree, 'allow-failure')?.value, 'allow-failure')
      ? { allowFailure: true as const }
      : {}),
    ...optional('retry', retryOf(scene, step, defaults)),
    ...optional('outputs', withSessions(step, outputsOf(scene, step))),
    ...optional('claim', lockOf(scene, step)),
    ...optional('ensures', compileEnsures(scene, step, defaults)),
    ...optional('budget', budgetOf(scene, step.tree)),
  };
}

const NOTHING = {};

/** A key that is there only when it has a value: absent keys keep a large plan small. */
function optional<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  if (value === undefined) return NOTHING;
  const made: Readonly<Record<string, T>> = { [key]: value };
  return made as { readonly [P in K]?: T }; // it has the one key
}

function conditionOf(scene: Scene, step: StepDraft): Condition | undefined {
  const entry = entryOf(step.tree, 'if');
  if (entry !== undefined)
    return condition(scene, entry.value, placeOf(step, 'if', { statuses: true, repeated: 'around' }));
  return defaultCondition(step.scope);
}

function envOf(scene: Scene, step: StepDraft): EnvTemplates | undefined {
  return compileEnv(scene, entryOf(step.tree, 'env')?.value, placeOf(step, 'env', { secrets: true }));
}

function lockOf(scene: Scene, step: StepDraft): Claim | undefined {
  const tree = entryOf(step.tree, 'lock')?.value;
  return tree === undefined
    ? undefined
    : { of: 'lock', name: textTemplate(scene, tree, placeOf(step, 'lock'), 'refuse') };
}

/** Language-rules 2: a default reaches only steps that run something. */
const RUNS_SOMETHING: ReadonlySet<StepDraft['action']> = new Set<StepDraft['action']>([
  'run',
  'http',
  'claude',
  'mcp',
  'uses',
]);

function retryOf(scene: Scene, step: StepDraft, defaults: Defaults): Retry | undefined {
  return (
    readRetry(scene, entryOf(step.tree, 'retry')?.value, (tree, key) =>
      keyExpression(scene, tree, placeOf(step, key, { self: scopeInside(step) === null })),
    ) ?? (RUNS_SOMETHING.has(step.action) && !isGuardedDraft(step) ? defaults.retry : undefined)
  );
}

function outputsOf(scene: Scene, step: StepDraft): Readonly<Record<string, OutputSpec>> | undefined {
  const tree = entryOf(step.tree, 'outputs')?.value;
  // A file says itself what it gives.
  if (step.action === 'workflow' || step.action === 'include') return undefined;
  if (tree?.kind === 'list' && step.action !== 'run') {
    scene.malformed(
      tree.range,
      'A list of `outputs` declares what a script writes; here each output needs a value.',
      'Write `outputs: { name: value }`.',
    );
  }
  const inner = scopeInside(step);
  const place = inner === null ? { self: true } : { scope: inner, wholeSteps: true };
  const outputs = compileOutputs(scene, tree, placeOf(step, 'outputs', place));
  const annotations = annotationsOf(scene, step, outputs, placeOf(step, 'annotations', place));
  return annotations === undefined
    ? outputs
    : bareObject<OutputSpec>([...Object.entries(outputs ?? {}), [ANNOTATIONS_OUTPUT, annotations]]);
}

/** An output with a shape of its own. */
function annotationsOf(
  scene: Scene,
  step: StepDraft,
  outputs: Readonly<Record<string, OutputSpec>> | undefined,
  place: Place,
): OutputSpec | undefined {
  const entry = entryOf(step.tree, 'annotations');
  if (entry === undefined) return undefined;
  if (outputs?.[ANNOTATIONS_OUTPUT] !== undefined)
    scene.malformed(
      entry.keyRange,
      '`annotations` are an output of the step: there cannot be another one of that name.',
    );
  warnOfBareReference(scene, entry.value);
  return { value: deepTemplate(scene, entry.value, place), schema: ANNOTATIONS_SCHEMA };
}

/** A group with a `loop` hands on the conversations of its steps as outputs of which no document can know. */
function withSessions(step: StepDraft, outputs: ReturnType<typeof outputsOf>): ReturnType<typeof outputsOf> {
  const carried = carriedSessions(step);
  return carried.length === 0 ? outputs : bareObject<OutputSpec>([...Object.entries(outputs ?? {}), ...carried]);
}

/** Language-rules 2: defaults reach only steps that run something. */
const NO_DEFAULTS: Pick<Defaults, 'timeoutMs' | 'graceMs'> = {};

function graceOf({ graceMs }: Defaults): Pick<Defaults, 'graceMs'> {
  return graceMs === undefined ? NOTHING : { graceMs };
}

function compileSet(scene: Scene, step: StepDraft): ReturnType<typeof deepTemplate> {
  const tree = entryOf(step.tree, 'set')?.value;
  const place = placeOf(step, 'set');
  if (tree?.kind !== 'map') {
    if (tree !== undefined) scene.malformed(tree.range, '`set` is a map of names and values.');
    return literal({});
  }
  for (const { value } of tree.entries) warnOfBareReference(scene, value);
  return objectTemplate(tree.entries.map(({ key, value }) => [key, deepTemplate(scene, value, place)] as const));
}

/** `fail: text`, or `fail: { message: text }`. */
function compileFail(scene: Scene, step: StepDraft): ReturnType<typeof textTemplate> {
  const tree = entryOf(step.tree, 'fail')?.value;
  const message = tree?.kind === 'map' ? valueOf(tree, 'message') : tree;
  if (message === undefined) return literal('');
  return textTemplate(scene, message, placeOf(step, 'fail'), 'empty');
}

interface GroupKeys {
  readonly max?: number;
  readonly failFast?: true;
}

function groupKeys(scene: Scene, step: StepDraft): GroupKeys {
  const max = entryOf(step.tree, 'max');
  return {
    ...optional('max', max === undefined ? undefined : wholeOf(scene, max.value, 'max', 1, MAX_AT_ONCE)),
    ...(flagOf(scene, entryOf(step.tree, 'fail-fast')?.value, 'fail-fast') ? { failFast: true as const } : {}),
  };
}

/** Which failures each catch is for, by the slot of the body. */
function catchKeys(scene: Scene, step: StepDraft): Pick<BranchKeys, 'conditions'> | undefined {
  const conditions: (Condition['expression'] | null)[] = [];
  for (const { condition: when, slot = 0 } of step.bodies) {
    while (conditions.length <= slot) conditions.push(null);
    if (when === undefined) continue;
    const [body] = step.bodies;
    const place = placeOf(step, 'when', { scope: body?.scope ?? step.scope });
    conditions[slot] = condition(scene, when.value, place)?.expression ?? null;
  }
  return conditions.every((one) => one === null) ? undefined : { conditions };
}

interface BranchKeys {
  readonly conditions: readonly (Condition['expression'] | null)[];
  readonly bodyOutputs?: readonly (Readonly<Record<string, OutputSpec>> | null)[];
}

function branchKeys(scene: Scene, step: StepDraft): BranchKeys {
  const conditions = step.bodies.map((body) => {
    if (body.condition === undefined) return null;
    return condition(scene, body.condition.value, placeOf(step, 'if'))?.expression ?? null;
  });
  const bodyOutputs = step.bodies.map((body) => {
    const place = placeOf(step, 'outputs', { scope: body.scope, wholeSteps: true });
    return compileOutputs(scene, body.outputs?.value, place) ?? null;
  });
  return { conditions, ...(bodyOutputs.some((outputs) => outputs !== null) ? { bodyOutputs } : {}) };
}
