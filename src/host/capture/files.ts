/** What the files are that a step reads: one digest of all, and short ones to tell which of them changed. Follows no link. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { JsonObject } from '../../core/json.ts';
import { refuseGlobs } from './file-captures.ts';
import { CaptureRefused } from './refused.ts';

const MAX_FILES = 100_000;
/** Told apart one by one up to so many; of more, folders are. */
const MAX_TOLD = 200;
const DIGITS = 12;
/** Read at the same time. */
const AT_ONCE = 16;
const EXECUTABLE = 0o100;

/** `{ digest, of }`, as core/plan/files.ts says. */
export async function describeFiles(
  folder: string,
  globs: readonly string[],
  signal: AbortSignal,
): Promise<JsonObject> {
  const from = await realpath(folder).catch(() => {
    throw new CaptureRefused('there is no such folder to look in');
  });
  const files = await findFiles(from, globs);
  const digests = new Map<string, string>();
  const rest = files.values();
  const workers = Array.from({ length: AT_ONCE }, async () => {
    for (const file of rest) digests.set(file, await digestOf(join(from, file), signal));
  });
  await Promise.all(workers);
  const told = files.map((file): readonly [string, string] => [file, digests.get(file) ?? '']);
  return { digest: hashOf(told), of: Object.fromEntries(byFolder(told)) };
}

/** Every glob has to find some, whatever the others find. Sorted by code unit. */
async function findFiles(from: string, globs: readonly string[]): Promise<readonly string[]> {
  refuseGlobs(globs);
  const { glob } = await import('tinyglobby');
  const outside = globs.find(
    (one) => /^!?(?:[\\/]|[A-Za-z]:)/.test(one) || one.replace(/^!/, '').split(/[\\/]/).includes('..'),
  );
  if (outside !== undefined) throw new CaptureRefused(`the glob \`${outside}\` leads out of the folder of the step`);
  const excluded = globs.filter((one) => one.startsWith('!'));
  const found = new Set<string>();
  for (const one of globs) {
    if (one.startsWith('!')) continue;
    const some = await glob([one, ...excluded], {
      cwd: from,
      dot: true,
      followSymbolicLinks: false,
      expandDirectories: true,
      ignore: ['**/.git/**', '**/.giga/**'],
    });
    if (some.length === 0) throw new CaptureRefused(`no file matches \`${one}\``);
    for (const file of some) found.add(file);
    if (found.size > MAX_FILES) throw new CaptureRefused(`more than ${MAX_FILES} files match`);
  }
  return [...found].toSorted();
}

/** Of its content and whether it may be executed; of a link, of where it leads. */
async function digestOf(file: string, signal: AbortSignal): Promise<string> {
  const { mode, ...stats } = await lstat(file).then((found) => ({ mode: found.mode, isLink: found.isSymbolicLink() }));
  const hash = createHash('sha256');
  if (stats.isLink) return hash.update(`link ${await readlink(file)}`).digest('hex');
  hash.update((mode & EXECUTABLE) === 0 ? 'file ' : 'program ');
  await pipeline(createReadStream(file), hash, { signal });
  return hash.digest('hex');
}

function hashOf(told: readonly (readonly [string, string])[]): string {
  const whole = createHash('sha256');
  for (const [path, digest] of told) whole.update(`${path}\0${digest}\n`);
  return whole.digest('hex');
}

/** Files as long as they are few; else the folders of the greatest depth at which there are few enough. */
function byFolder(told: readonly (readonly [string, string])[]): Iterable<readonly [string, string]> {
  const deepest = told.reduce((depth, [path]) => Math.max(depth, path.split('/').length), 1);
  for (let depth = deepest; ; depth--) {
    const groups = grouped(told, depth);
    if (groups.size > MAX_TOLD && depth > 1) continue;
    const short = [...groups].map(([path, files]) => [path, hashOf(files).slice(0, DIGITS)] as const);
    return short.length <= MAX_TOLD ? short : [['./', hashOf(told).slice(0, DIGITS)]];
  }
}

function cutAt(path: string, depth: number): string {
  const names = path.split('/');
  return names.length <= depth ? path : `${names.slice(0, depth).join('/')}/`;
}

function grouped(
  told: readonly (readonly [string, string])[],
  depth: number,
): Map<string, (readonly [string, string])[]> {
  const groups = new Map<string, (readonly [string, string])[]>();
  for (const one of told) {
    const at = cutAt(one[0], depth);
    const group = groups.get(at);
    if (group === undefined) groups.set(at, [one]);
    else group.push(one);
  }
  return groups;
}
