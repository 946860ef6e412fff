/**
 * What an open composite asks for, one rule a kind: slots, opened by a rule. Knows no leaves and no order among nodes.
 *
 * | kind   | opens                                                               | result                                  |
 * | group  | its one slot; a failure with fail-fast cancels the rest of it       | that of the slot                        |
 * | choose | the first branch whose condition holds                              | that of the branch; none: skipped       |
 * | try    | the body; the first catch that holds, if that failed and nothing is | a failed finally fails; then cancelled; |
 * |        | cancelled; then the finally, also under a cancel (but not under a   | then a failure is a success if a catch  |
 * |        | second one); one that rethrows: what follows a success of the body  | was taken and has not failed            |
 * | race   | its one slot; the first success cancels the rest of it              | succeeded with a winner; else as group  |
 * | each   | its items, as many at once as `max`; see each.ts                    | failed when too many items have         |
 * | work-  | as a `try` that rethrows, with the slots of its file                 | as there                                |
 * | flow   |                                                                     |                                         |
 * | loop   | an iteration at a time; see loop.ts                                 | that of the last one; exhausted: failed |
 * | compen-| what undoes a step, one at a time, the last first; see              | failed when one of them has             |
 * | sate   | compensation.ts                                                     |                                         |
 *
 * A new construct is a new rule here. Every rule closes what is complete before it opens more.
 */
import type { CompositeNode } from '../plan/plan.ts';
import { compensate } from './compensation.ts';
import { closeOne, finishAs, open, resultOf, waitOr } from './composite.ts';
import { each } from './each.ts';
import { type Answer, evaluateFor, isTruthy } from './evaluation.ts';
import type { StepResult } from './event.ts';
import { isStopped } from './hooks.ts';
import { loop } from './loop.ts';
import { type Node, slotsOf } from './node.ts';
import type { Run } from './run.ts';
import { catchSceneOf, conditionSceneOf } from './scene.ts';
import { BODY_SLOT, catchSlots, FINALLY_SLOT, ON_SUCCESS_SLOT } from './scope.ts';
import { askScopeEnd } from './scope-end.ts';
import { captureFor } from './waiting.ts';
import { cancelled, refusal, settled, type Wish } from './wishes.ts';

type Rule = (run: Run, node: Node, plan: CompositeNode) => Wish;

export const RULES: Readonly<Record<CompositeNode['kind'], Rule>> = {
  group,
  choose,
  try: tryRule,
  race,
  loop,
  each,
  workflow: tryRule,
  compensate,
};

function group(run: Run, node: Node, plan: CompositeNode): Wish {
  const slots = slotsOf(node);
  if (slots.opened === 0) return node.stop === null ? open(node, 0) : cancelled(node);
  const [scope] = slots.live.values();
  if (scope === undefined) return finishAs(run, node, resultOf(node, 0));
  if (scope.unsettled === 0) return askScopeEnd(run, node, scope);
  const failsFast = plan.failFast === true && scope.failed > 0 && node.stop === null && !slots.failingFast;
  return failsFast ? { type: 'cancel.requested', node: node.path, cause: 'fail-fast' } : null;
}

function race(run: Run, node: Node): Wish {
  const slots = slotsOf(node);
  if (slots.opened === 0) return node.stop === null ? open(node, 0) : cancelled(node);
  const [scope] = slots.live.values();
  if (scope === undefined) return finishAs(run, node, resultOf(node, 0));
  if (slots.winner === null && scope.firstGood >= 0)
    return { type: 'race.won', node: node.path, slot: scope.firstGood };
  return scope.unsettled === 0 ? askScopeEnd(run, node, scope) : null;
}

function choose(run: Run, node: Node, plan: CompositeNode): Wish {
  const slots = slotsOf(node);
  if (slots.opened > 0)
    return closeOne(run, node) ?? waitOr(node, () => finishAs(run, node, resultOf(node, slots.cursor)));
  if (isStopped(node)) return cancelled(node);
  const scene = conditionSceneOf(run, node);
  for (const [index, condition] of (plan.conditions ?? []).entries()) {
    if (condition === null) return open(node, index);
    const answer = evaluateFor(run, node, { kind: 'value', expression: condition }, scene);
    if (answer.kind !== 'value') return refusal(run, node, answer);
    if (isTruthy(answer.value)) return open(node, index);
  }
  return settled(node, 'skipped', { kind: 'no-branch' });
}

/** Also of a child workflow, whose slots begin where those of its file do. */
function tryRule(run: Run, node: Node, plan: CompositeNode): Wish {
  const slots = slotsOf(node);
  const base = slots.child?.base ?? 0;
  const closing = closeOne(run, node);
  if (closing !== null || slots.live.size > 0) return closing;
  if (slots.opened === 0) return node.stop === null ? open(node, base) : cancelled(node);
  const body = resultOf(node, base + BODY_SLOT);
  // No catch answers a time that is over, but `on-failure` is no catch, nor is what a child workflow does itself.
  const mayAnswer = node.stop === null && (!slots.timedOut || node.scope === null || node.plan.kind === 'workflow');
  const isUncaught = slots.cursor === base + BODY_SLOT && body === 'failed' && mayAnswer;
  const caught = isUncaught ? catchFor(run, node, plan) : NOT_CAUGHT;
  if (caught.kind === 'missing') return captureFor(run, node, caught);
  if (caught.kind === 'value' && caught.value !== null) return open(node, caught.value);
  if (followsSuccess(node, plan, base, body)) return open(node, base + ON_SUCCESS_SLOT);
  const last = slots.results[base + FINALLY_SLOT]?.result;
  if (last === undefined && plan.bodies[base + FINALLY_SLOT] && !node.killed) return open(node, base + FINALLY_SLOT);
  if (last === 'failed') return finishAs(run, node, 'failed');
  if (isStopped(node) || last === 'cancelled') return finishAs(run, node, 'cancelled');
  const after = plan.rethrow ? slots.results[base + ON_SUCCESS_SLOT]?.result : undefined;
  if (after === 'failed' || after === 'cancelled') return finishAs(run, node, after);
  if (body !== 'failed' || plan.rethrow === true) return finishAs(run, node, body);
  return tryFailed(run, node, plan);
}

/** Whether what follows a success is due: it may be opened once, and not under a cancel. */
function followsSuccess(node: Node, plan: CompositeNode, base: number, body: StepResult): boolean {
  if (plan.rethrow !== true || !plan.bodies[base + ON_SUCCESS_SLOT] || node.stop !== null) return false;
  const { results } = slotsOf(node);
  const isOver = results[base + ON_SUCCESS_SLOT] !== undefined || results[base + FINALLY_SLOT] !== undefined;
  return body === 'succeeded' && !isOver;
}

/** The body failed, and the end has come: was a catch taken, and did it answer the failure? */
function tryFailed(run: Run, node: Node, plan: CompositeNode): Wish {
  const answer = caughtResult(node);
  if (answer === 'cancelled') return finishAs(run, node, 'cancelled');
  if (answer !== null && answer !== 'failed') return finishAs(run, node, 'succeeded');
  const unreadable = answer === null && !slotsOf(node).timedOut ? catchFor(run, node, plan) : NOT_CAUGHT;
  return unreadable.kind === 'value' ? finishAs(run, node, 'failed') : refusal(run, node, unreadable);
}

const NOT_CAUGHT: Answer<number | null> = { kind: 'value', value: null };

/** The catch that answers the failure of the body: the first whose condition holds. */
function catchFor(run: Run, node: Node, plan: CompositeNode): Answer<number | null> {
  for (const slot of catchSlots(plan, slotsOf(node).child?.base)) {
    const condition = plan.conditions?.[slot] ?? null;
    if (condition === null) return { kind: 'value', value: slot };
    const answer = evaluateFor(run, node, { kind: 'value', expression: condition }, catchSceneOf(node));
    if (answer.kind !== 'value') return answer;
    if (isTruthy(answer.value)) return { kind: 'value', value: slot };
  }
  return NOT_CAUGHT;
}

/** What became of the catch that was taken; null when none was. */
function caughtResult(node: Node): StepResult | null {
  const { results } = slotsOf(node);
  for (const [slot, result] of results.entries())
    if (result !== null && slot !== BODY_SLOT && slot !== FINALLY_SLOT) return result.result;
  return null;
}
