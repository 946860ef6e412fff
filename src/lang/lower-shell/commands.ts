/** Reads commands: words, blanks, operators, parentheses, arrays and extended patterns. */
import { isArithmetic } from './expansions.ts';
import { type ArrayFrame, type CommandFrame, commandFrame, newCommand, UNKNOWN } from './frames.ts';
import { DECLARES } from './programs.ts';
import { openQuote } from './quotes.ts';
import { readDocuments, readRedirection } from './redirections.ts';
import { addToWord, MARK, peek, pop, push, type Scan, stop, take, takeRun } from './scan.ts';
import { endCommand, endCondition, endWord, newTest } from './words.ts';

const WORD_RUN = /[^\s'"\\$`&;|<>()[#\uFDD0]+/y;
const PATTERN_RUN = /[^'"\\$`()\uFDD0]+/y;
const SEPARATOR = /;;&|;;|;&|&&|\|\||\|&|[;&|]/y;
const BLANKS_THEN_CLOSE = /[ \t\n]*\)/y;

export function readCommand(scan: Scan, frame: CommandFrame, lex: (scan: Scan) => void): void {
  const c = scan.text[scan.at] ?? '';
  if (c === "'" || c === '"') return openQuote(scan, c === '"' ? 'double' : 'single');
  if (c === ' ' || c === '\t') {
    endWord(scan, frame);
    return take(scan, 1);
  }
  if (c === '\n') return endLine(scan, frame, lex);
  if (c === '#' && frame.word === null) return frame.test === null ? readComment(scan) : refuseHash(scan);
  if (c === '<' || c === '>' || (c === '&' && scan.text[scan.at + 1] === '>')) return readRedirection(scan, frame);
  if (c === '[' && isSubscript(frame)) return openSubscript(scan);
  if (c === '(') return openParenthesis(scan, frame);
  if (c === ')') return closeParenthesis(scan, frame);
  if (c === ';' || c === '&' || c === '|') return readSeparator(scan, frame);
  addToWord(scan, takeRun(scan, WORD_RUN) || takeOne(scan));
}

function takeOne(scan: Scan): string {
  const c = scan.text[scan.at] ?? '';
  take(scan, 1);
  return c;
}

function endLine(scan: Scan, frame: CommandFrame, lex: (scan: Scan) => void): void {
  endCommand(scan, frame);
  take(scan, 1);
  readDocuments(scan, lex);
}

/** Values may stand in comments; they are left out, since nothing there can use them. */
function readComment(scan: Scan): void {
  const newline = scan.text.indexOf('\n', scan.at);
  const end = newline < 0 ? scan.text.length : newline;
  while (scan.at < end) {
    const mark = scan.text.indexOf(MARK, scan.at);
    take(scan, (mark < 0 ? end : Math.min(mark, end)) - scan.at);
    if (scan.at >= end) return;
    scan.findings.next++;
    scan.at++;
  }
}

function refuseHash(scan: Scan): void {
  const message = 'A `#` inside `[[ ]]` may begin a comment or be part of a pattern.';
  stop(scan, 'SHELL_UNCLEAR', message, 'Put the comment behind `]]`, or the pattern in quotes.');
}

/** `name[` where an assignment may stand: bash reads up to the `]` as one subscript. */
function isSubscript(frame: CommandFrame): boolean {
  if (frame.test !== null || frame.redirect !== null || frame.command.place !== 'start') return false;
  if (frame.cases.length > 0 && frame.cases.at(-1) !== 'body') return false;
  return /^[A-Za-z_]\w*$/.test(frame.word?.plain ?? '');
}

function openSubscript(scan: Scan): void {
  addToWord(scan, '[]');
  take(scan, 1);
  push(scan, { kind: 'arithmetic', form: 'subscript', depth: 0 });
}

function readSeparator(scan: Scan, frame: CommandFrame): void {
  const operator = peek(scan, SEPARATOR)?.[0] ?? '';
  endCommand(scan, frame, operator === '|' || operator === '|&');
  if (operator === '&') scan.findings.unfit = true;
  if (frame.test !== null) endCondition(scan, frame, frame.test, newTest(frame.test.depth));
  else if (frame.cases.at(-1) === 'body' && operator.startsWith(';') && operator !== ';')
    frame.cases[frame.cases.length - 1] = 'pattern';
  take(scan, operator.length);
}

function openParenthesis(scan: Scan, frame: CommandFrame): void {
  const word = frame.word?.plain ?? null;
  if (word === null && frame.cases.at(-1) === 'pattern') return take(scan, 1);
  if (word === null && opensTwice(scan, frame)) {
    if (!isArithmetic(scan, scan.at + 2)) return;
    take(scan, 2);
    frame.command = newCommand();
    return push(scan, { kind: 'arithmetic', form: '((', depth: 0 });
  }
  const closesAtOnce = peek(scan, BLANKS_THEN_CLOSE, scan.at + 1);
  if (word !== null && /[?*+@!]$/.test(word) && !closesAtOnce) return openPattern(scan, frame, word);
  if (word?.endsWith('=') && frame.test === null) return openArray(scan, frame);
  if (frame.test !== null) {
    endWord(scan, frame);
    if (frame.test !== null) endCondition(scan, frame, frame.test, newTest(frame.test.depth + 1));
    return take(scan, 1);
  }
  openSubshell(scan, frame, closesAtOnce?.[0]);
}

function opensTwice(scan: Scan, frame: CommandFrame): boolean {
  if (scan.text[scan.at + 1] !== '(' || frame.test !== null) return false;
  const { place, program } = frame.command;
  return place === 'start' || program === 'for';
}

/** `@( )` and its like. `!(` is one too, or the negation of a subshell, as `extglob` decides. */
function openPattern(scan: Scan, frame: CommandFrame, word: string): void {
  if (word === '!' && frame.command.place === 'start' && frame.test === null) {
    const message = '`!(` is a pattern or the negation of a subshell, as an option of bash decides.';
    return stop(scan, 'SHELL_UNCLEAR', message, 'Write `! (` with a blank.');
  }
  addToWord(scan, UNKNOWN);
  take(scan, 1);
  push(scan, { kind: 'pattern' });
}

function openArray(scan: Scan, frame: CommandFrame): void {
  const { program, options } = frame.command;
  addToWord(scan, UNKNOWN);
  take(scan, 1);
  push(scan, { kind: 'array', integer: DECLARES.has(program ?? '') && /[in]/.test(options), word: null });
}

function openSubshell(scan: Scan, frame: CommandFrame, emptyPair: string | undefined): void {
  endWord(scan, frame);
  const { command } = frame;
  // A function: `f()`. Its name was taken for a program, which is the careful reading.
  if (emptyPair !== undefined) {
    frame.command = newCommand();
    return take(scan, 1 + emptyPair.length);
  }
  frame.command = newCommand();
  take(scan, 1);
  push(scan, { ...commandFrame(')'), command: newCommand(command.fed) });
}

function closeParenthesis(scan: Scan, frame: CommandFrame): void {
  endCommand(scan, frame);
  if (frame.test !== null) {
    endCondition(scan, frame, frame.test, newTest(frame.test.depth - 1));
    return take(scan, 1);
  }
  const last = frame.cases.length - 1;
  if (frame.cases[last] === 'pattern') frame.cases[last] = 'body';
  else if (frame.close === ')' && last < 0) pop(scan);
  else return stop(scan, 'SHELL_UNBALANCED', 'A `)` closes nothing.', 'Check the parentheses before it.');
  if (last >= 0) frame.command = newCommand();
  take(scan, 1);
}

/** Reads inside `name=( … )`. */
export function readArray(scan: Scan, frame: ArrayFrame): void {
  const c = scan.text[scan.at] ?? '';
  if (c === "'" || c === '"') return openQuote(scan, c === '"' ? 'double' : 'single');
  if (c === '[' && frame.word === null) return openSubscript(scan);
  if (c === '#' && frame.word === null) return readComment(scan);
  if ((c === '<' || c === '>') && scan.text[scan.at + 1] === '(') {
    scan.findings.unfit = true;
    addToWord(scan, UNKNOWN);
    take(scan, 2);
    return push(scan, commandFrame(')'));
  }
  if (c === '(') {
    if (!/[?*+@!]$/.test(frame.word?.plain ?? ''))
      return stop(scan, 'SHELL_UNBALANCED', 'A `(` stands inside an array.', 'Quote it.');
    take(scan, 1);
    return push(scan, { kind: 'pattern' });
  }
  if (c === ')') pop(scan);
  if (/[ \t\n;&|<>)]/.test(c)) {
    frame.word = null;
    return take(scan, 1);
  }
  addToWord(scan, takeRun(scan, WORD_RUN) || takeOne(scan));
}

/** Reads inside `@( … )`. */
export function readPattern(scan: Scan): void {
  const c = scan.text[scan.at] ?? '';
  if (c === "'" || c === '"') return openQuote(scan, c === '"' ? 'double' : 'single');
  if (c === '(') push(scan, { kind: 'pattern' });
  else if (c === ')') pop(scan);
  else {
    takeRun(scan, PATTERN_RUN);
    return;
  }
  take(scan, 1);
}
