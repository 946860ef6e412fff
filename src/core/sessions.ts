/** The port by which agents keep their conversations. Knows lines and their order, nothing of what they say and no disk. */
import type { Diagnostic, Result } from './diagnostic/diagnostic.ts';
import type { JsonObject } from './json.ts';

export interface Session {
  /** What stood in it when it was opened, in order. */
  readonly lines: readonly JsonObject[];
  /** The end of a line that was being written when giga was ended: it was left out, and nothing relied on it. */
  readonly wasTorn: boolean;
  /** Adds lines. Resolves once they are on disk, with what stands against it where they never will be. Never rejects. */
  append(lines: readonly JsonObject[]): Promise<Diagnostic | null>;
  close(): void;
}

export interface Sessions {
  /** Opens the session of a name, a new one where there is none. A damaged one is refused. Never rejects. */
  open(name: string): Promise<Result<Session>>;
}

/** What is known of a session without reading it. */
export interface SessionEntry {
  readonly name: string;
  readonly bytes: number;
  /** When something was added last: ms since 1970. */
  readonly changedAt: number;
}

/** Sessions as those see them who tidy up. */
export interface SessionStore extends Sessions {
  /** All that there are, by name. */
  list(): Result<readonly SessionEntry[]>;
  /** Those of the run; each name begins with its id. */
  ofRun(run: string): Result<readonly SessionEntry[]>;
  /** It is gone at once, or not at all. */
  remove(name: string): Result<void>;
}
