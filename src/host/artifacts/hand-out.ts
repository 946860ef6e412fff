/** Copies one kept file to a folder of the user: checked, never outside of that folder, never over another file unasked. Knows no runs. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { constants, copyFile, mkdir, realpath, rm } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { errorCode } from '../files.ts';

export interface HandOut {
  /** The kept file, absolute, and what its bytes must be. */
  readonly file: string;
  readonly sha256: string;
  /** The folder of the user, absolute; made when it is missing. */
  readonly folder: string;
  /** Where in it, with `/`. */
  readonly path: string;
  /** A file that is there already is replaced. */
  readonly isForced: boolean;
}

/** Null when it is there; else why not, in a few words. */
export async function handOut({ file, sha256, folder, path, isForced }: HandOut): Promise<string | null> {
  if (path.split(/[\\/]/).some((part) => part === '..' || part === '') || /^[A-Za-z]:/.test(path))
    return 'it would lie outside of the folder';
  try {
    if ((await hashOf(file)) !== sha256) return 'what was kept is damaged';
    const place = await realPlace(folder, path);
    if (place === null) return 'a link leads out of the folder';
    if (isForced) await rm(place, { force: true });
    await copyFile(file, place, constants.COPYFILE_EXCL);
    return null;
  } catch (error) {
    const code = errorCode(error);
    if (code === null) throw error;
    return code === 'EEXIST' ? 'there is such a file' : code === 'ENOENT' ? 'what was kept is gone' : code;
  }
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** Where the file will really lie; null when that is not below the folder. */
async function realPlace(folder: string, path: string): Promise<string | null> {
  await mkdir(folder, { recursive: true });
  const root = await realpath(folder);
  let at = root;
  for (const part of dirname(path) === '.' ? [] : dirname(path).split('/')) {
    await mkdir(join(at, part), { recursive: true });
    at = await realpath(join(at, part));
    if (at !== root && !at.startsWith(root + sep)) return null;
  }
  return join(at, basename(path));
}
