/**
 * What a step does after its own work: `on-success` or `on-failure`, in a scope of its own, before it settles.
 *
 * | the step's own work | its hook                 | the step settles as                   |
 * | succeeded           | succeeded or skipped     | succeeded                             |
 * | succeeded           | failed                   | failed, by the failure of the hook    |
 * | succeeded           | cancelled                | cancelled                             |
 * | failed              | however it ended         | failed, by its own failure            |
 *
 * A step whose result is that of another run has succeeded. One that is kept in its own, skipped or cancelled has none. The root has
 * another, at a signal. What undoes a step is one, too, which others open: see compensation.ts. Knows no kinds of steps.
 */

import type { JsonObject } from '../json.ts';
import { known } from '../known.ts';
import {
  COMPENSATE_HOOK,
  type CompositeNode,
  INTERRUPT_HOOK,
  ON_FAILURE_HOOK,
  ON_SUCCESS_HOOK,
  type PlanScope,
} from '../plan/plan.ts';
import { giveUpClaims, waitsForClaim } from './claims.ts';
import { addCounts, type Counts, noCounts } from './counts.ts';
import type { Effect } from './effect.ts';
import type { AttemptEnded, RunEvent, StepResult } from './event.ts';
import { edgesSettled } from './join.ts';
import type { Node } from './node.ts';
import { abandonOps } from './operations.ts';
import { planOf, type Run, rootOf, touch } from './run.ts';
import { type Failure, FINALLY_SLOT, type Scope } from './scope.ts';
import { scopeResult } from './scope-end.ts';
import { addMembers, forget } from './scopes.ts';
import { failureOf, outputsOf } from './settle.ts';
import { cancelled, settled, type Wish } from './wishes.ts';

/** The one hook of a node: none begins after it. */
export interface Hook {
  readonly slot: number;
  /** Null when it has ended. */
  scope: Scope | null;
  /** What the step's own work came to, as `self` and `error` show it. */
  readonly ended: AttemptEnded;
  readonly failure: Failure | null;
  /** What it came to itself, once it has ended. */
  result: StepResult | null;
  error: Failure | null;
  readonly counts: Counts;
}

type Settled = Extract<RunEvent, { readonly type: 'step.settled' }>;

/** What a node asks for, with its hook before its end. */
export function beforeEnd(node: Node, wish: Wish): Wish {
  if (wish === null || typeof wish === 'string' || wish.type !== 'step.settled' || wish.node !== node.path) return wish;
  const isGood = wish.result === 'succeeded' || wish.cause.kind === 'cached';
  if (!isGood && wish.result !== 'failed') return wish;
  if (node.hook !== null && node.hook.slot !== INTERRUPT_HOOK) return afterHook(node, node.hook, wish);
  const slot = isGood ? ON_SUCCESS_HOOK : ON_FAILURE_HOOK;
  if (node.stop !== null || !node.plan.hooks?.some((hook) => hook.slot === slot)) return wish;
  const { outputs, error } = wish;
  return { type: 'scope.opened', node: node.path, slot, ...(outputs && { outputs }), ...(error && { error }) };
}

function afterHook(node: Node, hook: Hook, wish: Settled): RunEvent {
  if (wish.result === 'failed' || (hook.result !== 'failed' && hook.result !== 'cancelled')) return wish;
  if (hook.result === 'cancelled') return cancelled(node);
  const { error } = known(hook.error);
  return settled(node, 'failed', { kind: 'hook', hook: 'on-success' }, { outputs: wish.outputs ?? {}, error });
}

/** Whether a step that is to stop was stopped before its own work had come to its end: what its hook answers to stays so. */
export function isStopped({ stop, hook }: Node): boolean {
  return stop !== null && hook === null;
}

/** What a hook that is under way asks for; null when its steps do. */
export function askHook(node: Node, scope: Scope): RunEvent | null {
  if (scope.unsettled > 0) return null;
  return { type: 'scope.closed', node: node.path, slot: scope.slot, result: scopeResult(scope), outputs: {} };
}

export function openHook(
  run: Run,
  node: Node,
  { slot, outputs, error }: Extract<RunEvent, { readonly type: 'scope.opened' }>,
): void {
  const body = slot === INTERRUPT_HOOK ? finallyOf(node) : node.plan.hooks?.find((hook) => hook.slot === slot)?.body;
  if (!body) throw new Error(`Bug: \`${node.path}\` has no hook ${slot}`);
  const outcome = slot === ON_FAILURE_HOOK ? 'failed' : 'succeeded';
  const failure = outcome === 'succeeded' ? null : error ? { node: node.path, error } : failureOf(node, outcome);
  node.hook = {
    slot,
    scope: null,
    ended: endOf(node, outcome, outputsOf(node, outcome, outputs), failure),
    failure,
    result: null,
    error: null,
    counts: noCounts(),
  };
  node.hook.scope = addMembers(run, node, slot, body, Number.POSITIVE_INFINITY);
  touch(run, node);
  if (waitsForClaim(node) || !edgesSettled(node)) run.withheld.set(node, []); // lost while it waited for the world
}

/** What the hooks of a node that has succeeded see, whoever opens them. */
export function endOfWork(node: Node): Hook {
  const ended = endOf(node, 'succeeded', node.outputs, null);
  return {
    slot: COMPENSATE_HOOK,
    scope: null,
    ended,
    failure: null,
    result: null,
    error: null,
    counts: node.hook?.counts ?? noCounts(),
  };
}

/** Told as the end of an attempt, as `self` shows it. */
function endOf(
  node: Node,
  outcome: 'succeeded' | 'failed',
  outputs: JsonObject | null,
  failure: Failure | null,
): AttemptEnded {
  return {
    type: 'attempt.ended',
    node: node.path,
    op: 0,
    ...(node.ended?.log !== undefined && { log: node.ended.log }),
    ...(failure && { error: failure.error }),
    outcome,
    outputs: outputs ?? {},
    durationMs: node.slots === null ? node.durationMs : Math.max(0, node.endedAt - node.startedAt),
  };
}

export function closeHook(run: Run, node: Node, event: Extract<RunEvent, { readonly type: 'scope.closed' }>): void {
  const hook = known(node.hook);
  const scope = known(hook.scope);
  hook.result = event.result;
  hook.error = scope.failure;
  forget(run, scope);
  hook.scope = null;
  if (hook.slot === INTERRUPT_HOOK) addCounts(run.counts, hook.counts, -1); // the run will come to them again
  touch(run, node);
}

/**
 * A signal stops the run: where the workflow says so its `finally` runs now, once what was under way has ended, unless it has
 * begun already. It runs again at the end of the run, and nothing of this counts there.
 */
export function interrupt(run: Run): void {
  const root = rootOf(run);
  const hasBegun = root.slots === null || root.slots.opened === 0;
  const atEnd = root.slots?.live.has(FINALLY_SLOT) === true || root.slots?.results[FINALLY_SLOT] !== undefined;
  if (planOf(run).finallyOnInterruptMs === undefined || hasBegun || atEnd || root.state !== 'open') return;
  run.interrupted = true;
  touch(run, root);
}

/** What the root asks for then; `otherwise` is what it asks for else. */
export function atInterrupt(run: Run, root: Node, otherwise: () => Wish): Wish {
  if (!run.interrupted || root.scope !== null || root.hook !== null) return otherwise();
  return run.running > 0 ? null : { type: 'scope.opened', node: root.path, slot: INTERRUPT_HOOK };
}

/** The run goes on: what its `finally` did at the signal is over, done or not. */
export function forgetInterrupt(run: Run): readonly Effect[] {
  const root = rootOf(run);
  run.interrupted = false;
  if (root.hook?.slot !== INTERRUPT_HOOK) return [];
  const effects: Effect[] = [];
  if (root.hook.scope !== null) {
    addCounts(run.counts, root.hook.counts, -1);
    forgetOpen(run, root.hook.scope, effects);
  }
  root.hook = null;
  touch(run, root);
  return effects;
}

/** What was cut off in it asks for nothing any more, and holds nothing: its own second time would wait for it. */
function forgetOpen(run: Run, scope: Scope, effects: Effect[]): void {
  for (const node of scope.nodes) {
    for (const inner of node.slots?.live.values() ?? []) forgetOpen(run, inner, effects);
    if (node.hook?.scope) forgetOpen(run, node.hook.scope, effects);
    if (node.state === 'running') run.running--; // its end will be late news
    effects.push(...abandonOps(run, node), ...giveUpClaims(run, node));
  }
  forget(run, scope);
}

/** Whether a node runs although the run is paused: it belongs to what a signal has begun. */
export function runsWhilePaused(node: Node): boolean {
  for (let { scope } = node; scope !== null; scope = scope.owner.scope) if (scope.slot === INTERRUPT_HOOK) return true;
  return false;
}

function finallyOf({ plan }: Node): PlanScope | null | undefined {
  return (plan as CompositeNode).bodies[FINALLY_SLOT]; // it is the run that a signal stops
}
