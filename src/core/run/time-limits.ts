/** The limits of time of an attempt: what is left of them when it starts, and what is said when one is over. Knows no clock. */
import { type Diagnostic, problem } from '../diagnostic/diagnostic.ts';
import { unreachable } from '../json.ts';
import type { ActionNode } from '../plan/plan.ts';
import { formatDuration } from '../units.ts';
import type { AttemptWork } from './effect.ts';
import type { Node } from './node.ts';
import type { Run } from './run.ts';

/** Which limit was over: that of the attempt, of all attempts, or of silence. */
export type TimeLimit = 'timed-out' | 'total-timed-out' | 'idle-timed-out';

export function isTimeLimit(reason: unknown): reason is TimeLimit {
  return reason === 'timed-out' || reason === 'total-timed-out' || reason === 'idle-timed-out';
}

type Limits = Pick<AttemptWork, 'timeoutMs' | 'totalTimeoutMs' | 'idleTimeoutMs'>;

/** What a starting attempt has of each limit. */
export function limitsOf(run: Run, node: Node, plan: ActionNode): Limits {
  const leftMs = totalLeftMs(run, node, plan);
  return {
    ...(plan.timeoutMs !== undefined && { timeoutMs: plan.timeoutMs }),
    ...(leftMs !== null && { totalTimeoutMs: Math.max(1, leftMs) }),
    ...(plan.idleTimeoutMs !== undefined && { idleTimeoutMs: plan.idleTimeoutMs }),
  };
}

/** What is left of `total-timeout`, by the wall clock of the journal; null without one. Time in which giga did not run counts. */
function totalLeftMs(run: Run, node: Node, plan: ActionNode): number | null {
  if (plan.totalTimeoutMs === undefined) return null;
  return node.begun ? plan.totalTimeoutMs - (run.at - node.startedAt) : plan.totalTimeoutMs;
}

/** Why an attempt cannot start any more; null when it can. */
export function timeIsOver(run: Run, node: Node, plan: ActionNode): Diagnostic | null {
  const leftMs = totalLeftMs(run, node, plan);
  return leftMs === null || leftMs > 0 ? null : totalProblem(plan.totalTimeoutMs);
}

/** What is said of an attempt that was stopped by a limit. */
export function timeoutProblem(limit: TimeLimit, work: Limits): Diagnostic {
  switch (limit) {
    case 'timed-out':
      return problem('STEP_TIMEOUT', `The step was stopped after ${inSeconds(work.timeoutMs, 'its timeout')}.`, {
        hint: 'Raise `timeout`, or see in its log what it was waiting for.',
      });
    case 'idle-timed-out':
      return problem(
        'STEP_IDLE_TIMEOUT',
        `The step was stopped: it was silent for ${inSeconds(work.idleTimeoutMs, 'too long')}.`,
        { hint: 'Raise `idle-timeout`, let it say how far it is, or see in its log what it was waiting for.' },
      );
    case 'total-timed-out':
      return totalProblem(undefined);
    default:
      return unreachable(limit);
  }
}

function totalProblem(totalMs: number | undefined): Diagnostic {
  const limit = totalMs === undefined ? '`total-timeout`' : `its \`total-timeout\` of ${formatDuration(totalMs)}`;
  return problem('STEP_TOTAL_TIMEOUT', `All attempts of the step together took longer than ${limit}.`, {
    hint: 'Raise `total-timeout`, or see in the logs of its attempts where the time went.',
  });
}

function inSeconds(limitMs: number | undefined, otherwise: string): string {
  return limitMs === undefined ? otherwise : `${limitMs / 1000} s`;
}
