/** What is said of steps that fail, and which outcomes are failures. Knows no rules. */
import { type Diagnostic, problem } from '../diagnostic/diagnostic.ts';
import type { Json } from '../json.ts';
import type { AttemptEnded, AttemptError, Outcome } from './event.ts';

/** An attempt may be cut off so often before its step fails: giga's own crashes spend no retry, but they are not free for ever. */
export const MAX_INTERRUPTIONS = 10;

/** Whether an outcome is a failure that a retry may cover. */
export function isFailure(outcome: Outcome): boolean {
  return outcome === 'failed' || outcome === 'timed-out' || outcome === 'hollow' || outcome === 'in-doubt';
}

export function attemptError(path: string, ended: AttemptEnded): AttemptError {
  if (ended.error !== undefined) return ended.error;
  const timedOut = ended.outcome === 'timed-out';
  return problem(
    timedOut ? 'STEP_TIMEOUT' : 'STEP_FAILED',
    `Step \`${path}\` ${timedOut ? 'took longer than its timeout' : `ended as ${ended.outcome}`}.`,
  );
}

export function interruptedTooOften(path: string, count: number): Diagnostic {
  return problem('RUN_INTERRUPTIONS', `Step \`${path}\` was cut off ${count} times without ever ending by itself.`, {
    hint: 'See in its log what it does before the machine or giga goes down; `giga resume` tries again.',
  });
}

export function saidFail(message: string): Diagnostic {
  return problem('STEP_FAIL', message === '' ? 'The workflow says that it fails here.' : message);
}

export function badOutput(path: string, name: string, why: string): Diagnostic {
  return problem('STEP_OUTPUT_INVALID', `Output \`${name}\` of step \`${path}\` is not what its schema says: ${why}.`);
}

export function badInput(path: string, file: string, name: string, why: string, about: string | undefined): Diagnostic {
  return problem('STEP_INPUT_INVALID', `The input \`${name}\` that step \`${path}\` gives to "${file}" ${why}.`, {
    ...(about !== undefined && { hint: `It is: ${about}` }),
  });
}

export function unknownChild(path: string, value: Json): Diagnostic {
  return problem(
    'STEP_WORKFLOW_UNKNOWN',
    `Step \`${path}\` names ${JSON.stringify(value)}, which is none of the files that it was planned with.`,
  );
}

export function notAnObject(path: string): Diagnostic {
  return problem('STEP_OUTPUT_INVALID', `The values of step \`${path}\` are not an object.`);
}

export function badDuration(path: string, value: Json): Diagnostic {
  return problem(
    'STEP_WAIT_DURATION',
    `Step \`${path}\` is to wait for ${JSON.stringify(value)}, which is not a duration.`,
    {
      hint: 'Write a number with a unit, such as `90s`, `10m` or `1h30m`.',
    },
  );
}

export function badVariable(path: string, name: string): Diagnostic {
  return problem(
    'STEP_ENV_NOT_TEXT',
    `Variable \`${name}\` in the environment of step \`${path}\` is a list or an object.`,
    {
      hint: 'Write `toJSON(…)` around it.',
    },
  );
}
