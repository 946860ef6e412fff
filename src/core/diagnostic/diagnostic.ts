/** What is wrong, where, and what to do next. Knows codes and positions, not how they are printed. */
import type { Code } from './catalog.ts';

export type Severity = 'error' | 'warning' | 'info';

/** A place in a text: `line` and `column` from 1 (columns in UTF-16 units), `offset` from 0. */
export interface Position {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

/** A stretch of a file. `file` is as the user would name it: relative to the working folder, with `/`. `end` is exclusive. */
export interface Span {
  readonly file: string;
  readonly start: Position;
  readonly end: Position;
}

export interface Diagnostic {
  readonly code: Code;
  readonly severity: Severity;
  /** What is wrong, in the user's own names. A sentence. */
  readonly message: string;
  readonly at?: Span;
  /** Said under the caret of the code frame; short. */
  readonly label?: string;
  /** What to do next. A sentence, or `a step with a similar name exists: \`build\``. */
  readonly hint?: string;
  readonly related?: readonly { readonly message: string; readonly at: Span }[];
}

/** What an operation that can be refused gives: a value, or why not. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** What a reader gives: as much of the value as could be read, and every problem met. `value` is null when nothing could be. */
export interface Reading<T> {
  readonly value: T | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Makes an error diagnostic; the one way in which codes become diagnostics. */
export function problem(
  code: Code,
  message: string,
  more: Omit<Partial<Diagnostic>, 'code' | 'message'> = {},
): Diagnostic {
  return { code, severity: 'error', message, ...more };
}

/** Makes a warning. */
export function warning(
  code: Code,
  message: string,
  more: Omit<Partial<Diagnostic>, 'code' | 'message'> = {},
): Diagnostic {
  return { code, severity: 'warning', message, ...more };
}

/** More problems of one text are counted, not listed. */
const MAX_LISTED = 100;

/** The first problems of a text, and how many more there are. */
export function listedProblems(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const more = diagnostics.length - MAX_LISTED;
  if (more <= 0) return diagnostics;
  const rest = problem(
    'DOC_MORE_PROBLEMS',
    `There ${more === 1 ? 'is 1 further problem' : `are ${more} further problems`}.`,
  );
  return [...diagnostics.slice(0, MAX_LISTED), rest];
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === 'error');
}
