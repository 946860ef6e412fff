/** Prints diagnostics: with code frames for people, as NDJSON for programs. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Diagnostic } from '../../core/diagnostic/diagnostic.ts';
import { renderDiagnostic } from '../../core/diagnostic/frame.ts';
import type { Io } from '../io.ts';

export interface ProblemOptions {
  readonly io: Io;
  readonly color: boolean;
  readonly json: boolean;
  /** The folder that files of spans are relative to; default: the working folder. */
  readonly cwd?: string;
  /** Texts of files that are not to be read anew, by their name in spans. */
  readonly sources?: ReadonlyMap<string, string>;
}

/** Prints each problem. */
export function printProblems(diagnostics: readonly Diagnostic[], options: ProblemOptions): void {
  const { io, json } = options;
  if (json) for (const d of diagnostics) io.out.write(`${JSON.stringify({ type: 'diagnostic', ...d })}\n`);
  const sources = new Map(options.sources);
  const readSource = (file: string): string | undefined => sourceOf(file, sources, options.cwd ?? io.cwd);
  for (const d of diagnostics) io.err.write(`${renderDiagnostic(d, readSource, { color: options.color })}\n`);
}

function sourceOf(file: string, sources: Map<string, string>, cwd: string): string | undefined {
  if (!sources.has(file)) {
    try {
      sources.set(file, readFileSync(resolve(cwd, file), 'utf8'));
    } catch {
      return undefined; // the file is gone: the message stands without its frame
    }
  }
  return sources.get(file);
}
