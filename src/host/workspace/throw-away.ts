/**
 * A copy of a workspace to try things in: its files as they are now, in a folder that is removed again. Of a repository the copy is a
 * clone without remotes and hooks, so that what steps commit, tag and push stays in it. Knows no workflow.
 */
import { execFile } from 'node:child_process';
import {
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface ThrowAway {
  /** Where the workspace stands; absolute. */
  readonly root: string;
  /** Beside it, for what is no part of the workspace. */
  readonly beside: string;
  /** What is left out of the copy. */
  readonly without: 'ignored files' | 'nothing';
  remove(): void;
}

/** Folders that belong to a machine or a tool, and to no copy. */
const OWN = ['.git', '.giga'];
const MOST_FILES = 200_000;
const MAX_LISTED = 64 * 1024 * 1024;

/** Throws the system's error where it cannot be made. */
export async function throwAwayCopy(workspace: string): Promise<ThrowAway> {
  const beside = mkdtempSync(join(tmpdir(), 'giga-prove-'));
  const root = join(beside, 'workspace');
  const remove = (): void => rmSync(beside, { recursive: true, force: true, maxRetries: 3 });
  try {
    const listed = await listFiles(workspace);
    if (listed !== null && (await clone(workspace, root))) {
      for (const file of listed) copyInto(workspace, root, file);
      return { root, beside, without: 'ignored files', remove };
    }
    for (const file of walk(workspace, beside)) copyInto(workspace, root, file);
    return { root, beside, without: 'nothing', remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Files that git knows or would take; null where the workspace is no repository of its own. */
async function listFiles(workspace: string): Promise<readonly string[] | null> {
  if (!existsSync(join(workspace, '.git'))) return null;
  const listed = await git(workspace, 'ls-files', '-z', '--cached', '--others', '--exclude-standard');
  return listed === null ? null : [...new Set(listed.split('\0').filter((file) => file !== ''))];
}

/** Every file and folder, but what belongs to a tool. */
function walk(workspace: string, without: string): readonly string[] {
  const found: string[] = [];
  const folders = [''];
  for (let inner = folders.pop(); inner !== undefined; inner = folders.pop()) {
    for (const entry of readdirSync(join(workspace, inner), { withFileTypes: true })) {
      const name = inner === '' ? entry.name : `${inner}/${entry.name}`;
      if (OWN.includes(name) || join(workspace, name) === without) continue;
      if (found.push(name) > MOST_FILES) throw new Error(`it has more than ${MOST_FILES} files`);
      if (entry.isDirectory()) folders.push(name);
    }
  }
  return found;
}

/** The history, and nothing of the working tree. */
async function clone(workspace: string, root: string): Promise<boolean> {
  const cloned = await git(dirname(root), 'clone', '-q', '--shared', '--no-checkout', '--template=', workspace, root);
  if (cloned === null) return false;
  await git(root, 'remote', 'remove', 'origin');
  await git(root, 'config', 'core.hooksPath', '/dev/null');
  await git(root, 'read-tree', 'HEAD');
  return true;
}

/** Without what would lead git to another repository than that of its folder, such as `GIT_DIR` inside a hook. */
export function withoutGit(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.toUpperCase().startsWith('GIT_')));
}

async function git(cwd: string, ...args: string[]): Promise<string | null> {
  try {
    const env = { ...withoutGit(process.env), GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' };
    const options = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false'];
    return (await run('git', [...options, ...args], { cwd, env, maxBuffer: MAX_LISTED })).stdout;
  } catch {
    return null;
  }
}

function copyInto(workspace: string, root: string, file: string): void {
  const source = join(workspace, file);
  const isThere = lstatSync(source, { throwIfNoEntry: false }) !== undefined;
  if (!isThere || OWN.includes(file.split('/')[0] ?? '') || !staysInside(workspace, source)) return;
  const target = join(root, file);
  mkdirSync(dirname(target), { recursive: true });
  const kind = lstatSync(source);
  if (kind.isDirectory()) mkdirSync(target, { recursive: true });
  else if (kind.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
  else if (kind.isFile()) copyFileSync(source, target, constants.COPYFILE_FICLONE);
}

/** A link that leads out of the copy, or by its whole path back into the workspace, would let a step write there. */
function staysInside(workspace: string, source: string): boolean {
  if (lstatSync(source, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return true;
  const target = readlinkSync(source);
  const inside = relative(workspace, resolve(dirname(source), target));
  return !isAbsolute(target) && inside.split(sep)[0] !== '..' && !isAbsolute(inside);
}
