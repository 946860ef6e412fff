/**
 * Puts the files of a result in their places: all of them are checked and staged beside their places first, and then get their names.
 * A result names only files of the workspace, and goes through no link, whoever wrote it.
 */
import { chmodSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { setImmediate as breath } from 'node:timers/promises';
import { temporaryName } from '../files.ts';
import { giveOut } from './blobs.ts';
import { NotCached, statOf } from './find-files.ts';
import type { CacheFolder } from './folder.ts';
import type { FilePrint, Made } from './result.ts';

export interface PutBack {
  readonly root: string;
  readonly folder: CacheFolder;
  readonly made: readonly Made[];
  /** Files that match the globs of the step now. */
  readonly present: readonly string[];
  /** What a file of the workspace is. */
  readonly printOf: (path: string) => Promise<FilePrint | null>;
  readonly signal: AbortSignal;
}

/** The content of a file is lost or damaged: the result is of no use any more. */
export class Damaged extends NotCached {
  constructor(path: string) {
    super(`what was kept of ${path} is lost or damaged`);
  }
}

/** After so many small files the rest of the process has its turn. */
export const FILES_A_BREATH = 256;

interface Staged {
  readonly at: string;
  readonly path: string;
}

/** Throws NotCached, with nothing changed, where that cannot be. False when it was stopped first. */
export async function putBack(parts: PutBack): Promise<boolean> {
  const { root, made, present, signal } = parts;
  const staged: Staged[] = [];
  try {
    for (const one of made) {
      if (signal.aborted) return false;
      checkName(one);
      if ((await parts.printOf(one.path)) === one.print) continue; // it is there already
      checkPlace(root, one.path);
      staged.push(await stage(parts, one));
      if (staged.length % FILES_A_BREATH === 0) await breath();
    }
    if (signal.aborted) return false;
    for (const { at, path } of staged) renameSync(at, join(root, path));
  } finally {
    for (const { at } of staged) rmSync(at, { force: true });
  }
  const kept = new Set(made.map(({ path }) => path));
  for (const path of present) if (!kept.has(path)) rmSync(join(root, path), { force: true });
  return true;
}

/** Whether a path, or the target of a link, is one of the workspace, and not of git or giga. */
export function isOfWorkspace(path: string): boolean {
  if (path === '' || path.includes('\0') || path.includes('\\') || /^(?:\/|[A-Za-z]:)/.test(path)) return false;
  const plain = posix.normalize(path);
  return (
    plain === path && plain !== '.' && !plain.split('/').some((name) => name === '..' || /^\.(?:git|giga)$/i.test(name))
  );
}

/** A link may lead only to a place in the workspace. */
export function leadsInside(path: string, target: string): boolean {
  return !/^(?:[\\/]|[A-Za-z]:)/.test(target) && isOfWorkspace(posix.join(posix.dirname(path), target));
}

function checkName({ path, print }: Made): void {
  if (!isOfWorkspace(path) || (print.startsWith('l:') && !leadsInside(path, print.slice(2))))
    throw new NotCached(`the result names \`${path}\`, which is no file of the workspace that a step may make`);
}

/** No folder above it may be a link, and there may be no folder in its place. */
function checkPlace(root: string, path: string): void {
  for (let folder = posix.dirname(path); folder !== '.'; folder = posix.dirname(folder)) {
    const stat = statOf(join(root, folder));
    if (stat !== null && !stat.isDirectory()) throw new NotCached(`\`${folder}\` is no folder any more`);
  }
  if (statOf(join(root, path))?.isDirectory()) throw new NotCached(`\`${path}\` is a folder now`);
}

async function stage({ root, folder, signal }: PutBack, { path, print }: Made): Promise<Staged> {
  const place = join(root, path);
  const at = temporaryName(place);
  const value = print.slice(2);
  mkdirSync(dirname(place), { recursive: true });
  try {
    if (print.startsWith('l:')) symlinkSync(value, at);
    else if (!(await giveOut(folder, value, at, signal))) throw new Damaged(path);
    if (print.startsWith('x:')) makeProgram(at);
    return { at, path };
  } catch (error) {
    rmSync(at, { force: true });
    throw error;
  }
}

/** Whoever may read it may run it. */
function makeProgram(path: string): void {
  const { mode } = statSync(path);
  chmodSync(path, mode | ((mode & 0o444) >> 2));
}
