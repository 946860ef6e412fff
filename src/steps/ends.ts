/** How an attempt ends that did not come to what it was to do. Knows no step types. */
import { problem } from '../core/diagnostic/diagnostic.ts';
import type { JsonObject } from '../core/json.ts';
import type { StepAnswer, StepContext } from '../core/ports.ts';
import type { AttemptError } from '../core/run/event.ts';
import { isTimeLimit, timeoutProblem } from '../core/run/time-limits.ts';

export function failed(error: AttemptError | undefined, outputs?: JsonObject): StepAnswer {
  return {
    outcome: 'failed',
    ...(error === undefined ? {} : { error }),
    ...(outputs === undefined ? {} : { outputs }),
  };
}

/** What was stopped in the middle failed for that reason, whatever the other side says. Null for what was not, and for a success that came first. */
export function stopped(answer: StepAnswer, { signal, work }: StepContext): StepAnswer | null {
  if (!signal.aborted || answer.outcome === 'succeeded') return null;
  if (isTimeLimit(signal.reason)) return { outcome: 'timed-out', error: timeoutProblem(signal.reason, work) };
  return { outcome: 'cancelled', error: problem('STEP_CANCELLED', 'The step was stopped before it was through.') };
}
