/**
 * A summary of every run, for lists, kept in one small file by lowdb. A cache: an entry counts only while the run has had no later
 * holder, everything else is read from the journals again, and a broken file is made anew. Not on the way of a starting run.
 */
import { hasErrors } from '../../../core/diagnostic/diagnostic.ts';
import { type RecordedSummary, summarize } from '../../../core/journal/summary.ts';
import { type Disk, errorCode, placeFile, realDisk, removeQuietly, temporaryName } from '../../files.ts';
import { whileLocked } from './file-lock.ts';
import type { FileStore } from './file-store.ts';
import { machineProcesses, type Processes } from './holder.ts';

export type RunStatus = 'running' | 'interrupted' | 'waiting' | 'paused' | 'finished' | 'damaged';

export interface RunSummary extends Omit<RecordedSummary, 'status'> {
  readonly id: string;
  readonly status: RunStatus;
  /** Of the newest holder; 0 where there is none. */
  readonly epoch: number;
}

export interface RunIndex {
  /** Every run, the newest first. */
  list(): Promise<readonly RunSummary[]>;
  /** Reads every journal again, whatever the file says. */
  rebuild(): Promise<readonly RunSummary[]>;
}

const INDEX_VERSION = 2;

interface IndexFile {
  readonly version: number;
  readonly runs: readonly RunSummary[];
}

const EMPTY: IndexFile = { version: INDEX_VERSION, runs: [] };

/** What the index needs of the store. */
type Source = Pick<FileStore, 'layout' | 'list' | 'read' | 'holder' | 'newestEpoch'>;

export function createRunIndex(
  store: Source,
  disk: Disk = realDisk,
  processes: Processes = machineProcesses(),
): RunIndex {
  const refresh = async (
    known: readonly RunSummary[],
  ): Promise<{ readonly runs: RunSummary[]; readonly changed: boolean }> => {
    const byId = new Map(known.map((summary) => [summary.id, summary]));
    const runs: RunSummary[] = [];
    for (const id of await store.list()) {
      const entry = byId.get(id);
      const isFinal = entry && entry.status !== 'running' && entry.epoch === store.newestEpoch(id);
      runs.push(isFinal ? entry : await summaryOf(store, id));
    }
    return { runs, changed: runs.length !== known.length || runs.some((summary) => byId.get(summary.id) !== summary) };
  };
  const update = async (from: (file: IndexFile) => IndexFile): Promise<readonly RunSummary[]> => {
    if (!disk.exists(store.layout.state)) return [];
    const work = async (): Promise<readonly RunSummary[]> => {
      const db = await openDatabase(disk, store.layout.index);
      const { runs, changed } = await refresh(from(db.data).runs);
      if (changed) {
        db.data = { version: INDEX_VERSION, runs };
        await db.write();
      }
      return runs;
    };
    return (
      (await quietly(() => whileLocked(disk, processes, store.layout.indexLock, work)))?.value ??
      (await refresh([])).runs
    );
  };
  return { list: () => update((file) => file), rebuild: () => update(() => EMPTY) };
}

/** Where the file cannot be locked or written, the list is made without it. */
async function quietly<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (errorCode(error) === null) throw error;
    return null;
  }
}

async function summaryOf(store: Source, id: string): Promise<RunSummary> {
  const epoch = store.newestEpoch(id); // before the reading: a later holder makes the entry stale, never the other way round
  const reading = await store.read(id);
  const recorded = summarize(reading.ok ? reading.value.records : []);
  const isDamaged = !reading.ok || hasErrors(reading.value.diagnostics);
  const isHeld = !isDamaged && (await store.holder(id)) !== null;
  const open: RunStatus = isHeld ? 'running' : 'interrupted';
  const status = isDamaged ? 'damaged' : isHeld || recorded.status === 'open' ? open : recorded.status;
  return { id, ...recorded, status, epoch };
}

const STATUSES: readonly RunStatus[] = ['running', 'interrupted', 'waiting', 'paused', 'finished', 'damaged'];
const VERDICTS: readonly Exclude<RunSummary['verdict'], null>[] = [
  'succeeded',
  'succeeded with allowed failures',
  'nothing ran',
  'failed',
  'cancelled',
];

/** lowdb, with its file behind our own seam: a file that is no index, or one of another version, counts as none. */
async function openDatabase(disk: Disk, path: string): Promise<{ data: IndexFile; write(): Promise<void> }> {
  const { Low } = await import('lowdb');
  const adapter = {
    read: async () => parseIndex(disk, path),
    write: async (data: IndexFile) => replaceFile(disk, path, Buffer.from(`${JSON.stringify(data)}\n`)),
  };
  const db = new Low<IndexFile>(adapter, EMPTY);
  await db.read();
  return db;
}

function parseIndex(disk: Disk, path: string): IndexFile | null {
  if (!disk.exists(path)) return null;
  try {
    const value = JSON.parse(Buffer.from(disk.read(path)).toString()) as Partial<IndexFile> | null; // every field is looked at
    return value?.version === INDEX_VERSION && Array.isArray(value.runs) && value.runs.every(isSummary)
      ? { version: INDEX_VERSION, runs: value.runs }
      : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isSummary(value: unknown): value is RunSummary {
  if (typeof value !== 'object' || value === null) return false;
  const fields: Partial<Record<keyof RunSummary, unknown>> = value;
  const texts = [fields.id, fields.workflow, fields.file].every((text) => typeof text === 'string');
  const numbers = [fields.startedAt, fields.endedAt, fields.pid].every(
    (one) => one === null || typeof one === 'number',
  );
  const isVerdict = fields.verdict === null || VERDICTS.some((one) => one === fields.verdict);
  return (
    texts && numbers && isVerdict && STATUSES.some((one) => one === fields.status) && typeof fields.epoch === 'number'
  );
}

/** All or nothing, without a sync: what a power loss takes is made anew. */
function replaceFile(disk: Disk, path: string, bytes: Uint8Array): void {
  const temporary = temporaryName(path);
  if (!placeFile(disk, temporary, bytes)) return;
  try {
    disk.rename(temporary, path);
  } catch (error) {
    removeQuietly(disk, temporary);
    throw error;
  }
}
