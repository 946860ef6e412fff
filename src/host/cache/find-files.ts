/** Finds files of the workspace by the globs of a step. Follows no link; knows no contents. */
import { type Dirent, lstatSync, readdirSync, type Stats } from 'node:fs';
import { join, posix, relative, resolve, sep } from 'node:path';
import { errorCode } from '../files.ts';
import { globFault, shownGlob } from '../glob-fault.ts';

/** Why the cache does nothing for a step, in words. */
export class NotCached extends Error {}

export interface Globs {
  /** Absolute. */
  readonly root: string;
  /** Of the step, as it says: relative to the root. */
  readonly cwd: string;
  readonly globs: readonly string[];
  /** Giga's own folder, absolute: what lies there is no file of anyone. */
  readonly state: string;
}

const MAX_FILES = 100_000;
/** What is of git and of giga is nobody's input and nobody's output. */
const HIDDEN: ReadonlySet<string> = new Set(['.git', '.giga']);
const PLAIN = /^[^*?[\]{}()!+@\\]+$/;

/** Paths relative to the root, with `/`, sorted. Links are files here. */
export async function findFiles({ root, cwd, globs, state }: Globs): Promise<readonly string[]> {
  const base = relative(root, resolve(root, cwd)).split(sep).join('/');
  const found = new Set<string>();
  const own = relative(root, state).split(sep).join('/');
  const patterns = globs.map((glob) => fromRoot(base, glob));
  const folders = patterns.map(plainPart);
  if (folders.every((folder) => folder !== null)) for (const folder of folders) collect(root, folder, found, own);
  else for (const file of await matching(root, patterns)) if (!isIn(file, own)) found.add(file);
  if (found.size > MAX_FILES) throw new NotCached(`more than ${MAX_FILES} files match its globs`);
  return [...found].toSorted();
}

/** A glob of the step as one of the workspace. */
function fromRoot(base: string, glob: string): string {
  const fault = globFault(glob);
  if (fault !== null) throw new NotCached(`its glob \`${shownGlob(glob)}\` ${fault}`);
  const isExcluded = glob.startsWith('!');
  const own = isExcluded ? glob.slice(1) : glob;
  const folder = PLAIN.test(own) ? base : base.replaceAll(/[\\()[\]{}!*?+@|]/g, '\\$&');
  const path = posix.join(folder, own);
  if (own === '' || path === '..' || path.startsWith('../') || /^(?:\/|[A-Za-z]:)/.test(own))
    throw new NotCached(`its glob \`${glob}\` leads out of the workspace`);
  return isExcluded ? `!${path}` : path;
}

/** The folder or file that a glob means as a whole: most do, and need no matching. */
function plainPart(pattern: string): string | null {
  const path = pattern.replace(/\/\*\*(?:\/\*)?$/, '').replace(/\/$/, '');
  return PLAIN.test(path) ? path : null;
}

function collect(root: string, path: string, found: Set<string>, own: string): void {
  const stat = statOf(join(root, path));
  if (stat === null || isIn(path, own) || path.split('/').some((name) => HIDDEN.has(name))) return;
  if (stat.isDirectory()) walk(root, path === '.' ? '' : path, found, own);
  else if (isKept(stat)) found.add(path);
}

function walk(root: string, top: string, found: Set<string>, own: string): void {
  const folders = [top];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (HIDDEN.has(entry.name)) continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (path === own) continue;
      if (entry.isDirectory()) folders.push(path);
      else if (isKept(entry)) found.add(path);
    }
    if (found.size > MAX_FILES) return;
  }
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function isKept(entry: Pick<Stats, 'isFile' | 'isSymbolicLink'>): boolean {
  return entry.isFile() || entry.isSymbolicLink();
}

/** Links that are not followed would be left out: they count as files. */
function entriesOf(path: string): readonly Dirent[] {
  return readdirSync(path, { withFileTypes: true }).map((entry) => (entry.isSymbolicLink() ? asFile(entry) : entry));
}

function asFile(entry: Dirent): Dirent {
  const answers = { isFile: () => true, isSymbolicLink: () => false };
  return Object.assign(Object.create(entry) as Dirent, answers);
}

async function matching(root: string, patterns: readonly string[]): Promise<readonly string[]> {
  const { globSync } = await import('tinyglobby');
  return globSync([...patterns], {
    cwd: root,
    dot: true,
    followSymbolicLinks: false,
    expandDirectories: true,
    ignore: ['**/.git/**', '**/.giga/**'],
    fs: { readdirSync: entriesOf as unknown as typeof readdirSync }, // it asks in one way only
  });
}

/** Null where there is nothing. */
export function statOf(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return null;
    throw error;
  }
}
