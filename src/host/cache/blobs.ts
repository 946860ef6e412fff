/** Contents of files under the name of their SHA-256: taken from the workspace, and given back only while they are what their name says. */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { constants, copyFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode, temporaryName, writeWholeFile } from '../files.ts';
import { hashLarge } from './file-prints.ts';
import { type CacheFolder, place } from './folder.ts';

/** Smaller ones are read as a whole. */
const LARGE_BYTES = 1024 * 1024;

export interface Blob {
  readonly hash: string;
  readonly size: number;
}

/** What is kept of a file. What changes while it is copied is kept as it was copied. */
export async function takeIn(folder: CacheFolder, file: string, signal: AbortSignal): Promise<Blob> {
  if (statSync(file).size > LARGE_BYTES) return takeInLarge(folder, file, signal);
  const bytes = readFileSync(file);
  const hash = createHash('sha256').update(bytes).digest('hex');
  if (!isThere(folder.blob(hash), bytes.length)) place(folder.blob(hash), bytes);
  return { hash, size: bytes.length };
}

async function takeInLarge(folder: CacheFolder, file: string, signal: AbortSignal): Promise<Blob> {
  const copy = temporaryName(folder.blob('00'.repeat(32)));
  mkdirSync(dirname(copy), { recursive: true });
  try {
    await copyFile(file, copy, constants.COPYFILE_FICLONE);
    chmodSync(copy, 0o644);
    const hash = await hashLarge(copy, signal);
    const { size } = statSync(copy);
    if (isThere(folder.blob(hash), size)) return { hash, size };
    mkdirSync(dirname(folder.blob(hash)), { recursive: true });
    renameSync(copy, folder.blob(hash));
    return { hash, size };
  } finally {
    rmSync(copy, { force: true });
  }
}

/** False where the content is not there any more, or is not what its name says: that is removed. */
export async function giveOut(folder: CacheFolder, hash: string, to: string, signal: AbortSignal): Promise<boolean> {
  const blob = folder.blob(hash);
  const size = sizeOf(blob);
  if (size === null) return false;
  if ((size > LARGE_BYTES ? await copyLarge(blob, to, signal) : copySmall(blob, to)) === hash) return true;
  rmSync(blob, { force: true });
  return false;
}

function copySmall(blob: string, to: string): string {
  const bytes = readFileSync(blob);
  writeWholeFile(to, bytes, { flag: 'wx' });
  return createHash('sha256').update(bytes).digest('hex');
}

async function copyLarge(blob: string, to: string, signal: AbortSignal): Promise<string> {
  await copyFile(blob, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  return hashLarge(to, signal);
}

/** What is there is marked as young, so that it is not taken for left over before its result is written. */
function isThere(blob: string, size: number): boolean {
  if (sizeOf(blob) !== size) return false;
  const now = new Date();
  utimesSync(blob, now, now);
  return true;
}

function sizeOf(path: string): number | null {
  try {
    return statSync(path).size;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
