/** The one seam to the disk for the state that giga keeps: small verbs that tests can make fail. Knows no runs and no formats. */

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fdatasync,
  fstatSync,
  fsync,
  linkSync,
  mkdirSync,
  open,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  watch,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** All paths are absolute. What fails throws (or rejects with) a Node error with a `code`. */
export interface Disk {
  /** Opens a new file for appending; EEXIST when there is one. */
  createFile(path: string): number;
  /** Writes from `offset` on; gives how many bytes were taken, which may be fewer than there are. */
  write(fd: number, bytes: Uint8Array, offset: number): number;
  /** Resolves when what was written is on disk. Off the main thread. */
  sync(fd: number): Promise<void>;
  close(fd: number): void;
  /** Resolves when the names in a folder are on disk. */
  syncFolder(path: string): Promise<void>;
  /** A second name for a file; EEXIST when `to` exists. */
  link(from: string, to: string): void;
  /** Gives a file or folder another name; a file at `to` is replaced. */
  rename(from: string, to: string): void;
  removeFile(path: string): void;
  /** Removes a folder and all in it; silent when there is none. */
  removeFolder(path: string): void;
  /** Makes a folder; EEXIST when there is something of that name. */
  makeFolder(path: string): void;
  /** Makes a folder and those above it where they are missing; gives the first one made, undefined for none. */
  makeFolders(path: string): string | undefined;
  exists(path: string): boolean;
  /** The names in a folder, unordered. */
  names(path: string): string[];
  read(path: string): Uint8Array;
  /** The last `bytes` of a file. */
  readEnd(path: string, bytes: number): Uint8Array;
  /** When the content of a file was last changed: ms since 1970, with fractions. */
  changedAt(path: string): number;
  /** Calls back when something in a folder may have changed; the returned function ends that. May miss changes. */
  watch(path: string, then: () => void): () => void;
}

/** Where the platform cannot sync a folder, names are as durable as it makes them. */
const SYNCS_FOLDERS = process.platform !== 'win32';

/** The machine's own disk. */
export const realDisk: Disk = {
  createFile: (path) => openSync(path, 'ax', 0o666),
  write: (fd, bytes, offset) => writeSync(fd, bytes, offset),
  sync: (fd) => settled((done) => fdatasync(fd, done)),
  close: closeSync,
  syncFolder: (path) => (SYNCS_FOLDERS ? syncFolder(path) : Promise.resolve()),
  link: linkSync,
  rename: renameSync,
  removeFile: unlinkSync,
  removeFolder: (path) => rmSync(path, { recursive: true, force: true }),
  makeFolder: (path) => mkdirSync(path),
  makeFolders,
  exists: existsSync,
  names: (path) => readdirSync(path),
  read: (path) => readFileSync(path),
  readEnd,
  changedAt: (path) => statSync(path).mtimeMs,
  watch: watchFolder,
};

/** One by one: where a folder is refused, Node's own `recursive` says ENOENT whatever the reason is, or never comes back (`/proc`). */
function makeFolders(path: string): string | undefined {
  const missing: string[] = [];
  for (let at = path; !existsSync(at); at = dirname(at)) missing.push(at);
  if (missing.length === 0) mkdirSync(path, { recursive: true }); // says what is wrong where it is no folder
  for (const folder of missing.toReversed()) makeFolderOnce(folder);
  return missing.at(-1);
}

/** Another process may make it at the same time. */
function makeFolderOnce(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST' || !statSync(path).isDirectory()) throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
  const fd = await new Promise<number>((resolve, reject) =>
    open(path, 'r', (error, fd) => (error ? reject(error) : resolve(fd))),
  );
  try {
    await settled((done) => fsync(fd, done));
  } finally {
    closeSync(fd);
  }
}

function settled(start: (done: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));
}

function readEnd(path: string, bytes: number): Uint8Array {
  const fd = openSync(path, 'r');
  try {
    const { size } = fstatSync(fd);
    const end = Buffer.alloc(Math.min(bytes, size));
    return end.subarray(0, readSync(fd, end, 0, end.length, size - end.length));
  } finally {
    closeSync(fd);
  }
}

/** A folder that cannot be watched (no inotify left, a network mount) is no error: whoever watches also looks now and then. */
function watchFolder(path: string, then: () => void): () => void {
  try {
    const watcher = watch(path, { persistent: false }, then);
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
}

/** The code of a Node error (`ENOSPC`), or null for what is no error of the operating system. */
export function errorCode(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : null;
}

/** How often in a row a write may take nothing before that counts as an error. */
const IDLE_WRITES_LIMIT = 8;

/** Writes all of `bytes`, in as many pieces as the disk likes. */
export function writeAll(disk: Disk, fd: number, bytes: Uint8Array): void {
  let idle = 0;
  for (let offset = 0; offset < bytes.length; ) {
    const taken = writeSome(disk, fd, bytes, offset);
    offset += taken;
    idle = taken > 0 ? 0 : idle + 1;
    if (idle > IDLE_WRITES_LIMIT)
      throw Object.assign(new Error('EIO: the disk takes no more bytes, write'), { code: 'EIO' });
  }
}

/** An interrupted write took nothing, and is simply tried again. */
function writeSome(disk: Disk, fd: number, bytes: Uint8Array, offset: number): number {
  try {
    return disk.write(fd, bytes, offset);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EINTR' || code === 'EAGAIN') return 0;
    throw error;
  }
}

/**
 * Makes a file hold `content` (or end in it, with `a`), without a seam. Node's own would ask a disk that takes nothing, and says nothing, for ever.
 * Throws what the system says; then a part may be there.
 */
export function writeWholeFile(
  path: string,
  content: string | Uint8Array,
  { mode = 0o666, flag = 'w' }: { readonly mode?: number; readonly flag?: 'w' | 'wx' | 'a' } = {},
): void {
  const fd = openSync(path, flag, mode);
  try {
    writeAll(realDisk, fd, typeof content === 'string' ? Buffer.from(content) : content);
  } finally {
    closeSync(fd);
  }
}

/** A new name beside `path`, for a file that is not whole yet. */
export function temporaryName(path: string): string {
  return `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
}

/** Makes the file at `path` hold `bytes`, all or nothing, and resolves when they are on disk; the folder is not synced. */
export async function writeDurably(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const temporary = temporaryName(path);
  const fd = disk.createFile(temporary);
  try {
    writeAll(disk, fd, bytes);
    await disk.sync(fd);
    disk.rename(temporary, path);
  } catch (error) {
    removeQuietly(disk, temporary);
    throw error;
  } finally {
    disk.close(fd);
  }
}

/** Makes the file at `path` hold `bytes`, all or nothing, without waiting for the disk. False where there is one: it stays as it is. */
export function placeFile(disk: Disk, path: string, bytes: Uint8Array): boolean {
  const temporary = temporaryName(path);
  const fd = disk.createFile(temporary);
  try {
    writeAll(disk, fd, bytes);
    disk.link(temporary, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    disk.close(fd);
    removeQuietly(disk, temporary);
  }
}

/** Waits for all of them, whatever becomes of each, and then rejects with the first refusal: a file must not be closed under a sync. */
export async function allSettled(work: readonly Promise<unknown>[]): Promise<void> {
  for (const one of await Promise.allSettled(work)) if (one.status === 'rejected') throw one.reason;
}

/** Removes a file that may be gone already. */
export function removeQuietly(disk: Disk, path: string): void {
  try {
    disk.removeFile(path);
  } catch {
    // What stays behind is a temporary name that nobody reads.
  }
}
