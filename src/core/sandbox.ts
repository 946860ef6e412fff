/** The port by which programs run that giga does not trust. Knows what they are given and how they can end, not how they are held. */
import type { Diagnostic } from './diagnostic/diagnostic.ts';
import type { Permissions } from './permissions/permissions.ts';
import type { Environment, Shell } from './process.ts';

export interface SandboxSpec {
  readonly program:
    | { readonly kind: 'script'; readonly shell: Shell; readonly script: string }
    | { readonly kind: 'argv'; readonly argv: readonly string[] };
  /** The workspace, absolute. */
  readonly root: string;
  /** In the workspace, absolute. */
  readonly cwd: string;
  /** All that the program gets beside `PATH`, `HOME`, `TMPDIR` and `LANG`, which are the sandbox's own. */
  readonly env: Environment;
  readonly permissions: Pick<Permissions, 'read' | 'write' | 'net' | 'named'>;
  /** Bytes of each stream that come back. */
  readonly maxOutput: number;
  readonly timeoutMs: number;
  /** Bytes that all its processes may have together, with the files that they keep in memory. Default: USUAL_MEMORY. */
  readonly memory?: number;
}

/** Bytes of memory when nothing is said, and the least that can be said. */
export const USUAL_MEMORY = 4 * 1024 ** 3;
export const LEAST_MEMORY = 16 * 1024 ** 2;

/** What a stream had to say, masked: its beginning and its end, where it was more than is kept. */
export interface SandboxOutput {
  readonly text: string;
  readonly bytes: number;
  readonly truncated: boolean;
}

/** When one of these comes, nothing of what was started lives any more. */
export type SandboxEnd =
  | ({
      /** `exited`: also by a signal, with 128 + its number. `overran`: it had more processes than are let be; `outgrew`: more memory. */
      readonly kind: 'exited' | 'timed-out' | 'overran' | 'outgrew' | 'stopped';
      readonly code: number;
    } & { readonly stdout: SandboxOutput; readonly stderr: SandboxOutput })
  /** It was never started. */
  | { readonly kind: 'refused'; readonly diagnostic: Diagnostic };

export interface Sandbox {
  /** `none`: programs can do whatever giga's user can. */
  readonly kind: 'bubblewrap' | 'none';
  /** Why nothing can run in it on this machine; null where it can. Asked of the system once. Never rejects. */
  problem(): Promise<Diagnostic | null>;
  /** Never rejects. An abort ends it at once, with all that it started. */
  run(spec: SandboxSpec, signal: AbortSignal): Promise<SandboxEnd>;
}
