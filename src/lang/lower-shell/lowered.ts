/** What lowering a shell script takes and gives. Types only. */
import type { Code } from '../../core/diagnostic/catalog.ts';
import type { ScriptRequest } from '../../core/plan/run-request.ts';

/** An expression in its source: the offsets of its first character and behind its last, `${{`, `}}` and blanks left out. */
export interface Hole {
  readonly start: number;
  readonly end: number;
}

/** A script as a template: pieces of its text, and a hole for each `${{ }}`. An `Expression` with offsets is a hole. */
export type ScriptPart = string | Hole;

/** The grammar that the script is read by. `sh` holds for dash, and for bash that was started as sh. */
export type Dialect = 'bash' | 'sh';

export type Context =
  | 'word'
  | 'double-quotes'
  | 'single-quotes'
  | 'ansi-quotes'
  | 'here-document'
  | 'parameter'
  | 'arithmetic';

/** One value that the lowered script reads from its environment. */
export interface ShellRef {
  /** Which `${{ }}` of the script, from 0. */
  readonly index: number;
  /** The variable: `GIGA_V` and the index. */
  readonly name: string;
  /** The shell evaluates its text, so it must be a whole number. */
  readonly integer: boolean;
  readonly context: Context;
}

export interface ShellWarning {
  readonly code: Code;
  readonly message: string;
  readonly hint: string;
  /** The `${{ }}` that it is about; null: about the script as a whole. */
  readonly index: number | null;
  /** The program that may run the value, as written. */
  readonly by: string;
}

export interface ShellProblem {
  readonly code: Code;
  readonly message: string;
  readonly hint: string;
  /** The `${{ }}` that it is about; null: a place in the text. */
  readonly index: number | null;
  /** Offset in the source of the script. */
  readonly offset: number;
}

export interface LoweredScript {
  readonly ok: true;
  /** The program: no value is part of it. */
  readonly script: string;
  /** In the order of the script. A `${{ }}` in a comment is removed and has no entry. */
  readonly refs: readonly ShellRef[];
  readonly guard: ScriptRequest['guard'];
  readonly warnings: readonly ShellWarning[];
  /** Nothing in the script forbids a persistent worker. */
  readonly worker: boolean;
}

export interface RefusedScript {
  readonly ok: false;
  readonly problems: readonly ShellProblem[];
}
