/**
 * How a workspace in a git repository stands, in so few words that it can be asked at the end of every run that may be resumed: the commit, and what
 * differs from it. Two such notes say which files changed between them. Reads only.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, readFile, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isJsonObject, type Json } from '../../core/json.ts';
import { git } from './git-command.ts';

export interface WorkspaceState {
  /** The commit; null before the first. */
  readonly head: string | null;
  /** What differs from it, untracked files too, by path relative to the root of the workspace: mode and blob, or `gone`. */
  readonly files: Readonly<Record<string, string>>;
}

/** Of more files that differ no note is taken. */
const MAX_FILES = 5_000;
/** Of larger files the size and the time stand for the content. */
const MAX_READ_BYTES = 16 * 1024 * 1024;
/** A workspace that takes longer to look at is not known. */
const PATIENCE_MS = 20_000;
const GONE = 'gone';

/** Null outside of a repository, or where too much differs. */
export async function workspaceState(root: string): Promise<WorkspaceState | null> {
  if (!isInRepository(root)) return null;
  const [status, prefix] = await Promise.all([
    git(
      [
        'status',
        '--porcelain=v2',
        '--branch',
        '-z',
        '--untracked-files=all',
        '--ignore-submodules=all',
        '--no-renames',
        '--',
        '.',
      ],
      { folder: root, timeoutMs: PATIENCE_MS },
    ),
    prefixOf(root),
  ]);
  if (!status.ok || prefix === null) return null;
  let head: string | null = null;
  const paths: string[] = [];
  for (const entry of status.text.split('\0')) {
    const [, oid] = /^# branch\.oid ([0-9a-f]+)$/.exec(entry) ?? [];
    if (oid !== undefined) head = oid;
    const path = pathOf(entry);
    if (path?.startsWith(prefix)) paths.push(path.slice(prefix.length));
  }
  if (paths.length > MAX_FILES) return null;
  const hash = head?.length === 64 ? 'sha256' : 'sha1';
  const files = await Promise.all(paths.map(async (path) => [path, await contentOf(join(root, path), hash)] as const));
  return { head, files: Object.fromEntries(files) };
}

/** The files that changed from one note to the other, sorted; null where nobody can say. */
export async function changedBetween(
  root: string,
  before: WorkspaceState,
  now: WorkspaceState,
): Promise<readonly string[] | null> {
  const committed = await committedBetween(root, before.head, now.head);
  if (committed === null) return null;
  const paths = new Set([...Object.keys(before.files), ...Object.keys(now.files), ...committed.keys()]);
  const changed = [...paths].filter((path) => {
    const [then, since] = committed.get(path) ?? [undefined, undefined];
    return (before.files[path] ?? then) !== (now.files[path] ?? since);
  });
  return changed.toSorted();
}

/** What was written down earlier; null for what is no note. */
export function readWorkspaceState(value: Json | undefined): WorkspaceState | null {
  if (!isJsonObject(value) || !isJsonObject(value.files)) return null;
  const { head, files } = value;
  if (head !== null && typeof head !== 'string') return null;
  return { head, files: Object.fromEntries(Object.entries(files).map(([path, one]) => [path, String(one)])) };
}

/** Costs no process: most folders of tests, and many of users, are none. */
export function isInRepository(root: string): boolean {
  for (let at = root; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return true;
    if (dirname(at) === at) return false;
  }
}

/** Where the root lies in its repository: '' or a path that ends with `/`. */
export async function prefixOf(root: string): Promise<string | null> {
  const answer = await git(['rev-parse', '--show-prefix'], { folder: root });
  return answer.ok ? answer.text.replace(/\n$/, '') : null;
}

/** `1 XY sub mH mI mW hH hI path`, `u XY sub m1 m2 m3 mW h1 h2 h3 path`, `? path`. */
function pathOf(entry: string): string | undefined {
  if (entry.startsWith('? ')) return entry.slice(2);
  return (/^1 (?:\S+ ){7}(.*)$/s.exec(entry) ?? /^u (?:\S+ ){9}(.*)$/s.exec(entry))?.[1];
}

/** As git names the content of a file: so that what was committed meanwhile is known to be the same. */
async function contentOf(path: string, algorithm: 'sha1' | 'sha256'): Promise<string> {
  try {
    const stats = await lstat(path);
    if (stats.isDirectory()) return 'folder';
    if (stats.isSymbolicLink()) return `120000 ${blobOf(Buffer.from(await readlink(path)), algorithm)}`;
    if (!stats.isFile()) return 'other';
    const mode = (stats.mode & 0o100) === 0 ? '100644' : '100755';
    if (stats.size > MAX_READ_BYTES) return `${mode} ${stats.size} bytes at ${stats.mtimeMs}`;
    return `${mode} ${blobOf(await readFile(path), algorithm)}`;
  } catch {
    return GONE;
  }
}

function blobOf(content: Buffer, algorithm: 'sha1' | 'sha256'): string {
  return createHash(algorithm).update(`blob ${content.length}\0`).update(content).digest('hex');
}

type Versions = ReadonlyMap<string, readonly [before: string, now: string]>;

/** The files in which two commits differ, each as it was in both. */
async function committedBetween(root: string, before: string | null, now: string | null): Promise<Versions | null> {
  if (before === now) return new Map();
  if (before === null || now === null) return null;
  const answer = await git(
    [
      'diff-tree',
      '-r',
      '-z',
      '--raw',
      '--no-abbrev',
      '--no-renames',
      '--relative',
      '--ignore-submodules=all',
      before,
      now,
    ],
    { folder: root },
  );
  if (!answer.ok) return null;
  const fields = answer.text.split('\0');
  const versions = new Map<string, readonly [string, string]>();
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [, modeBefore = '', modeNow = '', blobBefore = '', blobNow = ''] =
      /^:(\d+) (\d+) ([0-9a-f]+) ([0-9a-f]+) /.exec(fields[at] ?? '') ?? [];
    versions.set(fields[at + 1] ?? '', [versionOf(modeBefore, blobBefore), versionOf(modeNow, blobNow)]);
  }
  return versions;
}

function versionOf(mode: string, blob: string): string {
  return /^0+$/.test(mode) ? GONE : `${mode} ${blob}`;
}
