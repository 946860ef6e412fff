/**
 * Saves the files of a workspace as git trees and restores them, byte for byte: in a repository of giga's own beside the runs, with an index,
 * attributes and settings of its own, which borrows the objects of the user's repository. The user's index, branches, stash and
 * settings are neither read for this nor changed. Ignored files, `.git` and nested repositories are left alone.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, lstat, mkdir, readFile, rename, rm, rmdir, stat, utimes } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { writeWholeFile } from '../files.ts';
import { type GitAnswer, git } from './git-command.ts';

export interface Trees {
  /** Saves what is there now, and names its tree; with all that a restore of the tree `beside` would write over. Throws with a message for people. */
  save(beside?: string): Promise<string>;
  /**
   * Makes the files what they were in `tree`; those that came since are removed. `before` was saved right before. May be repeated
   * when it was cut off. Throws with a message for people.
   */
  restore(tree: string, before: string): Promise<void>;
  /** Makes some files what they were in `tree`; `now` was saved right before, and differs from it in these. What is a repository of its own is left alone. */
  putBack(tree: string, now: string, paths: readonly string[]): Promise<void>;
  /** The paths that differ between two trees, relative to the root. */
  changed(from: string, to: string): Promise<readonly string[]>;
}

export interface TreesOptions {
  /** The root of the workspace, absolute: nothing outside of it is saved. */
  readonly root: string;
  /** The folder of giga's own repository; absolute. */
  readonly folder: string;
}

/** Nothing that a repository or a user says of files changes their bytes. */
const RAW = '* -text -eol -filter -ident -working-tree-encoding\n';
const TREE = /^[0-9a-f]{40,64}$/;

export function createTrees({ root, folder }: TreesOptions): Trees {
  let place: Promise<Place> | null = null;
  let last: Promise<unknown> = Promise.resolve();
  const own = (): Promise<Place> => (place ??= openPlace(root, folder));
  /** One after the other: they share an index. */
  const inTurn = <T>(work: (place: Place) => Promise<T>): Promise<T> => {
    const turn = last.then(async () => work(await own()));
    last = turn.catch(() => {});
    return turn;
  };
  return {
    save: (beside) => inTurn((place) => withIndex(place, (index) => saveInto(place, index, beside))),
    restore: (tree, before) => inTurn((place) => withIndex(place, (index) => restoreFrom(place, index, tree, before))),
    putBack: (tree, now, paths) =>
      inTurn((place) => withIndex(place, (index) => putBackInto(place, index, { tree, now, paths }))),
    changed: (from, to) =>
      inTurn(async (place) =>
        pathsIn(
          answered(
            await run(place, {}, ['diff-tree', '-r', '-z', '--relative', '--name-only', '--no-renames', from, to]),
          ),
        ),
      ),
  };
}

interface Place {
  readonly root: string;
  /** The work tree of the user's repository. */
  readonly top: string;
  /** Giga's own repository. */
  readonly folder: string;
}

async function openPlace(root: string, folder: string): Promise<Place> {
  const asked = answered(
    await git(
      ['rev-parse', '--show-object-format', '--git-path', 'objects', '--git-path', 'info/exclude', '--show-toplevel'],
      {
        folder: root,
      },
    ),
  );
  const [format = 'sha1', objects = '', exclude = '', top = ''] = asked.split('\n');
  if (!existsSync(join(folder, 'HEAD'))) await makeRepository(folder, top, format);
  await hold(join(folder, 'info', 'attributes'), RAW);
  await hold(join(folder, 'objects', 'info', 'alternates'), `${resolve(root, objects)}\n`);
  await hold(join(folder, 'info', 'exclude'), await readFile(resolve(root, exclude), 'utf8').catch(() => ''));
  return { root, top, folder };
}

/** Made beside its place, and moved there as a whole: another process may make it at the same time. */
async function makeRepository(folder: string, top: string, format: string): Promise<void> {
  const made = besides(folder);
  await mkdir(join(made, 'info'), { recursive: true });
  const env = whereIs(made, top);
  answered(await git(['init', '--quiet', '--template=', `--object-format=${format}`], { folder: top, env }));
  await mkdir(join(made, 'objects', 'info'), { recursive: true });
  await rename(made, folder).catch(async (error: unknown) => {
    await rm(made, { recursive: true, force: true });
    if (!existsSync(join(folder, 'HEAD'))) throw error;
  });
}

/** Makes a file hold a text, where it does not; whoever reads it sees all of one. */
async function hold(path: string, text: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => null)) === text) return;
  const made = besides(path);
  writeWholeFile(made, text);
  await rename(made, path);
}

/** A new name beside a path. */
function besides(path: string): string {
  return `${path}.${process.pid}-${randomBytes(4).toString('hex')}`;
}

function whereIs(folder: string, top: string): Record<string, string> {
  return { GIT_DIR: folder, GIT_WORK_TREE: top };
}

interface More {
  readonly index?: string;
  readonly input?: string;
}

/** Where paths are relative to the top of the repository. */
function atTop(place: Place, more: More, args: readonly string[]): Promise<GitAnswer> {
  return run({ ...place, root: place.top }, more, args);
}

function run(place: Place, { index, input }: More, args: readonly string[]): Promise<GitAnswer> {
  return git(
    ['-c', 'advice.addEmbeddedRepo=false', '-c', 'core.autocrlf=false', '-c', 'core.safecrlf=false', ...args],
    {
      folder: place.root,
      env: { ...whereIs(place.folder, place.top), ...(index !== undefined && { GIT_INDEX_FILE: index }) },
      ...(input !== undefined && { input }),
    },
  );
}

/** Works on a copy, which takes the place of the index when all went well: another process, or one that is killed, disturbs nobody. */
async function withIndex<T>(place: Place, work: (index: string) => Promise<T>): Promise<T> {
  const index = join(place.folder, 'index');
  const copy = besides(index);
  try {
    await copyWithTime(index, copy);
    const result = await work(copy);
    await rename(copy, index);
    return result;
  } catch (error) {
    await rm(copy, { force: true });
    await rm(`${copy}.lock`, { force: true });
    throw error;
  }
}

/** Git reads from the time of its index which files it must look at again. */
async function copyWithTime(from: string, to: string): Promise<void> {
  if (!existsSync(from)) return;
  const { atime, mtime } = await stat(from);
  await copyFile(from, to);
  await utimes(to, atime, mtime);
}

/** With files that another tree has and that are ignored by now: a restore would write over them. */
async function saveInto(place: Place, index: string, beside: string | undefined): Promise<string> {
  answered(await run(place, { index }, ['add', '--all', '--', '.']));
  if (beside !== undefined) await addIgnored(place, index, beside);
  const tree = answered(await run(place, { index }, ['write-tree'])).trim();
  if (!TREE.test(tree)) throw new Error(`git names no tree: ${tree}`);
  return tree;
}

async function addIgnored(place: Place, index: string, tree: string): Promise<void> {
  const known = new Set(pathsIn(answered(await atTop(place, { index }, ['ls-files', '-z']))));
  const missing: string[] = [];
  for (const path of pathsIn(answered(await atTop(place, { index }, ['ls-tree', '-r', '-z', '--name-only', tree])))) {
    if (known.has(path)) continue;
    const found = await lstat(join(place.top, path)).catch(() => null);
    if (found?.isFile() || found?.isSymbolicLink()) missing.push(path);
  }
  if (missing.length === 0) return;
  answered(await atTop(place, { index, input: listOf(missing) }, ['update-index', '--add', '-z', '--stdin']));
}

async function restoreFrom(place: Place, index: string, tree: string, before: string): Promise<void> {
  if (!TREE.test(tree) || !TREE.test(before)) throw new Error(`\`${tree}\` or \`${before}\` is no tree`);
  answered(await run(place, { index }, ['add', '--all', '--', '.']));
  await addIgnored(place, index, tree); // what is half restored may be ignored by now
  answered(await run(place, { index }, ['read-tree', '--reset', '-u', tree]));
  await bringBackIgnored(place, index, tree, before);
}

interface Wanted {
  readonly tree: string;
  readonly now: string;
  readonly paths: readonly string[];
}

/** What came since goes first: a file may stand where a folder was. */
async function putBackInto(place: Place, index: string, { tree, now, paths }: Wanted): Promise<void> {
  if (!TREE.test(tree) || !TREE.test(now)) throw new Error(`\`${tree}\` or \`${now}\` is no tree`);
  const diff = ['diff-tree', '-r', '-z', '--relative', '--name-only', '--no-renames', '--diff-filter=A', tree, now];
  const added = new Set(pathsIn(answered(await run(place, {}, diff))));
  for (const path of paths) if (added.has(path)) await removeFileAt(place.root, path);
  const old = paths.filter((path) => !added.has(path));
  if (old.length === 0) return;
  const from = ['--pathspec-from-file=-', '--pathspec-file-nul'];
  const checkout = ['--literal-pathspecs', 'checkout', '--quiet', tree, ...from];
  answered(await run(place, { index, input: listOf(old) }, checkout));
}

/** With the folders above it that are empty then. */
async function removeFileAt(root: string, path: string): Promise<void> {
  const found = await lstat(join(root, path)).catch(() => null);
  if (found === null || found.isDirectory()) return;
  await rm(join(root, path));
  for (let at = dirname(path); at !== '.'; at = dirname(at)) {
    const isGone = await rmdir(join(root, at)).then(
      () => true,
      () => false, // something else is in it
    );
    if (!isGone) return;
  }
}

/** Files that were ignored then and are not now are none that came since: they stay. */
async function bringBackIgnored(place: Place, index: string, tree: string, before: string): Promise<void> {
  const diff = ['diff-tree', '-r', '-z', '--name-only', '--no-renames', '--diff-filter=D', before, tree];
  const removed = pathsIn(answered(await atTop(place, { index }, diff)));
  if (removed.length === 0) return;
  const asked = await atTop(place, { index, input: listOf(removed) }, ['check-ignore', '--no-index', '-z', '--stdin']);
  if (!asked.ok && asked.code === NONE_IGNORED) return;
  const ignored = listOf(pathsIn(answered(asked)));
  const paths = ['--pathspec-from-file=-', '--pathspec-file-nul'];
  answered(
    await atTop(place, { index, input: ignored }, ['--literal-pathspecs', 'checkout', '--quiet', before, ...paths]),
  );
  answered(await atTop(place, { index, input: ignored }, ['update-index', '--force-remove', '-z', '--stdin']));
}

/** How `git check-ignore` ends when nothing is. */
const NONE_IGNORED = 1;

function pathsIn(text: string): readonly string[] {
  return text.split('\0').filter((path) => path !== '');
}

function listOf(paths: readonly string[]): string {
  return paths.map((path) => `${path}\0`).join('');
}

function answered(answer: GitAnswer): string {
  if (answer.ok) return answer.text;
  throw new Error(answer.there ? `git says: ${answer.why}` : 'there is no git on this machine');
}
