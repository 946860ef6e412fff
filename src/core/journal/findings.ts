/** What can be found wrong with a journal, as diagnostics. Knows only names, offsets and counts. */
import { type Diagnostic, problem, warning } from '../diagnostic/diagnostic.ts';
import { JOURNAL_FORMAT } from './format.ts';

/** Something that was on disk is not as it was written: an error. */
export function damaged(file: string, offset: number, why: string): Diagnostic {
  return problem('RUN_JOURNAL_DAMAGED', `The journal ${file} is damaged at byte ${offset}: ${why}.`, {
    hint: '`giga doctor --repair` goes back to the last whole record before it, and keeps the damaged file.',
  });
}

/** The tail behind record `last` was not written whole, and nothing says that it was ever on disk: a warning. */
export function torn(file: string, tail: Uint8Array, offset: number, last: number): Diagnostic {
  const lines = countLines(tail);
  const cut = `at most ${lines} ${lines === 1 ? 'record' : 'records'}, ${tail.length} bytes`;
  const place = last < 0 ? 'before its first record' : `after record ${last}`;
  return warning(
    'RUN_JOURNAL_TORN',
    `The end of the journal ${file} was not written whole. It is cut ${place}, at byte ${offset}: ${cut}.`,
    {
      hint: 'What was cut was never known to be on disk. Damage there cannot be told from a write that a crash cut short.',
    },
  );
}

/** The journal was written by a later version of giga. */
export function tooNew(file: string, format: number): Diagnostic {
  return problem(
    'RUN_STATE_NEWER',
    `${file} is a journal of format ${format}; this giga reads formats up to ${JOURNAL_FORMAT}.`,
    {
      hint: 'Use the giga that wrote it, or a newer one.',
    },
  );
}

function countLines(tail: Uint8Array): number {
  let lines = tail.at(-1) === 0x0a ? 0 : 1;
  for (let at = tail.indexOf(0x0a); at >= 0; at = tail.indexOf(0x0a, at + 1)) lines++;
  return lines;
}
