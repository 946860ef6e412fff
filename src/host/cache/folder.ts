/** Where the cache keeps what, and how its small files are written. The only place that knows the names inside its folder. */
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sha256 } from '../../core/json.ts';
import { errorCode, realDisk, temporaryName, writeAll } from '../files.ts';

/**
 * Paths below the folder of the cache. All of it may be removed at any time, and nothing in it is believed unseen.
 *
 *     results/KK/KEY.json     what a step gave, and which files belong to it
 *     results/KK/KEY.uses     a byte for each time that it was used
 *     latest/NAME.json        the key that a step was last kept under, or found by
 *     blobs/HH/HASH           contents of files that steps made, by their SHA-256
 *     lines/HH/HASH           of small files that steps read: a short hash of each line
 *     files.json              what files of the workspace held when they were last looked at
 */
export interface CacheFolder {
  readonly path: string;
  readonly results: string;
  readonly blobs: string;
  readonly lines: string;
  readonly latest: string;
  readonly files: string;
  result(key: string): string;
  uses(key: string): string;
  blob(hash: string): string;
  linesOf(hash: string): string;
  latestOf(step: StepName): string;
}

/** A step of a workflow, and whom its results are for. */
export interface StepName {
  readonly trust: string;
  /** The workflow's, relative to the root of the workspace. */
  readonly file: string;
  readonly step: string;
}

export function cacheFolder(path: string): CacheFolder {
  const [results, blobs, lines, latest] = ['results', 'blobs', 'lines', 'latest'].map((name) => join(path, name)) as [
    string,
    string,
    string,
    string,
  ]; // as many as names
  const under = (folder: string, hash: string): string => join(folder, hash.slice(0, 2), hash);
  return {
    path,
    results,
    blobs,
    lines,
    latest,
    files: join(path, 'files.json'),
    result: (key) => `${under(results, key)}.json`,
    uses: (key) => `${under(results, key)}.uses`,
    blob: (hash) => under(blobs, hash),
    linesOf: (hash) => under(lines, hash),
    latestOf: ({ trust, file, step }) => join(latest, `${sha256(`${trust}\0${file}\0${step}`)}.json`),
  };
}

/** Makes the file at `path` hold `bytes`, all or nothing. It is not waited for the disk: what is torn is found when it is read. */
export function place(path: string, bytes: Uint8Array | string): void {
  const temporary = temporaryName(path);
  const fd = openMaking(temporary);
  try {
    writeAll(realDisk, fd, typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, path);
}

/** The folder is made where it is missing: also when another process has just removed it. */
function openMaking(path: string): number {
  try {
    return openSync(path, 'wx');
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, 'wx');
  }
}

/** Null where there is none. */
export function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
