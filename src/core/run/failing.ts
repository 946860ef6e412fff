/** What is said of steps that fail, and which outcomes are failures. Knows no rules. */
import { type Diagnostic, problem } from '../diagnostic/diagnostic.ts';
import type { Json, JsonObject } from '../json.ts';
import { formatDuration } from '../units.ts';
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

export function rejected(path: string, { by, comment }: JsonObject, sentBack: number): Diagnostic {
  const why = typeof comment === 'string' && comment !== '' ? `: ${comment}` : '.';
  const after = sentBack === 0 ? '' : ` after ${sentBack} ${sentBack === 1 ? 'rework' : 'reworks'}`;
  return problem('STEP_REJECTED', `${String(by)} rejected \`${path}\`${after}${why}`, {
    hint: '`giga resume` asks again; `--from STEP` runs what led to it again.',
  });
}

export function nobodyAnswered(path: string, waitedMs: number): Diagnostic {
  return problem('STEP_APPROVAL_TIMEOUT', `Nobody gave a verdict on \`${path}\` within ${formatDuration(waitedMs)}.`, {
    hint: 'Raise `timeout`, or say with `default` what is meant when nobody answers; `giga resume` asks again.',
  });
}

export function hasWrongText(path: string, key: string, isText: boolean): Diagnostic {
  const message = isText
    ? `\`${key}\` of the approval \`${path}\` is longer than a person can be asked to read.`
    : `\`${key}\` of the approval \`${path}\` is no text.`;
  const hint = isText
    ? 'Show what matters, at most 64 Ki characters, and name the file that holds the rest.'
    : 'Write `toJSON(…)` around a list or an object, and no secret.';
  return problem('STEP_APPROVAL_TEXT', message, { hint });
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
