/** Limits of time: what an attempt has left of them, which timers run beside a node, and what is said when one is over. Knows no clock. */
import { type Diagnostic, problem } from '../diagnostic/diagnostic.ts';
import { unreachable } from '../json.ts';
import type { ActionNode, CompositeNode } from '../plan/plan.ts';
import { formatDuration } from '../units.ts';
import type { AttemptWork } from './effect.ts';
import type { LimitName, RunEvent } from './event.ts';
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

/** The timer of a limit that runs beside a node, once; null without a limit. When it is over, `node.late` says so. */
export function askLimit(run: Run, node: Node, limitMs: number | undefined): RunEvent | null {
  return limitMs === undefined || !needsTimer(node) ? null : limitTimer(run, node, 'timeout', limitMs);
}

/** The same of a composite, for the nearer one of its two limits. */
export function askLimits(run: Run, node: Node, { timeoutMs, totalTimeoutMs }: CompositeNode): RunEvent | null {
  if (totalTimeoutMs === undefined || !needsTimer(node)) return askLimit(run, node, timeoutMs);
  const leftMs = Math.max(0, totalTimeoutMs - (run.at - node.startedAt));
  return timeoutMs !== undefined && timeoutMs <= leftMs
    ? limitTimer(run, node, 'timeout', timeoutMs)
    : limitTimer(run, node, 'total-timeout', totalTimeoutMs);
}

function needsTimer({ limitOp, late, stop }: Node): boolean {
  return limitOp === 0 && late === null && stop === null;
}

function limitTimer(run: Run, { path }: Node, limit: LimitName, delayMs: number): RunEvent {
  return { type: 'timer.started', node: path, op: run.lastOp + 1, purpose: 'timeout', delayMs, limit };
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
