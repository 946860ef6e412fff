/** The port by which steps read files that they hand on. Knows what is asked, no disk. */
import type { Result } from '../diagnostic/diagnostic.ts';

export interface Attachment {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface AttachmentAsk {
  /** The root of the workspace, absolute. Nothing outside of it is read, also not through a link. */
  readonly root: string;
  /** What the globs are relative to, absolute. */
  readonly folder: string;
  readonly globs: readonly string[];
  /** Of all files together. */
  readonly maxBytes: number;
}

export interface AttachmentReader {
  /** In the order of the globs, and of names within one. Never rejects: a glob that finds nothing, and too much, are diagnostics. */
  read(ask: AttachmentAsk): Promise<Result<readonly Attachment[]>>;
}
