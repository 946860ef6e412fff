/** The results of steps, kept in the state folder for later runs: looked up by content, put back, and saved. Knows no order of steps. */
import { appendFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as breath } from 'node:timers/promises';
import type { CacheAnswer, Clock, StepCache } from '../../core/ports.ts';
import type { CacheWork } from '../../core/run/effect.ts';
import { formatDuration } from '../../core/units.ts';
import { errorCode } from '../files.ts';
import { takeIn } from './blobs.ts';
import { createFilePrints, type FilePrints, isProgram } from './file-prints.ts';
import { findFiles, NotCached, statOf } from './find-files.ts';
import { type CacheFolder, cacheFolder, readIfThere } from './folder.ts';
import { keyParts, placeOf, refuseSecrets } from './key-parts.ts';
import { firstDifference, lineHashes } from './lines.ts';
import { Damaged, FILES_A_BREATH, isOfWorkspace, leadsInside, putBack } from './put-back.ts';
import {
  type FilePrint,
  FORMAT,
  type KeyParts,
  keyOf,
  latestResult,
  type Made,
  nameLatest,
  type Result,
  readResult,
  writeResult,
} from './result.ts';
import { whichFiles, whyMissed } from './why-missed.ts';

export interface StepCacheOptions {
  /** Its folder; absolute. */
  readonly folder: string;
  /** Of the workspace; absolute. */
  readonly root: string;
  /** The state folder; absolute. */
  readonly state: string;
  /** Whom results are for, and come from. */
  readonly trust: string;
  /** Giga's own environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Nothing is put back: every step is done, and its result is kept. */
  readonly isAnew?: boolean;
}

export interface OpenStepCache extends StepCache {
  /** Writes down what was learned of files. Never throws. */
  close(): void;
}

/** A result may hold so many bytes of files. */
const MAX_MADE_BYTES = 4 * 1024 ** 3;
/** What was short and is so long now is not looked through for the line. */
const LONG_BYTES = 1024 * 1024;

interface Parts extends StepCacheOptions {
  readonly at: CacheFolder;
  readonly prints: FilePrints;
  /** What the files of a step were when it was looked up, by the key. */
  readonly looked: Map<string, KeyParts['files']>;
}

export function createStepCache(options: StepCacheOptions): OpenStepCache {
  const at = cacheFolder(options.folder);
  const parts: Parts = { ...options, at, prints: createFilePrints(options.root, at, options.clock), looked: new Map() };
  return {
    restore: (work, _run, signal) => orWhy(() => restore(parts, work, signal)),
    save: (work, run, signal) => orWhy(() => save(parts, work, run.id, signal)),
    close() {
      try {
        parts.prints.close();
      } catch (error) {
        if (errorCode(error) === null) throw error; // the disk refused: files are read again the next time
      }
    },
  };
}

/** What stands against the use of the cache is no failure of the step. */
async function orWhy(work: () => Promise<CacheAnswer | null>): Promise<CacheAnswer | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NotCached) return { why: [error.message] };
    const code = errorCode(error);
    if (code === 'ABORT_ERR') return null;
    if (code === null) throw error;
    return { why: [`the cache could not be used: ${code}`] };
  }
}

async function restore(parts: Parts, work: CacheWork, signal: AbortSignal): Promise<CacheAnswer | null> {
  refuseSecrets(work);
  const present = await findFiles({ ...placeOf(parts, work), globs: work.cache.request.outputs });
  const looked = await keyParts(parts, work, present, signal);
  const key = keyOf(looked);
  parts.looked.set(key, looked.files);
  if (signal.aborted) return null;
  if (parts.isAnew === true || work.anew)
    return { key, why: [parts.isAnew ? '--no-cache' : 'it was asked to be done again'] };
  const result = readResult(parts.at, key);
  if (result === 'damaged') rmSync(parts.at.result(key), { force: true });
  if (result === null || result === 'damaged') return { key, why: reasons(parts, looked, result) };
  const { ttlMs } = work.cache.request;
  if (ttlMs !== null && parts.clock.wallMs() - result.endedAt > ttlMs)
    return { key, why: [`its result is older than \`ttl\`, ${formatDuration(ttlMs)}`] };
  try {
    const printOf = (path: string) => parts.prints.print(path, false, signal);
    const { root, at: folder } = parts;
    if (!(await putBack({ root, folder, made: result.made, present, printOf, signal }))) return null;
  } catch (error) {
    if (!(error instanceof NotCached)) throw error;
    if (error instanceof Damaged) rmSync(parts.at.result(key), { force: true });
    return { key, why: [error.message] };
  }
  noteUse(parts.at, looked, key);
  const { run, step, endedAt, durationMs, outputs } = result;
  return { key, hit: { key, run, step, endedAt, durationMs, outputs } };
}

/** For `cache ls`, and for the next miss. A cache that can only be read serves as well. */
function noteUse(at: CacheFolder, looked: KeyParts, key: string): void {
  try {
    appendFileSync(at.uses(key), '.');
    nameLatest(at, looked, key);
  } catch (error) {
    if (errorCode(error) === null) throw error;
  }
}

/** Why nothing is kept under the key. */
function reasons(parts: Parts, looked: KeyParts, found: null | 'damaged'): readonly string[] {
  if (found === 'damaged') return ['its result is damaged'];
  const last = latestResult(parts.at, looked);
  if (last === null) return [];
  const why = whyMissed(last, looked, (path, before) => changedLine(parts, path, before));
  return why.length > 0 ? why : ['its result is not kept any more'];
}

function changedLine({ at, root }: Parts, path: string, before: FilePrint): number | null {
  const lines = readIfThere(at.linesOf(before.slice(2)));
  if (lines === null || before.startsWith('l:')) return null;
  const isLong = (statOf(join(root, path))?.size ?? 0) > LONG_BYTES;
  const now = isLong ? null : readIfThere(join(root, path));
  return now === null ? null : firstDifference(lines, lineHashes(now));
}

async function save(parts: Parts, work: CacheWork, run: string, signal: AbortSignal): Promise<CacheAnswer | null> {
  const { key = '', result } = work;
  if (result === undefined) throw new Error(`Bug: nothing is to be kept of \`${work.node}\``);
  const { request } = work.cache;
  const found = await findFiles({ ...placeOf(parts, work), globs: request.outputs });
  if (found.length === 0 && request.outputs.length > 0) throw new NotCached('no file matches its `outputs`');
  const now = await keyParts(parts, work, found, signal);
  if (keyOf(now) !== key) {
    const which = whichFiles(parts.looked.get(key) ?? {}, now.files);
    throw new NotCached(`what it reads changed while it ran: ${which.join(', ')}`);
  }
  parts.looked.delete(key);
  const made: Made[] = [];
  let bytes = 0;
  for (const path of found) {
    if (signal.aborted) return null;
    const one = await takeMade(parts, path, signal);
    if (one === null) continue;
    bytes += one.size;
    if (bytes > MAX_MADE_BYTES) throw new NotCached('the files that it made are too large');
    made.push(one);
    if (made.length % FILES_A_BREATH === 0) await breath();
  }
  writeResult(parts.at, { ...now, ...result, format: FORMAT, key, run, ttlMs: request.ttlMs, made } satisfies Result);
  return { saved: true };
}

/** Null for what is neither a file nor a link by now. */
async function takeMade({ at, root }: Parts, path: string, signal: AbortSignal): Promise<Made | null> {
  const full = join(root, path);
  const stat = statOf(full);
  if (!stat?.isFile() && !stat?.isSymbolicLink()) return null;
  if (!isOfWorkspace(path)) throw new NotCached(`\`${path}\` is no file that can be put back`);
  if (stat.isFile()) {
    const { hash, size } = await takeIn(at, full, signal);
    return { path, print: `${isProgram(stat.mode) ? 'x' : 'f'}:${hash}`, size };
  }
  const target = readlinkSync(full);
  if (!leadsInside(path, target)) throw new NotCached(`the link \`${path}\` leads out of the workspace`);
  return { path, print: `l:${target}`, size: 0 };
}
