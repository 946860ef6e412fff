/** Makes the ids of runs, and finds a run by the beginning of its id. Knows no journals. */
import { randomInt } from 'node:crypto';
import { problem, type Result } from '../../../core/diagnostic/diagnostic.ts';
import { callerOf } from '../../../core/run/called-run.ts';
import { notFound } from './lock.ts';

/** Crockford's base 32: nothing that is read as something else, and no words by accident. */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
const SHORTEST = 4;
const LONGEST = 12;
/** So many ids of one length that were taken say that the folder is filling up. */
const TRIES_PER_LENGTH = 4;

/** A short id that is probably free (`7f3c`); the more have been tried, the longer it is. */
export function newRunId(tried = 0): string {
  const length = Math.min(SHORTEST + Math.floor(tried / TRIES_PER_LENGTH), LONGEST);
  return Array.from({ length }, () => DIGITS[randomInt(DIGITS.length)]).join('');
}

/** How many ids may be taken before giving up. */
export const RUN_ID_TRIES = TRIES_PER_LENGTH * (LONGEST - SHORTEST + 1);

/** The one of `runs` (newest first) that `beginning` names; the newest without one. */
export function findRun(runs: readonly string[], beginning: string | undefined): Result<string> {
  const [newest] = runs.filter((run) => callerOf(run) === null);
  if (beginning === undefined) {
    if (newest !== undefined) return { ok: true, value: newest };
    return {
      ok: false,
      diagnostics: [problem('RUN_NOT_FOUND', 'There is no run here yet.', { hint: 'Start one with `giga run FILE`.' })],
    };
  }
  const wanted = beginning.toLowerCase();
  const isOfCalled = wanted.includes('-'); // else what a run called does not stand beside it
  const found = runs.filter((run) => run.toLowerCase().startsWith(wanted) && (isOfCalled || callerOf(run) === null));
  const exact = found.find((run) => run === beginning) ?? found.find((run) => run.toLowerCase() === wanted);
  const one = exact ?? (found.length === 1 ? found[0] : undefined);
  if (one !== undefined && wanted !== '') return { ok: true, value: one };
  if (found.length === 0 || wanted === '') return { ok: false, diagnostics: [notFound(beginning)] };
  const some = found.slice(0, 5).join(', ');
  const more = found.length > 5 ? `, and ${found.length - 5} more` : '';
  const message = `${found.length} runs begin with ${JSON.stringify(beginning)}: ${some}${more}.`;
  return { ok: false, diagnostics: [problem('RUN_AMBIGUOUS', message, { hint: 'Give more of the id.' })] };
}
