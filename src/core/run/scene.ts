/** What the texts of a node can see: contexts, looked up one name at a time and never built whole. Knows no evaluator and no rules. */

import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { EvaluationEnv } from '../expr/evaluate.ts';
import type { Value } from '../expr/value.ts';
import type { Json } from '../json.ts';
import { known } from '../known.ts';
import { ErrorContext, envContext, gitContext, RunContext, SecretsContext, StepsContext } from './contexts.ts';
import { type ItemAt, type Iteration, itemContext, loopValue } from './flow-contexts.ts';
import { type Home, homeAt, inputsAt } from './home.ts';
import { failureBefore, joinOf } from './join.ts';
import { type Node, slotsOf } from './node.ts';
import type { EvaluatedEnv } from './resolve.ts';
import { reworkCause } from './rework-cause.ts';
import type { Run } from './run.ts';
import type { Failure, Scope } from './scope.ts';
import { selfOfHook } from './self-context.ts';

export interface Scene {
  readonly node: Node;
  /** The innermost scope whose steps are seen; those around it follow. */
  readonly from: Scope | null;
  /** The context `self`, where there is one. */
  readonly self?: Value;
  /** The environment that the context `env` shows; absent: that of the node. */
  readonly env?: EvaluatedEnv;
  /** Stands for the time, so that a fingerprint holds for any. */
  readonly fixedNow?: true;
  /** The failure that the context `error` shows; absent: that of the nearest `try` whose catch or end this stands in. */
  readonly failure?: Failure;
  /** The iteration that the context `loop` is about, where it is not the one around. */
  readonly loop?: Iteration;
  /** The item of its own list that a key of the step is about. */
  readonly item?: ItemAt;
  /** The event that the context `event` shows. */
  readonly event?: Json;
  /** What the status functions say; absent where they have no meaning. */
  readonly status?: NonNullable<EvaluationEnv['status']>;
  readonly trouble: Trouble;
}

/** What came up while the texts of one scene were evaluated. */
export interface Trouble {
  /** Why a lookup could not answer; it is the error of the evaluation. */
  error: Diagnostic | null;
  /** A value that this step captured for itself was read. */
  captured: boolean;
  /** The time was read. */
  readsNow: boolean;
}

/** What a node's own keys see: the steps around it. */
export function sceneOf(node: Node): Scene {
  return {
    node,
    from: node.scope,
    trouble: { error: null, captured: false, readsNow: false },
  };
}

/** What conditions see: besides, how the steps before went. */
export function conditionSceneOf(run: Run, node: Node): Scene {
  const status = { success: joinOf(node) === 'go', failure: failureBefore(node), cancelled: isCancelling(run) };
  return { ...sceneOf(node), status };
}

/** What the conditions of a `catch` see: the steps around the `try`, those of its body, and the failure. */
export function catchSceneOf(node: Node): Scene {
  const { closed, results } = slotsOf(node);
  return { ...sceneOf(node), from: known(closed[0]), failure: known(results[0]?.failure) };
}

function isCancelling(run: Run): boolean {
  return run.root !== null && run.root.stop !== null;
}

/** What the outputs of a composite see: the steps inside it. */
export function insideOf(node: Node, scope: Scope): Scene {
  return { ...sceneOf(node), from: scope };
}

/** What the outputs of the run see: all steps of its parts, the last part first. */
export function endOf(root: Node): Scene {
  return { ...sceneOf(root), from: known(root.slots?.closed.at(-1)) };
}

/** A context by its name in lower case; undefined for one that is not there. */
export function contextOf(run: Run, scene: Scene, name: string): Value | undefined {
  switch (name) {
    case 'inputs':
      return inputsAt(run, scene.from);
    case 'steps':
    case 'needs':
      return new StepsContext(scene);
    case 'env':
      return envContext(run, scene);
    case 'secrets':
      return new SecretsContext(homeAt(run, scene.from).secrets);
    case 'self':
      return scene.self ?? selfOfHook(scene);
    case 'vars':
      return homeAt(run, scene.from).vars;
    case 'run':
      return new RunContext(run);
    case 'workflow':
      return workflowValue(homeAt(run, scene.from));
    case 'error':
      return new ErrorContext(scene);
    case 'event':
      return scene.event;
    case 'loop':
      return loopValue(scene);
    case 'rework':
      return reworkCause(run, scene.node);
    case 'git':
      return gitContext(scene);
    default: {
      const item = itemContext(scene, name);
      if (item !== undefined) return item;
      const { contexts } = run.surroundings;
      return contexts !== undefined && Object.hasOwn(contexts, name) ? contexts[name] : undefined;
    }
  }
}

function workflowValue({ name, file, hash }: Home): Value {
  return { name, file, hash };
}
