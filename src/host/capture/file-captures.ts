/** Hashes, globs and reads files of the workspace. Nothing outside the root is followed. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { globFault, shownGlob } from '../glob-fault.ts';
import { CaptureRefused } from './refused.ts';

const MAX_FILES = 100_000;
const MAX_TEXT_BYTES = 1024 * 1024;

/** Paths of the files that match, relative to the root, with `/`, sorted by code unit. `!` in front excludes. */
export async function globFiles(root: string, patterns: readonly string[]): Promise<string[]> {
  refuseGlobs(patterns);
  const { glob } = await import('tinyglobby');
  const outside = patterns.find(
    (pattern) => isAbsolute(pattern.replace(/^!/, '')) || pattern.split('/').includes('..'),
  );
  if (outside !== undefined) throw new CaptureRefused(`the pattern "${outside}" leads out of the workspace`);
  const files = await glob([...patterns], {
    cwd: root,
    dot: true,
    followSymbolicLinks: false,
    expandDirectories: false,
    ignore: ['.git/**', '.giga/**'],
  });
  if (files.length > MAX_FILES) throw new CaptureRefused(`more than ${MAX_FILES} files match`);
  return files.toSorted();
}

/** Throws CaptureRefused for a glob that cannot be looked for. */
export function refuseGlobs(globs: readonly string[]): void {
  for (const one of globs) {
    const fault = globFault(one);
    if (fault !== null) throw new CaptureRefused(`the glob \`${shownGlob(one)}\` ${fault}`);
  }
}

/** SHA-256 over the hashes of the files that match, in sorted order; '' when none does, as in GitHub Actions. */
export async function hashFiles(root: string, patterns: readonly string[], signal: AbortSignal): Promise<string> {
  const files = await globFiles(root, patterns);
  if (files.length === 0) return '';
  const whole = createHash('sha256');
  for (const file of files) {
    const one = createHash('sha256');
    await pipeline(createReadStream(join(root, file)), one, { signal });
    whole.update(one.digest());
  }
  return whole.digest('hex');
}

/** SHA-256 over the paths and contents of the files that match: another one as soon as a file is made, changed, renamed or removed. */
export async function stateOf(root: string, patterns: readonly string[], signal: AbortSignal): Promise<string> {
  const whole = createHash('sha256');
  for (const file of await globFiles(root, patterns)) {
    const one = createHash('sha256');
    await pipeline(createReadStream(join(root, file)), one, { signal });
    whole.update(`${JSON.stringify(file)} ${one.digest('hex')}\n`);
  }
  return whole.digest('hex');
}

/** The text of a file inside the root, symbolic links resolved, at most 1 MiB of UTF-8. */
export async function readTextFile(root: string, path: string): Promise<string> {
  const base = await realpath(root);
  const real = await realpath(join(base, path)).catch(() => {
    throw new CaptureRefused('there is no such file');
  });
  const inside = relative(base, real);
  if (isAbsolute(inside) || inside.split(sep)[0] === '..')
    throw new CaptureRefused('the file lies outside the workspace');
  const file = await open(real, 'r');
  try {
    const { size } = await file.stat();
    if (size > MAX_TEXT_BYTES)
      throw new CaptureRefused(`the file has ${size} bytes; at most ${MAX_TEXT_BYTES} can be read`);
    return new TextDecoder('utf-8', { fatal: true }).decode(await file.readFile());
  } catch (error) {
    throw error instanceof TypeError ? new CaptureRefused('the file is not UTF-8 text') : error;
  } finally {
    await file.close();
  }
}
