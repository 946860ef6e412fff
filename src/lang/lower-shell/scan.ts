/** The state of one pass over a script: the text, the output, and the stack of open constructs. Knows no shell grammar. */
import type { Code } from '../../core/diagnostic/catalog.ts';
import type { Frame, Ref } from './frames.ts';
import type { Dialect, ShellProblem, ShellWarning } from './lowered.ts';

/** Stands in the text for one `${{ }}`. A noncharacter, refused in scripts, so that it cannot be anything else. */
export const MARK = '\uFDD0';
const MAX_DEPTH = 200;
/** Characters that all lookaheads of a script may read together. */
const MAX_LOOKAHEAD = 4_000_000;

/** A here-document whose body begins behind the next newline. */
export interface PendingDocument {
  readonly delimiter: string;
  readonly quoted: boolean;
  readonly stripsTabs: boolean;
  readonly depth: number;
}

/** What a script's pass finds out; shared with the passes over its here-documents and backticks. */
export interface Findings {
  readonly refs: Ref[];
  readonly problems: ShellProblem[];
  readonly warnings: ShellWarning[];
  /** The index of the next `${{ }}`. */
  next: number;
  /** The lexer lost its way: what follows is not judged. */
  stopped: boolean;
  /** The shell evaluates text somewhere. */
  evaluates: boolean;
  /** It even runs an expansion that stands in a value by itself. */
  expands: boolean;
  /** A worker cannot run this script. */
  unfit: boolean;
  lookahead: number;
  /** How many texts inside texts (here-documents, backticks) are open. */
  nesting: number;
}

export interface Scan {
  readonly text: string;
  readonly dialect: Dialect;
  readonly findings: Findings;
  readonly stack: Frame[];
  readonly documents: PendingDocument[];
  /** Where `text` begins in the whole script. */
  readonly origin: number;
  at: number;
  out: string;
}

export function newFindings(): Findings {
  return {
    refs: [],
    problems: [],
    warnings: [],
    next: 0,
    stopped: false,
    evaluates: false,
    expands: false,
    unfit: false,
    lookahead: 0,
    nesting: 0,
  };
}

export function newScan(text: string, base: Frame, from: Pick<Scan, 'dialect' | 'findings'>, origin = 0): Scan {
  const { dialect, findings } = from;
  return { text, dialect, findings, stack: [base], documents: [], origin, at: 0, out: '' };
}

export function top(scan: Scan): Frame {
  const frame = scan.stack.at(-1);
  if (frame === undefined) throw new Error('Bug: the base frame was popped');
  return frame;
}

export function push(scan: Scan, frame: Frame): void {
  if (frame.kind === 'arithmetic') scan.findings.evaluates = true;
  if (scan.stack.length >= MAX_DEPTH)
    stop(
      scan,
      'SHELL_TOO_DEEP',
      'More than 200 constructs are nested in this script.',
      'Put the inner part in a function.',
    );
  scan.stack.push(frame);
}

export function pop(scan: Scan): void {
  if (scan.stack.length > 1) scan.stack.pop();
}

/** Copies `count` characters to the output. */
export function take(scan: Scan, count: number): void {
  scan.out += scan.text.slice(scan.at, scan.at + count);
  scan.at += count;
}

/** Copies what a sticky pattern matches here, and gives it; '' when it does not match. */
export function takeRun(scan: Scan, pattern: RegExp): string {
  pattern.lastIndex = scan.at;
  const run = pattern.exec(scan.text)?.[0] ?? '';
  take(scan, run.length);
  return run;
}

/** What a sticky pattern matches at an offset, without reading it. */
export function peek(scan: Scan, pattern: RegExp, at = scan.at): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(scan.text);
}

/** Adds to the word that is being read, which may begin here. */
export function addToWord(scan: Scan, plain: string, literal = plain): void {
  const last = top(scan);
  const quoted = last.kind === 'double' || last.kind === 'single' || last.kind === 'ansi';
  const frame = quoted ? scan.stack.at(-2) : last;
  if (frame?.kind !== 'command' && frame?.kind !== 'array') return;
  frame.word ??= { plain: '', literal: '' };
  frame.word.plain += plain;
  frame.word.literal += literal;
}

/** Refuses one placeholder; the pass goes on, so that all of them are reported at once. */
export function refuse(scan: Scan, index: number | null, code: Code, message: string, hint: string): void {
  scan.findings.problems.push({ code, message, hint, index, offset: scan.origin + scan.at });
}

/** Refuses the script: what follows cannot be judged. */
export function stop(scan: Scan, code: Code, message: string, hint: string): void {
  if (!scan.findings.stopped) refuse(scan, null, code, message, hint);
  scan.findings.stopped = true;
  scan.findings.unfit = true;
}

/** Pays for a lookahead of so many characters. */
export function payLookahead(scan: Scan, characters: number): void {
  scan.findings.lookahead += characters;
  if (scan.findings.lookahead > MAX_LOOKAHEAD)
    stop(scan, 'SHELL_TOO_DEEP', 'This script is too entangled to be read.', 'Move it into a file and run that.');
}
