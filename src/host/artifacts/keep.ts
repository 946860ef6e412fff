/**
 * Copies the files that a step made to the folder of its run: found by globs, staged, and put in place as a whole. Follows no link
 * out of the folder of the step; knows no steps.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import { isJsonObject, type Json } from '../../core/json.ts';
import type { Artifact, ArtifactRequest } from '../../core/plan/artifacts.ts';
import type { ArtifactKeeper, KeptArtifacts, Mask } from '../../core/ports.ts';
import type { Path } from '../../core/run/event.ts';
import { errorCode, realDisk, writeAll } from '../files.ts';
import { globFault, shownGlob } from '../glob-fault.ts';

export interface ArtifactKeeperOptions {
  readonly mask: Mask;
  /** The name of the folder of an attempt. */
  readonly nameOf: (node: Path, attempt: number) => string;
  /** Files of one step, and their bytes together. */
  readonly maxFiles?: number;
  readonly maxBytes?: number;
}

const MAX_FILES = 10_000;
const MAX_BYTES = 4 * 1024 ** 3;
const CHUNK_BYTES = 256 * 1024;

/** What cannot be kept, in the words of a diagnostic. */
class NotKept extends Error {
  readonly diagnostic: Diagnostic;
  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.diagnostic = diagnostic;
  }
}

export function createArtifactKeeper(options: ArtifactKeeperOptions): ArtifactKeeper {
  return {
    async keep(work, run, signal): Promise<KeptArtifacts> {
      const request = work.artifacts ?? { paths: [], ifNone: 'ignore' };
      const folder = join(dirname(run.folder), 'artifacts', options.nameOf(work.node, work.attempt));
      try {
        const from = await realpath(resolve(run.root, cwdOf(work.request)));
        const { files, warnings } = await find(from, request, options.maxFiles ?? MAX_FILES);
        const artifacts = await copyAll({ from, to: folder, files, signal, options });
        return { ok: true, warnings, artifacts: artifacts.map((one) => ({ ...nameOf(request), ...one })) };
      } catch (error) {
        await rm(`${folder}.tmp`, { recursive: true, force: true }).catch(() => {});
        return { ok: false, error: error instanceof NotKept ? error.diagnostic : lost(codeOf(error)) };
      }
    },
  };
}

function cwdOf(request: Json): string {
  return isJsonObject(request) && typeof request.cwd === 'string' ? request.cwd : '';
}

function nameOf({ name }: ArtifactRequest): Pick<Artifact, 'name'> {
  return name === undefined ? {} : { name };
}

function codeOf(error: unknown): string {
  const code = errorCode(error);
  if (code === null) throw error;
  return code;
}

function lost(why: string): Diagnostic {
  return problem('STEP_ARTIFACTS_LOST', `The artifacts of the step could not be kept: ${why}.`);
}

interface Found {
  readonly files: readonly string[];
  readonly warnings: readonly Diagnostic[];
}

/** The files by their paths, sorted. Every glob has to find some, whatever the others find. */
async function find(from: string, { paths, ifNone }: ArtifactRequest, limit: number): Promise<Found> {
  const { glob } = await import('tinyglobby');
  const outside = paths.find(
    (path) => /^!?(?:[\\/]|[A-Za-z]:)/.test(path) || path.replace(/^!/, '').split(/[\\/]/).includes('..'),
  );
  if (outside !== undefined) throw new NotKept(lost(`the glob \`${outside}\` leads out of the folder of the step`));
  for (const path of paths) {
    const fault = globFault(path);
    if (fault !== null) throw new NotKept(lost(`the glob \`${shownGlob(path)}\` ${fault}`));
  }
  const excluded = paths.filter((path) => path.startsWith('!'));
  const found = new Set<string>();
  const warnings: Diagnostic[] = [];
  for (const path of paths) {
    if (path.startsWith('!')) continue;
    const some = await glob([path, ...excluded], {
      cwd: from,
      dot: true,
      followSymbolicLinks: false,
      expandDirectories: true,
      ignore: ['.git/**', '.giga/**'],
    });
    for (const file of some) found.add(file);
    if (some.length === 0 && ifNone === 'fail') throw new NotKept(none(path));
    if (some.length === 0 && ifNone === 'warn') warnings.push({ ...none(path), severity: 'warning' });
    if (found.size > limit) throw new NotKept(lost(`more than ${limit} files match`));
  }
  return { files: [...found].toSorted(), warnings };
}

function none(path: string): Diagnostic {
  return problem('STEP_NO_ARTIFACTS', `No file matches \`${path}\` of \`artifacts\`.`, {
    hint: 'See whether the step makes it, relative to `cwd`; `if-none: warn` allows for it.',
  });
}

interface Copying {
  readonly from: string;
  readonly to: string;
  readonly files: readonly string[];
  readonly signal: AbortSignal;
  readonly options: ArtifactKeeperOptions;
}

/** They stand in their place all at once; what another attempt of the same number left is replaced. */
async function copyAll({ from, to, files, signal, options }: Copying): Promise<readonly Artifact[]> {
  if (files.length === 0) return [];
  const staged = `${to}.tmp`;
  await rm(staged, { recursive: true, force: true });
  await mkdir(staged, { recursive: true });
  let left = options.maxBytes ?? MAX_BYTES;
  const artifacts: Artifact[] = [];
  for (const path of files) {
    if (signal.aborted)
      throw new NotKept(problem('STEP_CANCELLED', 'The step was stopped before its files were kept.'));
    await mkdir(dirname(join(staged, path)), { recursive: true });
    const copied = await copyOne(from, path, join(staged, path), left, options.mask);
    left -= copied.size;
    artifacts.push({ path, file: join(to, path), ...copied });
  }
  await rm(to, { recursive: true, force: true });
  await rename(staged, to);
  return artifacts;
}

/** Copies one regular file that really lies below the folder; masked where it is text and the run has secrets. */
async function copyOne(
  from: string,
  path: string,
  to: string,
  maxBytes: number,
  mask: Mask,
): Promise<Pick<Artifact, 'size' | 'sha256'>> {
  const real = await realpath(join(from, path));
  if (real !== join(from, path)) throw new NotKept(lost(`\`${path}\` is a link, or lies behind one`));
  const source = await open(real, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    const stat = await source.stat();
    if (!stat.isFile()) throw new NotKept(lost(`\`${path}\` is not a file`));
    const target = await open(to, 'wx', stat.mode & 0o777);
    try {
      const copied = await pour(source, target, maxBytes, mask);
      await target.sync();
      return copied;
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function pour(
  source: FileHandle,
  target: FileHandle,
  maxBytes: number,
  mask: Mask,
): Promise<Pick<Artifact, 'size' | 'sha256'>> {
  const hash = createHash('sha256');
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let size = 0;
  const put = async (bytes: Uint8Array): Promise<void> => {
    if (bytes.length === 0) return;
    size += bytes.length;
    if (size > maxBytes) throw new NotKept(lost('the files are too large'));
    hash.update(bytes);
    writeAll(realDisk, target.fd, bytes);
  };
  let stream: ReturnType<Mask['stream']> | null = null;
  for (let isFirst = true; ; isFirst = false) {
    const { bytesRead } = await source.read(chunk, 0, CHUNK_BYTES, null);
    const bytes = Buffer.from(chunk.subarray(0, bytesRead));
    if (isFirst && mask.active && !bytes.includes(0)) stream = mask.stream();
    if (bytesRead === 0) break;
    await put(stream === null ? bytes : stream.push(bytes));
  }
  await put(stream === null ? Buffer.alloc(0) : stream.end());
  return { size, sha256: hash.digest('hex') };
}
