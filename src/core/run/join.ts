/** When the edges of a node let it start (language-rules 1). Knows settled edges by their numbers, not by their events. */

import { known } from '../known.ts';
import type { Cause } from './event.ts';
import { type Node, UP_AGAIN, UP_FAILED } from './node.ts';
import type { Scope } from './scope.ts';

/**
 * | edges           | join          | go when                              |
 * | needs and reads | all-succeeded | every one counts as succeeded        |
 * |                 | none-failed   | none counts as failed                |
 * |                 | any-succeeded | one counts as succeeded, after all are settled |
 * |                 | all-done      | always                               |
 * | list order      | none-failed   | no earlier member counts as failed   |
 */
export type JoinVerdict = 'wait' | 'go' | Extract<Cause, { readonly kind: 'need-failed' | 'need-skipped' }>;

/** Whether every edge of a node is settled. */
export function edgesSettled(node: Node): boolean {
  return node.left === 0 && (node.scope === null || node.scope.prefix >= after(node));
}

export function joinOf(node: Node): JoinVerdict {
  if (!edgesSettled(node)) return 'wait';
  const byNeeds = needsVerdict(node);
  if (byNeeds !== 'go' && byNeeds.kind === 'need-failed') return byNeeds;
  const bad = node.scope?.firstBad ?? Number.POSITIVE_INFINITY;
  return bad < after(node) ? badNeedOf(node, bad) : byNeeds;
}

function needsVerdict(node: Node): Exclude<JoinVerdict, 'wait'> {
  const { needs } = node.plan;
  const join = node.plan.join ?? 'all-succeeded';
  if (needs.length === 0 || join === 'all-done') return 'go';
  if (
    join === 'all-succeeded' ? node.good === needs.length : join === 'any-succeeded' ? node.good > 0 : node.badNeed < 0
  )
    return 'go';
  return node.badNeed >= 0
    ? badNeedOf(node, node.badNeed)
    : { kind: 'need-skipped', need: memberAt(node, node.skippedNeed).plan.id };
}

/** Whether something that a node depends on, directly or not, failed. Nobody asks it of the run itself. */
export function failureBefore(node: Node): boolean {
  return (node.up & UP_FAILED) !== 0 || (node.scope as Scope).firstFailure < after(node);
}

/** Whether something that a node depends on, directly or not, was named by a command to run again. */
export function againBefore(node: Node): boolean {
  return (node.up & UP_AGAIN) !== 0 || (node.scope?.firstAgain ?? Number.POSITIVE_INFINITY) < after(node);
}

/** How a settled node counts for those that need it. */
export function countsAs(node: Node): 'good' | 'bad' | 'skipped' {
  switch (node.result) {
    case 'succeeded':
    case 'kept':
      return 'good';
    case 'failed':
      return node.plan.continueOnError ? 'good' : 'bad';
    case 'skipped':
      if (isRejected(node)) return 'bad'; // nothing goes on, in a list as little as along needs
      return node.cause?.kind === 'need-failed' ? 'bad' : 'skipped';
    default:
      return 'bad';
  }
}

/** What stands before a step and counts as failed, told as what it is: a rejection that skips is no failure. */
function badNeedOf(node: Node, index: number): Exclude<JoinVerdict, 'wait' | 'go'> {
  const bad = memberAt(node, index);
  return { kind: isRejected(bad) ? 'need-skipped' : 'need-failed', need: bad.plan.id };
}

function isRejected({ result, cause }: Node): boolean {
  return result === 'skipped' && cause?.kind === 'rejected';
}

function after(node: Node): number {
  return node.plan.after ?? 0;
}

function memberAt({ scope }: Node, index: number): Node {
  return known(scope?.nodes[index]);
}
