/** Decides what a finished word is: a reserved word, an assignment, the program, an argument, a condition. Reads no text. */

import { type Command, type CommandFrame, newCommand, type Test, UNKNOWN, type Word } from './frames.ts';
import {
  CLOSERS,
  DECLARES,
  INTEGER_VARIABLES,
  noteArgument,
  noteProgram,
  OPENERS,
  PREFIXES,
  READS_TEXT,
  runsUnseen,
} from './programs.ts';
import { type Scan } from './scan.ts';

/** An assignment as far as it stands outside quotes; a subscript was replaced by `[]`. */
export const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*(?:\[.*\])?\+?=/s;

export function newTest(depth = 0): Test {
  return { refs: [], arithmetic: false, name: false, depth };
}

/** Ends the word that is being read, if there is one. */
export function endWord(scan: Scan, frame: CommandFrame): void {
  const word = frame.word;
  frame.word = null;
  if (word === null) return;
  if (frame.redirect !== null) endRedirect(scan, frame, word);
  else if (frame.test !== null) endTestWord(scan, frame, frame.test, word);
  else if (frame.cases.length > 0 && frame.cases.at(-1) !== 'body') endCaseWord(frame, word);
  else if (frame.command.place === 'start') endFirstWord(scan, frame, word);
  else endArgument(scan, frame, word);
}

function endRedirect(scan: Scan, frame: CommandFrame, word: Word): void {
  if (frame.redirect === 'descriptor' && !/^[0-2]?-?$/.test(word.literal)) scan.findings.unfit = true;
  frame.redirect = null;
}

function endTestWord(scan: Scan, frame: CommandFrame, test: Test, { plain }: Word): void {
  if (plain === ']]') {
    endCondition(scan, frame, test, null);
    frame.command = newCommand();
  } else if (/^-(?:eq|ne|lt|le|gt|ge)$/.test(plain)) test.arithmetic = true;
  else if (plain === '-v' || plain === '-R') test.name = true;
}

/** Ends what `&& || ( ) !` join inside `[[ ]]`; `next` is what follows, null behind `]]`. */
export function endCondition(scan: Scan, frame: CommandFrame, test: Test, next: Test | null): void {
  const { findings } = scan;
  if (test.arithmetic || test.name) findings.evaluates = true;
  for (const ref of test.refs) {
    if (test.arithmetic) ref.integer = true;
    if (test.name) nameRefused(scan, ref.index, '`[[ -v ]]`');
  }
  frame.test = next;
}

export function nameRefused(scan: Scan, index: number | null, by: string): void {
  scan.findings.problems.push({
    code: 'SHELL_AS_NAME',
    message: `${by} takes this word as the name of a variable, and a name that comes from a value can run code.`,
    hint: 'Use a fixed name, or an associative array: `key=${{ … }}; map[$key]=1`.',
    index,
    offset: scan.origin + scan.at,
  });
}

function endCaseWord(frame: CommandFrame, { plain }: Word): void {
  const last = frame.cases.length - 1;
  const state = frame.cases[last];
  if (state === 'subject') frame.cases[last] = 'in';
  else if (state === 'in' && plain === 'in') frame.cases[last] = 'pattern';
  else if (state === 'pattern' && plain === 'esac') closeCase(frame);
}

function closeCase(frame: CommandFrame): void {
  frame.cases.pop();
  frame.command = newCommand();
}

function endFirstWord(scan: Scan, frame: CommandFrame, word: Word): void {
  const { command } = frame;
  const { plain, literal } = word;
  if (OPENERS.has(plain) || CLOSERS.has(plain)) frame.command = newCommand(command.fed);
  else if (ASSIGNMENT.test(plain)) noteAssignment(scan, plain);
  else if (plain === '[[') frame.test = newTest();
  else if (plain === 'case') frame.cases.push('subject');
  else if (plain === 'esac' && frame.cases.at(-1) === 'body') closeCase(frame);
  else if (PREFIXES.has(literal)) notePrefix(scan, command, literal);
  else if (command.prefix !== null && literal.startsWith('-') && !/^-[A-Za-z]*[vV]/.test(literal)) return;
  else {
    command.program = command.prefix !== null && literal.startsWith('-') ? command.prefix : literal;
    command.place = 'arguments';
    noteProgram(scan, command.program);
  }
}

function notePrefix(scan: Scan, command: Command, prefix: string): void {
  command.prefix = prefix;
  if (prefix === 'exec') scan.findings.unfit = true;
}

function noteAssignment(scan: Scan, plain: string): void {
  const name = /^\w+/.exec(plain)?.[0] ?? '';
  if (INTEGER_VARIABLES.test(name)) scan.findings.evaluates = true;
}

function endArgument(scan: Scan, frame: CommandFrame, word: Word): void {
  const { command } = frame;
  const { program } = command;
  if (opensBody(command, word)) {
    frame.command = newCommand();
    return;
  }
  noteName(scan, command, word);
  if (program === 'set' && changesMonitor(word.literal)) scan.findings.unfit = true;
  noteArgument(command, word);
}

/** `function f {`, `for x do`, `coproc NAME {`: the body of such a command has no `;` before it. */
function opensBody({ program }: Command, { plain }: Word): boolean {
  if (program === 'function') return true;
  if (program !== null && isLoop(program)) return plain === 'do' || plain === '{';
  return program === 'coproc' && plain === '{';
}

function changesMonitor(option: string): boolean {
  return option.includes(UNKNOWN) || /^[-+][A-Za-z]*m|^monitor$/.test(option);
}

/** Arguments that builtins take as names: one that only the run will tell may hold a subscript, which bash evaluates. */
function noteName(scan: Scan, command: Command, { literal }: Word): void {
  const { findings } = scan;
  const { program } = command;
  if (program === null) return;
  const name = literal.includes('=') ? literal.slice(0, literal.indexOf('=')) : literal;
  const computed = name.includes(UNKNOWN) || name.includes('[') || INTEGER_VARIABLES.test(name);
  if (DECLARES.has(program)) {
    if (/^-[A-Za-z]*[in]/.test(literal)) findings.evaluates = true;
    if (computed) findings.evaluates = true;
    if (name.includes(UNKNOWN)) findings.expands = true;
  } else if (READS_TEXT.has(program) || takesName(command, literal) || (isLoop(program) && command.last === null)) {
    if (computed) findings.evaluates = true;
  }
}

/** Whose first argument is the name of a variable. */
export function isLoop(program: string): boolean {
  return program === 'for' || program === 'select';
}

/** `printf -v NAME`, `test -v NAME`, `[ -v NAME ]`. */
export function takesName(command: Command, literal: string): boolean {
  const { program } = command;
  if (program !== 'printf' && program !== 'test' && program !== '[') return false;
  return command.last === '-v' || command.last === '-R' || (program === 'printf' && literal.startsWith('-v'));
}

/** Ends the simple command; the next one may read what this one prints. */
export function endCommand(scan: Scan, frame: CommandFrame, pipes = false): void {
  endWord(scan, frame);
  if (frame.redirect !== null) frame.redirect = null;
  if (frame.test !== null || (frame.cases.length > 0 && frame.cases.at(-1) !== 'body')) return;
  const by = runsUnseen(frame.command);
  if (by !== null)
    scan.findings.warnings.push({
      code: 'SHELL_MAY_RUN_VALUE',
      message: `\`${by}\` runs text, and a value of this script may be a part of it.`,
      hint: 'Give values to programs as arguments or variables, never as program text.',
      index: null,
      by,
    });
  frame.command = newCommand(pipes);
}
