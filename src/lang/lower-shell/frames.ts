/** What is open while a script is read: commands, quotes, expansions. Data only. */
import type { ShellRef } from './lowered.ts';

/** Stands in a word for what only the run will tell. */
export const UNKNOWN = '\0';

/** A word of a command as far as it was read. */
export interface Word {
  /** What stood outside quotes; everything quoted or expanded is UNKNOWN. Reserved words and assignments are seen here. */
  plain: string;
  /** What the word will be after its quotes are removed; what is expanded is UNKNOWN. */
  literal: string;
}

/** The simple command that is being read. */
export interface Command {
  /** `start`: the next word is a reserved word, an assignment or the program. */
  place: 'start' | 'arguments';
  program: string | null;
  /** `command`, `builtin`, `exec` or `time` before the program. */
  prefix: string | null;
  /** A value is part of the program's name, which was warned of. */
  chosen: boolean;
  /** The letters of its options. */
  options: string;
  last: string | null;
  /** An argument holds something that only the run will tell. */
  dynamic: boolean;
  /** An argument names the file (or module) that an interpreter runs. */
  file: boolean;
  /** `-c` or `-e`: an argument is program text. */
  code: boolean;
  /** Its standard input is a pipe or a redirection. */
  fed: boolean;
}

/** A reference whose kind is still being found out. */
export type Ref = { -readonly [K in keyof ShellRef]: ShellRef[K] };

/** What was read between `[[` and `]]` since the last operator that joins conditions. */
export interface Test {
  refs: Ref[];
  arithmetic: boolean;
  name: boolean;
  depth: number;
}

export interface CommandFrame {
  readonly kind: 'command';
  readonly close: ')' | null;
  word: Word | null;
  command: Command;
  redirect: null | 'target' | 'descriptor';
  test: Test | null;
  /** The open `case` commands: what the innermost waits for is last. */
  readonly cases: ('subject' | 'in' | 'pattern' | 'body')[];
}
export interface ArrayFrame {
  readonly kind: 'array';
  /** `declare -i`: bash evaluates the elements. */
  readonly integer: boolean;
  word: Word | null;
}
export interface ParameterFrame {
  readonly kind: 'parameter';
  /** Only the word behind `:- - := = :? ? :+ +` is read as a word. */
  readonly part: 'default' | 'other';
  /** Inside double quotes or a here-document. */
  readonly quoted: boolean;
}
export interface ArithmeticFrame {
  readonly kind: 'arithmetic';
  readonly form: '$((' | '((' | '$[' | 'subscript';
  depth: number;
}
export type Frame =
  | CommandFrame
  | ArrayFrame
  | ParameterFrame
  | ArithmeticFrame
  | { readonly kind: 'pattern' }
  | { readonly kind: 'double' }
  | { readonly kind: 'single' }
  | { readonly kind: 'ansi' }
  | { readonly kind: 'document' };

export function newCommand(fed = false): Command {
  return {
    place: 'start',
    program: null,
    prefix: null,
    chosen: false,
    options: '',
    last: null,
    dynamic: false,
    file: false,
    code: false,
    fed,
  };
}

export function commandFrame(close: ')' | null): CommandFrame {
  return { kind: 'command', close, word: null, command: newCommand(), redirect: null, test: null, cases: [] };
}
