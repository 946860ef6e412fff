/** Keeps the limits of one attempt, and says which of them was over. Knows no step types. */
import type { Clock, StepAnswer } from '../core/ports.ts';
import type { AttemptWork } from '../core/run/effect.ts';
import { isTimeLimit, type TimeLimit, timeoutProblem } from '../core/run/time-limits.ts';

interface TimeKeeper {
  /** There was output. */
  alive(): void;
  end(): void;
}

/** Aborts an attempt when one of its limits is over. */
export function keepTime(clock: Clock, work: AttemptWork, abort: AbortController): TimeKeeper {
  const set = (limitMs: number | undefined, limit: TimeLimit): (() => void) =>
    limitMs === undefined ? () => {} : clock.after(limitMs, () => abort.abort(limit));
  const timeout = set(work.timeoutMs, 'timed-out');
  const total = set(work.totalTimeoutMs, 'total-timed-out');
  let idle = set(work.idleTimeoutMs, 'idle-timed-out');
  return {
    alive() {
      idle();
      idle = set(work.idleTimeoutMs, 'idle-timed-out');
    },
    end() {
      for (const takeBack of [timeout, total, idle]) takeBack();
    },
  };
}

/** Step types know one timeout; which limit it was is known here. */
export function withLimit(answer: StepAnswer, work: AttemptWork, { reason }: AbortSignal): StepAnswer {
  if (answer.outcome === 'succeeded' || !isTimeLimit(reason) || reason === 'timed-out') return answer;
  const exitCode = answer.error?.exitCode;
  return { ...answer, error: { ...timeoutProblem(reason, work), ...(exitCode === undefined ? {} : { exitCode }) } };
}
