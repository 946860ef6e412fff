/** The port by which tools look at files of the workspace. Knows what is asked and what can be answered, no disk. */
import type { Result } from './diagnostic/diagnostic.ts';

export interface Located {
  /** From the root, with `/`, without any link on the way; '' is the root itself. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'absent';
  /** Of a file. */
  readonly bytes: number;
}

export interface FileList {
  /** From the root, with `/`, sorted. */
  readonly files: readonly string[];
  /** There are more. */
  readonly isCut: boolean;
}

/** None of these rejects. `root` is the workspace, absolute; nothing outside of it is ever read, whatever links say. */
export interface WorkspaceReader {
  /** Where a path, relative to `folder` (absolute, in the workspace), really lies; `absent` where nothing is. */
  locate(root: string, folder: string, path: string): Promise<Result<Located>>;
  /** The bytes of a file by its located path: the first `maxBytes`. */
  read(root: string, path: string, maxBytes: number): Promise<Result<Uint8Array>>;
  /** The files that git does not ignore; outside of a repository all but those of packages. */
  list(root: string, maxFiles: number): Promise<Result<FileList>>;
}
