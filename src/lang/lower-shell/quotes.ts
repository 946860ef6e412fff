/** Reads what stands inside quotes and in the body of a here-document. Knows nothing of commands. */
import { UNKNOWN } from './frames.ts';
import { addToWord, MARK, pop, push, type Scan, stop, take, takeRun, top } from './scan.ts';

const SINGLE_RUN = /[^'\uFDD0]+/y;
const DOUBLE_RUN = /[^"\\$`\uFDD0]+/y;
const ANSI_RUN = /[^'\\\uFDD0]+/y;
const DOCUMENT_RUN = /[^\\$`\uFDD0]+/y;

/** Opens `'`, `"` or `$'`, which are `width` characters here. */
export function openQuote(scan: Scan, kind: 'single' | 'double' | 'ansi', width = 1): void {
  addToWord(scan, UNKNOWN, '');
  take(scan, width);
  push(scan, { kind });
}

export function readSingle(scan: Scan): void {
  const run = takeRun(scan, SINGLE_RUN);
  if (run === '') closeQuote(scan);
  else addToWord(scan, UNKNOWN, run);
}

export function readDouble(scan: Scan): void {
  const run = takeRun(scan, DOUBLE_RUN);
  if (run === '') closeQuote(scan);
  else addToWord(scan, UNKNOWN, run);
}

export function readAnsi(scan: Scan): void {
  const run = takeRun(scan, ANSI_RUN);
  if (run === '') closeQuote(scan);
  else addToWord(scan, UNKNOWN, run);
}

export function readDocumentBody(scan: Scan): void {
  takeRun(scan, DOCUMENT_RUN);
}

/** Reads a backslash and what it escapes. */
export function readEscape(scan: Scan): void {
  const next = scan.text[scan.at + 1] ?? '';
  if (next === MARK) return refuseEscaped(scan, 'A backslash');
  if (next === '\n') return readContinuation(scan);
  const kind = top(scan).kind;
  // In double quotes most backslashes are ordinary; in $'…' the escape may be any character.
  const literal = kind === 'double' && !/["\\$`]/.test(next) ? `\\${next}` : kind === 'ansi' ? UNKNOWN : next;
  addToWord(scan, UNKNOWN, literal);
  take(scan, 2);
}

/** A `\` or `$` right before the `${{`: it would change how the shell reads the lowered reference. */
export function refuseEscaped(scan: Scan, what: string): void {
  const index = scan.findings.next++;
  scan.findings.problems.push({
    code: 'SHELL_ESCAPED',
    message: `${what} stands right before \`\${{\`, so what it means there is not clear.`,
    hint: "Put the character in single quotes, or behind a blank: `'$'${{ … }}`.",
    index,
    offset: scan.origin + scan.at,
  });
  scan.at += 2;
}

/** The shell removes a `\` at the end of a line, inside operators too, where this lexer would not see the operator. */
function readContinuation(scan: Scan): void {
  const before = scan.text[scan.at - 1] ?? '';
  const after = scan.text[scan.at + 2] ?? '';
  if (before === '$' || (/[<>&|;(!]/.test(before) && /[<>&|;({[\\]/.test(after)))
    stop(
      scan,
      'SHELL_UNCLEAR',
      'A line is continued with a backslash in the middle of an operator.',
      'Put a blank before the backslash, or the operator on one line.',
    );
  take(scan, 2);
}

function closeQuote(scan: Scan): void {
  pop(scan);
  take(scan, 1);
}
