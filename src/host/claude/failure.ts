/** Says what a failed call of the Messages API means, and whether it may pass by itself. Pure. */
import type { ModelEnd } from '../../core/claude/model-client.ts';
import { type Code } from '../../core/diagnostic/catalog.ts';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { AttemptError } from '../../core/run/event.ts';
import type { SeenError } from './client.ts';

interface Around {
  /** Some of the answer had come: it is being paid for. */
  readonly hasBegun: boolean;
  /** Nothing came for too long. */
  readonly isSilent: boolean;
  readonly nowMs: number;
  readonly baseUrl: string;
}

type Failure = Omit<Extract<ModelEnd, { kind: 'failed' }>, 'kind'>;

const BY_STATUS: Readonly<Record<number, Code>> = {
  401: 'STEP_CLAUDE_AUTH',
  403: 'STEP_CLAUDE_AUTH',
  429: 'STEP_CLAUDE_RATE_LIMIT',
};
/** Errors may also come in the middle of a stream, whose status was 200. */
const BY_TYPE: Readonly<Record<string, Code>> = {
  authentication_error: 'STEP_CLAUDE_AUTH',
  permission_error: 'STEP_CLAUDE_AUTH',
  billing_error: 'STEP_CLAUDE_AUTH',
  rate_limit_error: 'STEP_CLAUDE_RATE_LIMIT',
  overloaded_error: 'STEP_CLAUDE_OVERLOADED',
  api_error: 'STEP_CLAUDE_OVERLOADED',
  timeout_error: 'STEP_CLAUDE_OVERLOADED',
  invalid_request_error: 'STEP_CLAUDE_REQUEST',
  not_found_error: 'STEP_CLAUDE_REQUEST',
  request_too_large: 'STEP_CLAUDE_REQUEST',
};
const PASSING: ReadonlySet<Code> = new Set([
  'STEP_CLAUDE_RATE_LIMIT',
  'STEP_CLAUDE_OVERLOADED',
  'STEP_CLAUDE_CONNECTION',
  'STEP_CLAUDE_CUT',
]);
const SHOWN_CHARACTERS = 400;

export function failureOf(error: SeenError, around: Around): Failure {
  const code = codeOf(error, around);
  const retryAfterMs = retryAfterOf(error.headers, around.nowMs);
  return {
    error: {
      ...problem(code, messageOf(code, error, around), { hint: hintOf(code) }),
      retryable: PASSING.has(code),
      ...(retryAfterMs === null ? {} : { retryAfterMs }),
    },
    isFree: !around.hasBegun && error.status !== undefined,
  };
}

/** An error that came with status 200: its type says what it means. */
export function errorOfType(type: string, message: string): AttemptError {
  const code = (Object.hasOwn(BY_TYPE, type) ? BY_TYPE[type] : undefined) ?? 'STEP_CLAUDE_REQUEST';
  const words = message.replaceAll(/\s+/g, ' ').trim().slice(0, SHOWN_CHARACTERS);
  return { ...problem(code, words, { hint: hintOf(code) }), retryable: PASSING.has(code) };
}

function codeOf({ status, type, isConnection }: SeenError, { hasBegun, isSilent }: Around): Code {
  if (isSilent) return hasBegun ? 'STEP_CLAUDE_CUT' : 'STEP_CLAUDE_CONNECTION';
  const byType = type !== null && Object.hasOwn(BY_TYPE, type) ? BY_TYPE[type] : undefined;
  if (byType !== undefined) return byType;
  if (status === undefined) return isConnection && !hasBegun ? 'STEP_CLAUDE_CONNECTION' : 'STEP_CLAUDE_CUT';
  return BY_STATUS[status] ?? (status >= 500 ? 'STEP_CLAUDE_OVERLOADED' : 'STEP_CLAUDE_REQUEST');
}

function messageOf(code: Code, { status, apiMessage, message }: SeenError, { isSilent, baseUrl }: Around): string {
  const words = (apiMessage ?? message).replaceAll(/\s+/g, ' ').trim().slice(0, SHOWN_CHARACTERS);
  if (isSilent) return `${new URL(baseUrl).host} said nothing for two minutes.`;
  if (code === 'STEP_CLAUDE_CONNECTION') return `${new URL(baseUrl).host} could not be reached: ${words}`;
  if (code === 'STEP_CLAUDE_CUT') return `The answer was cut off in the middle: ${words}`;
  return `The Messages API answered${status === undefined ? '' : ` with status ${status}`}: ${words}`;
}

function hintOf(code: Code): string {
  if (code === 'STEP_CLAUDE_AUTH') return 'Look at ANTHROPIC_API_KEY.';
  if (code === 'STEP_CLAUDE_REQUEST') return 'The request itself is wrong: trying again does not help.';
  return 'It may pass by itself: `retry` tries the step again.';
}

/** The pause that the API asks for, in ms; null where it asks for none. */
function retryAfterOf(headers: Headers | undefined, nowMs: number): number | null {
  const exact = headers?.get('retry-after-ms');
  if (exact != null && /^\d{1,9}$/.test(exact)) return Number(exact);
  const given = headers?.get('retry-after');
  if (given == null) return null;
  if (/^\d{1,7}(?:\.\d{1,3})?$/.test(given)) return Math.ceil(Number(given) * 1_000);
  const at = Date.parse(given);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
