/**
 * What an open composite asks for, one rule a kind: slots, opened by a rule. Knows no leaves and no order among nodes.
 *
 * | kind   | opens                                                               | result                                  |
 * | group  | its one slot; a failure with fail-fast cancels the rest of it       | that of the slot                        |
 * | choose | the first branch whose condition holds                              | that of the branch; none: skipped       |
 * | try    | the body; the catch if that failed and nothing is cancelled; then   | a failed finally fails; then cancelled; |
 * |        | the finally, also under a cancel (but not under a second one)       | then a caught failure is a success      |
 *
 * A new construct is a new rule here. Every rule closes what is complete before it opens more.
 */
import type { CompositeNode } from '../plan/plan.ts';
import { evaluateFor, isTruthy } from './evaluation.ts';
import type { Cause, RunEvent, StepResult } from './event.ts';
import { type Node, slotsOf } from './node.ts';
import { failedOf, retryAfter } from './retry.ts';
import type { Run } from './run.ts';
import { conditionSceneOf } from './scene.ts';
import { askScopeEnd } from './scope-end.ts';
import { cancelled, refusal, START, settled, type Wish } from './wishes.ts';

type Rule = (run: Run, node: Node, plan: CompositeNode) => Wish;

export const RULES: Readonly<Record<CompositeNode['kind'], Rule>> = { group, choose, try: tryRule };

function group(run: Run, node: Node, plan: CompositeNode): Wish {
  const slots = slotsOf(node);
  if (slots.opened === 0) return node.stop === null ? open(node, 0) : cancelled(node);
  const [scope] = slots.live.values();
  if (scope === undefined) return finishAs(run, node, resultOf(node, 0));
  if (scope.unsettled === 0) return askScopeEnd(run, node, scope);
  const failsFast = plan.failFast === true && scope.failed > 0 && node.stop === null && !slots.failingFast;
  return failsFast ? { type: 'cancel.requested', node: node.path, cause: 'fail-fast' } : null;
}

function choose(run: Run, node: Node, plan: CompositeNode): Wish {
  const slots = slotsOf(node);
  if (slots.opened > 0)
    return closeOne(run, node) ?? waitOr(node, () => finishAs(run, node, resultOf(node, slots.cursor)));
  if (node.stop !== null) return cancelled(node);
  const scene = conditionSceneOf(run, node);
  for (const [index, condition] of (plan.conditions ?? []).entries()) {
    if (condition === null) return open(node, index);
    const answer = evaluateFor(run, node, { kind: 'value', expression: condition }, scene);
    if (answer.kind !== 'value') return refusal(run, node, answer);
    if (isTruthy(answer.value)) return open(node, index);
  }
  return settled(node, 'skipped', { kind: 'no-branch' });
}

function tryRule(run: Run, node: Node, plan: CompositeNode): Wish {
  const slots = slotsOf(node);
  const closing = closeOne(run, node);
  if (closing !== null || slots.live.size > 0) return closing;
  if (slots.opened === 0) return node.stop === null ? open(node, 0) : cancelled(node);
  const body = resultOf(node, 0);
  if (slots.cursor === 0 && body === 'failed' && plan.bodies[1] && node.stop === null) return open(node, 1);
  if (slots.cursor < 2 && plan.bodies[2] && !node.killed) return open(node, 2);
  const caught = slots.results[1]?.result;
  const last = slots.results[2]?.result;
  if (last === 'failed') return finishAs(run, node, 'failed');
  if (node.stop !== null || last === 'cancelled') return finishAs(run, node, 'cancelled');
  const isCaught = caught !== undefined && caught !== 'failed' && plan.rethrow !== true;
  return finishAs(run, node, isCaught ? 'succeeded' : body);
}

function open(node: Node, slot: number): RunEvent {
  return { type: 'scope.opened', node: node.path, slot };
}

function closeOne(run: Run, node: Node): RunEvent | null {
  for (const scope of slotsOf(node).live.values()) if (scope.unsettled === 0) return askScopeEnd(run, node, scope);
  return null;
}

function waitOr(node: Node, then: () => Wish): Wish {
  return slotsOf(node).live.size > 0 ? null : then();
}

function resultOf(node: Node, slot: number): StepResult {
  return slotsOf(node).results[slot]?.result ?? 'skipped';
}

/** Settles a composite by the result of its slots, or begins it anew where its `retry` covers a failure. */
function finishAs(run: Run, node: Node, result: StepResult): Wish {
  if (result === 'cancelled') return cancelled(node);
  if (result !== 'failed') return settled(node, result, { kind: 'children' }, branchOf(node));
  const slots = slotsOf(node);
  const own = slots.results.findLast((slot) => slot?.result === 'failed');
  const again = retryAfter(run, node, node.failures + 1, failedOf(own?.failure?.error));
  if (again !== null && again !== START) return again;
  const cause: Cause = own?.own
    ? { kind: 'error' }
    : node.failures > 0
      ? { kind: 'retries-exhausted', attempts: node.failures + 1 }
      : { kind: 'children' };
  return settled(node, 'failed', cause, own?.own && own.failure ? { error: own.failure.error } : {});
}

/** What `choose` adds to the outputs of the branch it took. */
function branchOf(node: Node): { readonly outputs?: { readonly branch: number | 'else' } } {
  if (node.plan.kind !== 'choose') return {};
  const { cursor } = slotsOf(node);
  return { outputs: { branch: node.plan.conditions?.[cursor] === null ? 'else' : cursor } };
}
