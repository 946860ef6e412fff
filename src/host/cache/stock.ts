/** What the cache holds, and what of it can go. Safe beside runs: what they find missing is a miss, never a wrong content. */
import { readdirSync, rmSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../files.ts';
import { type CacheFolder, cacheFolder } from './folder.ts';
import { type Result, readResult } from './result.ts';

export interface Kept extends Pick<Result, 'key' | 'trust' | 'file' | 'step' | 'run' | 'endedAt' | 'durationMs'> {
  /** Bytes of its files and of what it gave; contents are kept once, however many results share them. */
  readonly size: number;
  readonly files: number;
  readonly uses: number;
  /** When it was kept or used last, ms since 1970. */
  readonly usedAt: number;
}

export interface PruneRules {
  /** Not used since then, ms since 1970. */
  readonly usedBefore?: number;
  /** What stays takes no more bytes; what was used last stays. */
  readonly maxBytes?: number;
  readonly isDry?: boolean;
}
export interface Pruned {
  readonly removed: readonly Kept[];
  /** On the disk. */
  readonly freedBytes: number;
}

/** Who saves a result writes its files first: younger ones may belong to one that is not there yet. */
const GRACE_MS = 60 * 60 * 1000;

/** The last used first. */
export function listKept(path: string): readonly Kept[] {
  const folder = cacheFolder(path);
  return resultsIn(folder)
    .map(([result, kept]) => ({ ...kept, key: result.key }))
    .toSorted((a, b) => b.usedAt - a.usedAt || (a.key < b.key ? -1 : 1));
}

function resultsIn(folder: CacheFolder): readonly (readonly [Result, Kept])[] {
  return filesIn(folder.results).flatMap(({ path, name, stat }) => {
    const key = /^([0-9a-f]{64})\.json$/.exec(name)?.[1];
    const result = key === undefined ? null : readResult(folder, key);
    if (result === null || result === 'damaged') return [];
    const used = statOf(folder.uses(result.key));
    const { trust, file, step, run, endedAt, durationMs, made } = result;
    const size = made.reduce((sum, one) => sum + one.size, sizeOf(path));
    const usedAt = Math.round(Math.max(stat.mtimeMs, used?.mtimeMs ?? 0));
    const kept = { key: result.key, trust, file, step, run, endedAt, durationMs, size, files: made.length };
    return [[result, { ...kept, uses: used?.size ?? 0, usedAt }] as const];
  });
}

/** Removes results by the rules, and then what no result needs. */
export function prune(path: string, nowMs: number, { usedBefore = 0, maxBytes, isDry = false }: PruneRules): Pruned {
  const folder = cacheFolder(path);
  const all = resultsIn(folder).toSorted(([, a], [, b]) => b.usedAt - a.usedAt);
  const stays: Result[] = [];
  const gone = new Set<string>();
  const removed: Kept[] = [];
  const needed = new Set<string>();
  let bytes = 0;
  for (const [result, kept] of all) {
    const shared = result.made.filter(({ print }) => needed.has(print.slice(2)));
    const added = shared.reduce((sum, { size }) => sum - size, kept.size);
    if (kept.usedAt < usedBefore || (maxBytes !== undefined && bytes + added > maxBytes)) {
      removed.push(kept);
      gone.add(result.key);
    } else {
      bytes += added;
      for (const { print } of result.made) needed.add(print.slice(2));
      stays.push(result);
    }
  }
  const keys = new Set(stays.map(({ key }) => key));
  const texts = new Set(stays.flatMap(({ files }) => Object.values(files).map((print) => print.slice(2))));
  const isOld = ({ stat }: Found): boolean => stat.mtimeMs < nowMs - GRACE_MS;
  const isGone = (one: Found): boolean => gone.has(keyIn(one)) || (!keys.has(keyIn(one)) && isOld(one));
  const files = [
    ...filesIn(folder.results).filter(isGone),
    ...filesIn(folder.blobs).filter((one) => !needed.has(one.name) && isOld(one)),
    ...filesIn(folder.lines).filter((one) => !texts.has(one.name) && isOld(one)),
  ];
  if (!isDry) for (const one of files) rmSync(one.path, { force: true });
  return { removed, freedBytes: files.reduce((sum, { stat }) => sum + stat.size, 0) };
}

/** All of it. */
export function clear(path: string, isDry: boolean): Pruned {
  const removed = listKept(path);
  const folder = cacheFolder(path);
  const freedBytes = [folder.results, folder.blobs, folder.lines, folder.latest]
    .flatMap(filesIn)
    .reduce((sum, { stat }) => sum + stat.size, 0);
  if (!isDry) rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  return { removed, freedBytes };
}

function keyIn({ name }: Found): string {
  return name.slice(0, KEY_DIGITS);
}
const KEY_DIGITS = 64;

interface Found {
  readonly path: string;
  readonly name: string;
  readonly stat: Stats;
}

/** The files below a folder. Others may come and go meanwhile. */
function filesIn(folder: string): readonly Found[] {
  return namesIn(folder).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(path);
    const stat = statOf(path);
    return stat === null ? [] : [{ path, name: entry.name, stat }];
  });
}

function namesIn(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function sizeOf(path: string): number {
  return statOf(path)?.size ?? 0;
}

function statOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
