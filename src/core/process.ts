/** The port by which steps run programs. Knows what a program is given and how it can end, nothing of how it is started. */
import type { Diagnostic } from './diagnostic/diagnostic.ts';

export type Shell = 'bash' | 'sh' | 'pwsh' | 'cmd' | 'python' | 'node';

export type Program =
  | {
      readonly kind: 'script';
      readonly shell: Shell;
      readonly script: string;
      /** The checker of the script found nothing that a shell shared with other steps cannot do. A hint: a shell of its own is always right. */
      readonly worker?: boolean;
    }
  /** The first item is the program: a name looked up on the PATH of the step, or a path. `worker`: a shell shared with other steps may start it. */
  | { readonly kind: 'argv'; readonly argv: readonly string[]; readonly worker?: boolean };

/** Variables by name, whole: nothing is inherited. Processes compare it by identity, so steps that share one should share the object. */
export type Environment = Readonly<Record<string, string>>;

export interface ProcessSpec {
  readonly program: Program;
  /** What all steps of the run have in common. */
  readonly environment: Environment;
  /** Laid over `environment`. */
  readonly variables: Environment;
  /** Absolute. */
  readonly cwd: string;
  /** Absent: `/dev/null`. */
  readonly stdin?: string;
  /** The two logs are `<folder>/<name>.out` and `.err`; an empty one does not exist. `folder` is absolute and is made when needed. */
  readonly log: { readonly folder: string; readonly name: string };
  readonly files?: readonly HandedFile[];
  /** Bytes of each stream that come back as text. */
  readonly maxOutput: number;
  /** From TERM to KILL when the signal is aborted. */
  readonly graceMs: number;
  /** The program runs, in a process group of this number. Not told by a shell that is shared with other steps. */
  readonly onStart?: (group: number) => void;
  /** The last line of output, now and then, for the screen only. */
  readonly onLine?: (line: string) => void;
  /** One of the streams has grown; told now and then. Not by a shell that is shared with other steps. */
  readonly onOutput?: () => void;
}

/** What a stream had to say. */
export interface Captured {
  /** The first `maxOutput` bytes, cut at a whole character, masked. */
  readonly text: string;
  readonly truncated: boolean;
  /** Size of the log. */
  readonly bytes: number;
  /** When it was cut: its last bytes, at most 4 KiB. */
  readonly tail?: string;
}

/** A file that the program may write: the variable of this name holds a path at which nothing is yet. */
export interface HandedFile {
  readonly variable: string;
  /** What comes after the name of the log: `output` makes `<folder>/<name>.output`. */
  readonly suffix: string;
  readonly maxBytes: number;
  /** It stays beside the logs, masked; else it is removed once it was read. */
  readonly isKept: boolean;
}

export interface ProcessOutput {
  readonly stdout: Captured;
  readonly stderr: Captured;
  /** Names of the processes that were still there when the program had ended; they were stopped. */
  readonly leftovers: readonly string[];
  /** What the program wrote to the files that it was handed, by variable, as it was written (not masked). */
  readonly files: Readonly<Record<string, Captured>>;
}

/**
 * How a program ended.
 * - `exited`: by itself. - `signalled`: by a signal; `code` is 128 + its number, as shells say it.
 * - `refused`: it was never started. - `lost`: nobody knows how it ended; an interruption.
 */
export type ProcessEnd =
  | ({ readonly kind: 'exited'; readonly code: number } & ProcessOutput)
  | ({ readonly kind: 'signalled'; readonly signal: string; readonly code: number } & ProcessOutput)
  | { readonly kind: 'refused'; readonly diagnostic: Diagnostic }
  | ({ readonly kind: 'lost'; readonly diagnostic: Diagnostic } & ProcessOutput);

export interface StopSignals {
  /** Aborted: TERM to the whole process group, and KILL after the grace. */
  readonly stop: AbortSignal;
  /** Aborted: KILL at once. */
  readonly kill?: AbortSignal;
}

/** Remembers a process group in a file, so that a later giga can end it when this one is killed. */
export interface NotedGroups {
  /** Notes a group under a name; nothing that fails stands against what runs. */
  note(folder: string, name: string, group: number): void;
  forget(folder: string, name: string): void;
}

/** Runs programs. */
export interface Processes {
  /** Never rejects. When it is told to stop, the answer comes when the whole process group is gone. */
  execute(spec: ProcessSpec, signals: StopSignals): Promise<ProcessEnd>;
  /** Ends what is kept open for later steps. */
  close(): void;
}

export const NOTHING: Captured = { text: '', truncated: false, bytes: 0 };
export const NO_OUTPUT: ProcessOutput = { stdout: NOTHING, stderr: NOTHING, leftovers: [], files: {} };
