/** What follows when the time of a composite is over: what is under way in it is stopped, and it fails. Knows limits, no rules of single kinds. */

import { type Diagnostic, problem } from '../diagnostic/diagnostic.ts';
import { known } from '../known.ts';
import { type CompositeNode, isRepeated } from '../plan/plan.ts';
import { formatDuration } from '../units.ts';
import type { RunEvent, StepResult } from './event.ts';
import { type Node, slotsOf } from './node.ts';
import { partOf, type Scope } from './scope.ts';
import { settled } from './wishes.ts';

/** Whether the time of a node bounds a slot: not how it cleans up. What a run does at its end comes after its time. */
function isLimited(node: Node, slot: number): boolean {
  const part = partOf(node.plan, slot);
  return node.scope === null ? part === 'body' : part !== 'end';
}

/** Stops what is under way in a composite whose time is over, once. Who has a winner only waits for the others to end. */
export function askLate(node: Node): RunEvent | null {
  if (node.late === null || node.stop !== null) return null;
  const { live, timedOut, winner } = slotsOf(node);
  if (timedOut || winner !== null) return null;
  for (const scope of live.values())
    if (scope.unsettled > 0 && isLimited(node, scope.slot))
      return { type: 'cancel.requested', node: node.path, cause: 'timeout' };
  return null;
}

/** Why a scope failed that was stopped because the time was over; null for one that was not, or that was through all the same. */
export function scopeTimeout(node: Node, { slot }: Scope, result: StepResult): Diagnostic | null {
  if (isRepeated(node.plan) || !isLimited(node, slot)) return null; // of what is done again, the whole fails
  return wasStopped(node, result) ? limitProblem(node) : null;
}

/** The end of what is done many times and was stopped, or null. */
export function repeatedTimeout(node: Node, result: StepResult): RunEvent | null {
  return wasStopped(node, result) ? lateEnd(node) : null;
}

export function lateEnd(node: Node): RunEvent {
  return settled(node, 'failed', { kind: 'error' }, { error: limitProblem(node) });
}

function wasStopped(node: Node, result: StepResult): boolean {
  return node.slots?.timedOut === true && (result === 'failed' || result === 'cancelled');
}

function limitProblem(node: Node): Diagnostic {
  const plan = node.plan as CompositeNode; // only composites are limited so
  const after = (limitMs: number | undefined): string => formatDuration(known(limitMs));
  if (node.scope === null)
    return problem('RUN_TIMEOUT', `The run took longer than its \`timeout\` of ${after(plan.timeoutMs)}.`, {
      hint: 'Raise `timeout` at the top of the workflow, or see which steps took so long; `giga resume` goes on with new time.',
    });
  const rest = ', and what was under way in it was stopped';
  if (node.late === 'total-timeout')
    return problem(
      'STEP_TOTAL_TIMEOUT',
      `Step \`${node.path}\` took longer than its \`total-timeout\` of ${after(plan.totalTimeoutMs)}${rest}.`,
      { hint: 'Raise `total-timeout`, or see which of the steps inside took so long.' },
    );
  return problem(
    'STEP_TIMEOUT',
    `Step \`${node.path}\` took longer than its \`timeout\` of ${after(plan.timeoutMs)}${rest}.`,
    { hint: 'Raise `timeout`, or see which of the steps inside took so long.' },
  );
}
