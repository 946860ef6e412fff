/** The files that a step reads: how they are asked for, and what is known of them. Knows no disk. */
import { FILE_PART } from '../fingerprint.ts';
import { isJsonObject, type Json } from '../json.ts';

/** What `files` of an ActionNode evaluates to. */
export interface FilesRequest {
  /** Relative to the root of the workspace; '' is the root. */
  readonly cwd: string;
  /** Relative to `cwd`; `!` in front takes files out. */
  readonly globs: readonly string[];
}

/** What a capture of the kind `files` gives. */
export interface FilesRead {
  /** SHA-256 over the path, the content and the executable bit of every file. */
  readonly digest: string;
  /** Short digests by path, relative to `cwd`; of very many files by folder, whose paths end with `/`. For explanations only. */
  readonly of: Readonly<Record<string, string>>;
}

export function readFilesRead(value: Json): FilesRead {
  const { digest, of } = isJsonObject(value) ? value : {};
  return {
    digest: typeof digest === 'string' ? digest : '',
    of: isJsonObject(of) ? Object.fromEntries(Object.entries(of).map(([path, one]) => [path, String(one)])) : {},
  };
}

/** As parts of a fingerprint. */
export function fileNotes(files: FilesRead | null): Record<string, string> {
  return Object.fromEntries(Object.entries(files?.of ?? {}).map(([path, one]) => [`${FILE_PART}${path}`, one]));
}
