/** The port by which steps run a program that talks in lines. Knows no program by name. */
import type { Diagnostic } from './diagnostic/diagnostic.ts';
import type { Environment } from './process.ts';

export interface LineProgramSpec {
  readonly argv: readonly [string, ...string[]];
  /** Absolute. */
  readonly cwd: string;
  /** Whole: nothing is inherited. */
  readonly env: Environment;
  readonly stdin: string;
  readonly graceMs: number;
  /** Each line of standard output, one after the other: the next is told once this one was dealt with. */
  readonly hear: (line: string) => Promise<void>;
}

export type LineProgramEnd =
  /** `stderr`: its end, masked by nobody. `stopped`: it was told to. */
  | { readonly kind: 'exited' | 'stopped'; readonly code: number; readonly stderr: string }
  | { readonly kind: 'refused'; readonly diagnostic: Diagnostic };

export interface LinePrograms {
  /** Never rejects. An abort ends it: TERM to all of its group, KILL after the grace. */
  run(spec: LineProgramSpec, signal: AbortSignal): Promise<LineProgramEnd>;
}
