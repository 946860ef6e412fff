/** Reads what begins with `$` or a backtick. Knows the forms of expansions, not what stands around them. */

import { commandFrame, type ParameterFrame, UNKNOWN } from './frames.ts';
import { openQuote, refuseEscaped } from './quotes.ts';
import { addToWord, MARK, payLookahead, peek, pop, push, type Scan, stop, take, takeRun, top } from './scan.ts';

const PARAMETER = /[#!]?(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])?/y;
const LITERAL_SUBSCRIPT = /\[(?:[@*]|[0-9]+)\]/y;
const DEFAULT_OPERATOR = /:?[-=?+]/y;
const LITERAL_SUBSTRING = /:[ ]*[0-9]+(?::[0-9]+)?\}/y;
const KEYS_OR_PREFIX = /![A-Za-z_][A-Za-z0-9_]*(?:\[[@*]\]|[@*])\}/y;
const PARAMETER_RUN = /[^}"'\\$`\uFDD0]+/y;
const ARITHMETIC_RUN = /[^()[\]"'\\$`\uFDD0]+/y;

export function readDollar(scan: Scan): void {
  const frame = top(scan);
  const next = scan.text[scan.at + 1] ?? '';
  if (next === MARK) return refuseEscaped(scan, 'A `$`');
  const quoted = isQuoted(scan);
  if ((next === "'" || next === '"') && !quoted && frame.kind !== 'arithmetic') {
    if (next === '"') return openQuote(scan, 'double', 2);
    return isBash(scan, "$'…'") ? openQuote(scan, 'ansi', 2) : undefined;
  }
  addToWord(scan, UNKNOWN);
  if (next === '(') return openParenthesis(scan);
  if (next === '{') return openParameter(scan, quoted);
  if (next === '[') {
    if (!isBash(scan, '$[…]')) return;
    take(scan, 2);
    return push(scan, { kind: 'arithmetic', form: '$[', depth: 0 });
  }
  take(scan, /[$#?!*@0-9-]/.test(next) ? 2 : 1);
}

/** Shells read this form in different ways, so under `sh` it is refused. */
function isBash(scan: Scan, form: string): boolean {
  if (scan.dialect === 'bash') return true;
  stop(
    scan,
    'SHELL_DIALECT',
    `Shells that are called sh read \`${form}\` in different ways.`,
    'Say `shell: bash`, or write it in another way.',
  );
  return false;
}

function isQuoted(scan: Scan): boolean {
  const frame = top(scan);
  return frame.kind === 'double' || frame.kind === 'document' || (frame.kind === 'parameter' && frame.quoted);
}

function openParenthesis(scan: Scan): void {
  if (scan.text[scan.at + 2] === '(') {
    if (!isArithmetic(scan, scan.at + 3)) return;
    take(scan, 3);
    push(scan, { kind: 'arithmetic', form: '$((', depth: 0 });
  } else {
    take(scan, 2);
    push(scan, commandFrame(')'));
  }
}

/** Reads `${`, the name and the operator, which decide how the rest is read. */
function openParameter(scan: Scan, quoted: boolean): void {
  const from = scan.at + 2;
  if (/[\s|(]/.test(scan.text[from] ?? '')) {
    const message = '`${ command; }` is newer than the shells that giga knows.';
    return stop(scan, 'SHELL_DIALECT', message, 'Write `$( command )`.');
  }
  const name = peek(scan, PARAMETER, from)?.[0] ?? '';
  const subscript = peek(scan, LITERAL_SUBSCRIPT, from + name.length)?.[0] ?? '';
  const end = from + name.length + subscript.length;
  const operator = peek(scan, DEFAULT_OPERATOR, end)?.[0] ?? '';
  const computes = /[:[]/.test(scan.text[end] ?? '') && !peek(scan, LITERAL_SUBSTRING, end);
  const indirect = name.length > 1 && name.startsWith('!') && !peek(scan, KEYS_OR_PREFIX, from);
  if (indirect || (operator === '' && computes)) scan.findings.evaluates = true;
  take(scan, end - scan.at + operator.length);
  push(scan, { kind: 'parameter', part: operator === '' ? 'other' : 'default', quoted });
}

export function readParameter(scan: Scan, frame: ParameterFrame): void {
  const c = scan.text[scan.at];
  if (c === '}') pop(scan);
  else if (c === '"') return openQuote(scan, 'double');
  else if (c === "'") {
    if (!frame.quoted || frame.part === 'other') return openQuote(scan, 'single');
    if (scan.dialect === 'bash') return readQuoteInDefault(scan);
  } else {
    takeRun(scan, PARAMETER_RUN);
    return;
  }
  take(scan, 1);
}

/**
 * A `'` in a default inside double quotes. Dash, and bash as sh, take it as it is; bash pairs it up, and prints it all the
 * same, unless POSIXLY_CORRECT is set. So it is read where both ways end at the same place.
 */
function readQuoteInDefault(scan: Scan): void {
  if (takeRun(scan, /'[^'}"`$\\\uFDD0]*'/y) !== '') return;
  const message = "A `'` in a default inside double quotes ends in different places, as an option of bash decides.";
  stop(scan, 'SHELL_UNCLEAR', message, 'Put the default into a variable first.');
}

/** Reads inside `$(( ))`, `(( ))`, `$[ ]` and subscripts up to the next bracket or quote. */
export function readArithmetic(scan: Scan, frame: { form: string; depth: number }): void {
  const c = scan.text[scan.at] ?? '';
  const square = frame.form === '$[' || frame.form === 'subscript';
  if (c === '"') return openQuote(scan, 'double');
  if (c === "'" && !frame.form.startsWith('$')) return openQuote(scan, 'single');
  if (c === (square ? '[' : '(')) frame.depth++;
  else if (c === (square ? ']' : ')')) {
    if (frame.depth > 0) frame.depth--;
    else return closeArithmetic(scan, square ? ']' : '))');
  }
  if (takeRun(scan, ARITHMETIC_RUN) === '') take(scan, 1);
}

function closeArithmetic(scan: Scan, close: string): void {
  if (!scan.text.startsWith(close, scan.at)) {
    const hint = 'Write it as one `(( … ))`, or with a blank between the parentheses.';
    return stop(scan, 'SHELL_UNBALANCED', 'Arithmetic does not close as it opened.', hint);
  }
  pop(scan);
  take(scan, close.length);
}

/**
 * Whether `((` begins arithmetic, as bash decides it: when the parentheses close together. `from` is behind it. Where they
 * do not, it is two subshells, or this count went wrong (a `case` in a `$( )` in it): the script is stopped.
 */
export function isArithmetic(scan: Scan, from: number): boolean {
  const end = endOfParentheses(scan.text, from);
  payLookahead(scan, end - from);
  if (end >= scan.text.length || scan.text[end + 1] === ')') return true;
  const message = '`((` begins a calculation or two subshells, and here it does not show which.';
  stop(
    scan,
    'SHELL_UNCLEAR',
    message,
    'Write `( (` with a blank for subshells, and keep `$( )` with parentheses out of calculations.',
  );
  return false;
}

/** The offset of the `)` that has no `(` behind `from`; the length of the text when there is none. */
function endOfParentheses(text: string, from: number): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    const c = text[i];
    if (c === '\\') i++;
    else if (c === "'" || c === '"') {
      const close = text.indexOf(c, i + 1);
      if (close < 0) return text.length;
      i = close;
    } else if (c === '(') depth++;
    else if (c === ')' && --depth < 0) return i;
  }
  return text.length;
}

/** Where the backticks that begin here end: the offset of the closing one, or -1. */
export function endOfBackticks(scan: Scan): number {
  let end = scan.at + 1;
  while (end < scan.text.length && scan.text[end] !== '`') end += scan.text[end] === '\\' ? 2 : 1;
  return end < scan.text.length ? end : -1;
}
