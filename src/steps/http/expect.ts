/** Holds an answer against what the step expects, and says what a failed status means for a retry. Pure. */
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { HttpHead } from '../../core/http.ts';
import type { Json } from '../../core/json.ts';
import { type HttpExpectation, isStatusOf } from '../../core/plan/http-request.ts';
import type { AttemptError } from '../../core/run/event.ts';
import { validateJson } from '../../core/schema/validate.ts';

const GOOD: readonly string[] = ['2xx'];
/** Statuses that may pass by themselves. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);
const SHOWN_CHARACTERS = 400;

export function isExpectedStatus(status: number, expect: HttpExpectation | undefined): boolean {
  return isStatusOf(status, expect?.status ?? GOOD);
}

/** What is said of a status that is a failure. `body` is what came with it. */
export function statusProblem(head: HttpHead, method: string, body: string, nowMs: number): AttemptError {
  const { host, pathname } = new URL(head.url);
  const retryAfterMs = retryAfterOf(head, nowMs);
  const shown = body.replaceAll(/\s+/g, ' ').trim().slice(0, SHOWN_CHARACTERS);
  return {
    ...problem(
      'STEP_HTTP_STATUS',
      `${method} ${host}${pathname.slice(0, 200)} was answered with status ${head.status}.`,
      {
        hint: shown === '' ? 'It said nothing more.' : `It said:\n${shown}`,
      },
    ),
    retryable: PASSING.has(head.status),
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  };
}

/** The pause that a busy server asks for, in ms; null where it asks for none. */
function retryAfterOf({ status, headers }: HttpHead, nowMs: number): number | null {
  const given = headers['retry-after'];
  if ((status !== 429 && status !== 503) || typeof given !== 'string') return null;
  if (/^\d{1,9}$/.test(given)) return Number(given) * 1_000;
  const at = Date.parse(given);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}

/** The first way in which an answer with a good status is not what is expected; null when there is none. */
export function unexpected(
  head: HttpHead,
  json: Json | undefined,
  expect: HttpExpectation | undefined,
): AttemptError | null {
  for (const [name, wanted] of Object.entries(expect?.headers ?? {})) {
    const wrong = wrongHeader(name, head.headers[name.toLowerCase()], wanted);
    if (wrong !== null) return problem('STEP_HTTP_EXPECTATION', wrong);
  }
  if (expect?.json === undefined) return null;
  if (json === undefined) return problem('STEP_HTTP_EXPECTATION', 'The body is not JSON.');
  const [fault] = validateJson(json, expect.json);
  if (fault === undefined) return null;
  const where = fault.path === '' ? 'The body' : `\`${fault.path}\` of the body`;
  return problem('STEP_HTTP_EXPECTATION', `${where} ${fault.message}.`);
}

/** A header is compared without regard to case, whole or without its parameters: `text/html; charset=utf-8` is `text/html`. */
function wrongHeader(
  name: string,
  given: string | readonly string[] | undefined,
  wanted: string | boolean,
): string | null {
  if (typeof wanted === 'boolean') {
    if ((given !== undefined) === wanted) return null;
    return `The header \`${name}\` is ${wanted ? 'missing' : 'there'}.`;
  }
  const values = [given ?? []].flat().flatMap((value) => [value, value.split(';', 1)[0]?.trim() ?? '']);
  if (values.some((value) => value.toLowerCase() === wanted.toLowerCase())) return null;
  const said = given === undefined ? 'missing' : `\`${String(given).slice(0, 100)}\``;
  return `The header \`${name}\` is ${said}, and not \`${wanted}\`.`;
}
