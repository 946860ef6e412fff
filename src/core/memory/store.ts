/** Notes that agents keep for later runs, and the port by which they are read and changed. Knows no disk and no model. */
import type { Diagnostic } from '../diagnostic/diagnostic.ts';

/** Who wrote a note, and when (ms since 1970). What a model wrote is its output, and never an instruction. */
export type NoteOrigin =
  | {
      readonly kind: 'model';
      readonly at: number;
      readonly run: string;
      readonly step: string;
      readonly model: string;
      /** Where else than in the workspace the agent could have it from: `fetch`, `run`, `mcp:SERVER`. */
      readonly sources: readonly string[];
    }
  | { readonly kind: 'person'; readonly at: number; readonly name: string };

export interface Note {
  /** Such as `style/commits.md`. */
  readonly path: string;
  readonly text: string;
  readonly made: NoteOrigin;
  readonly changed: NoteOrigin;
}

/** What a note is to become. `was`: its text until then, null where there was none. `text`: null removes it. */
export interface NoteChange {
  readonly path: string;
  readonly was: string | null;
  readonly text: string | null;
}

export interface Notes {
  /** By path, ascending. */
  readonly notes: readonly Note[];
  /** Lines of the file that are not what was written; a line that a crash cut off is none of them. */
  readonly damaged: number;
}

export type NotesEnd =
  | { readonly kind: 'done' }
  /** A note is not what it was: another one was quicker. Nothing was done. */
  | { readonly kind: 'changed' }
  /** The store cannot hold that. Nothing was done. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'failed'; readonly error: Diagnostic };

export interface NoteStore {
  /** Never rejects. */
  read(): Promise<Notes | Diagnostic>;
  /** All changes or none of them; resolves once they are on disk. Never rejects. */
  change(changes: readonly NoteChange[], by: NoteOrigin): Promise<NotesEnd>;
  /** Takes what is no note any more out of the files as well. Never rejects. */
  purge(): Promise<Diagnostic | null>;
}
