/**
 * What files of the workspace hold, as digests. A file that looks as it did when it was last read is not read again: its size,
 * times and number say so, unless it had changed only just before. Knows no globs and no results.
 */
import { createHash } from 'node:crypto';
import { type BigIntStats, createReadStream, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setImmediate as breath } from 'node:timers/promises';
import { isJsonObject, type Json } from '../../core/json.ts';
import type { Clock } from '../../core/ports.ts';
import { errorCode } from '../files.ts';
import { type CacheFolder, place, readIfThere } from './folder.ts';
import { lineHashes, MAX_LINES_BYTES } from './lines.ts';
import type { FilePrint } from './result.ts';

export interface FilePrints {
  /** Of a path relative to the root; null where there is no file. */
  print(path: string, forLines: boolean, signal: AbortSignal): Promise<FilePrint | null>;
  /** Writes down what was learned. */
  close(): void;
}

/** How a file looked, when, and what it held then. */
type Seen = readonly [look: string, atMs: number, hash: string];

/** Larger files are read in pieces, and the loop breathes meanwhile. */
const LARGE_BYTES = 1024 * 1024;
/** After so long the rest of the process has its turn. */
const BREATH_MS = 20;
/** A clock of a file system ticks this often; one that shows only whole milliseconds may tick every two seconds. */
const TICK_MS = 50;
const COARSE_TICK_MS = 2_100;
const MAX_SEEN = 200_000;
const NS_PER_MS = 1_000_000n;

export function createFilePrints(root: string, folder: CacheFolder, { wallMs }: Pick<Clock, 'wallMs'>): FilePrints {
  const seen = readSeen(folder);
  const known = new Set<string>();
  let changed = false;
  let breathedAt = performance.now();

  const keepLines = (hash: string, bytes: Buffer): void => {
    if (known.has(hash) || bytes.length > MAX_LINES_BYTES || bytes.includes(0)) return;
    known.add(hash);
    if (readIfThere(folder.linesOf(hash)) === null) place(folder.linesOf(hash), lineHashes(bytes));
  };
  const read = async (path: string, size: bigint, forLines: boolean, signal: AbortSignal): Promise<string> => {
    if (size > LARGE_BYTES) return hashLarge(path, signal);
    const bytes = readFileSync(path);
    const hash = createHash('sha256').update(bytes).digest('hex');
    if (forLines) keepLines(hash, bytes);
    return hash;
  };
  return {
    async print(path, forLines, signal) {
      const full = join(root, path);
      const stat = bigStatOf(full);
      if (stat === null) return null;
      if (stat.isSymbolicLink()) return `l:${readlinkSync(full)}`;
      if (!stat.isFile()) return null;
      const kind = isProgram(Number(stat.mode)) ? 'x' : 'f';
      const look = lookOf(stat);
      const before = seen.get(path);
      if (before !== undefined && before[0] === look && isSettled(stat, before[1])) return `${kind}:${before[2]}`;
      if (performance.now() - breathedAt > BREATH_MS) {
        await breath();
        breathedAt = performance.now();
      }
      const atMs = wallMs();
      const hash = await read(full, stat.size, forLines, signal);
      seen.set(path, [look, atMs, hash]);
      changed = true;
      return `${kind}:${hash}`;
    },
    close() {
      if (changed) place(folder.files, JSON.stringify(Object.fromEntries([...seen].slice(-MAX_SEEN))));
      changed = false;
    },
  };
}

/** Windows has no such bit. */
export function isProgram(mode: number): boolean {
  return (mode & 0o111) !== 0;
}

export async function hashLarge(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash, { signal });
  return hash.digest('hex');
}

function lookOf({ size, mtimeNs, ctimeNs, ino, dev }: BigIntStats): string {
  return `${size} ${mtimeNs} ${ctimeNs} ${ino} ${dev}`;
}

/** Whether a change after that moment would show: one in the same tick of the clock would not. */
function isSettled({ mtimeNs, ctimeNs }: BigIntStats, atMs: number): boolean {
  const lastNs = mtimeNs > ctimeNs ? mtimeNs : ctimeNs;
  const tickMs = ctimeNs % NS_PER_MS === 0n ? COARSE_TICK_MS : TICK_MS;
  return Number(lastNs / NS_PER_MS) + tickMs < atMs;
}

function bigStatOf(path: string): BigIntStats | null {
  try {
    return lstatSync(path, { bigint: true });
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return null;
    throw error;
  }
}

/** What cannot be read was never seen. */
function readSeen(folder: CacheFolder): Map<string, Seen> {
  const seen = new Map<string, Seen>();
  const value = jsonOf(textOf(folder.files));
  if (isJsonObject(value)) for (const [path, one] of Object.entries(value)) if (isSeen(one)) seen.set(path, one);
  return seen;
}

function textOf(path: string): string {
  try {
    return readIfThere(path)?.toString() ?? '';
  } catch (error) {
    if (errorCode(error) === null) throw error; // whoever keeps a result meets it too, and says so
    return '';
  }
}

function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json; // what JSON.parse gives is Json
  } catch {
    return null;
  }
}

function isSeen(value: Json): value is Json & Seen {
  if (!Array.isArray(value)) return false;
  const [look, atMs, hash] = value;
  return typeof look === 'string' && typeof atMs === 'number' && typeof hash === 'string';
}
