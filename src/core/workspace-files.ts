/** The port by which steps write files of the workspace. Knows what is asked and what can be answered, no disk. */
import type { Result } from './diagnostic/diagnostic.ts';

export interface FileTarget {
  /** The root of the workspace, absolute. No file is ever written outside of it. */
  readonly root: string;
  /** What `path` is relative to, absolute. */
  readonly folder: string;
  readonly path: string;
  /** Permission bits, whatever the umask says. Absent: those of the file that is replaced, or the usual ones. */
  readonly mode?: number;
  /** Names who writes: the same for every attempt of a step, so that the next one clears away what a crash left behind. */
  readonly key: string;
}

/** A file that is not there yet: it appears under its name, whole, with `commit`. Exactly one of the two ends must be called. */
export interface FileInProgress {
  /** Resolves when the bytes are taken. Rejects with what the disk says. */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes it durable and gives its path, relative to the root, with `/`. */
  commit(): Promise<Result<string>>;
  /** Leaves everything as it was. Never rejects. */
  discard(): Promise<void>;
}

export interface WorkspaceFiles {
  /** Never rejects: a path that leads out of the workspace, and a disk that refuses, are diagnostics. */
  open(target: FileTarget): Promise<Result<FileInProgress>>;
  /** Writes a whole file. Never rejects. */
  write(target: FileTarget, bytes: Uint8Array): Promise<Result<string>>;
}
