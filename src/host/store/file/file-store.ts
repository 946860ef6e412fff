/** The store of runs in a folder of files: journals, locks, plans, inboxes. Knows where they lie, not what their events mean. */
import { type Diagnostic, hasErrors, type Result } from '../../../core/diagnostic/diagnostic.ts';
import type { Json } from '../../../core/json.ts';
import {
  type Clock,
  JournalFailure,
  type JournalReading,
  type JournalWriter,
  type RunStore,
} from '../../../core/ports.ts';
import type { Recorded } from '../../../core/run/event.ts';
import { type Disk, realDisk } from '../../files.ts';
import { beginNewRun, beginRun } from './begin-run.ts';
import { diskFailure } from './disk-failure.ts';
import { machineProcesses, type Processes } from './holder.ts';
import { leaveCommand, refuseCommand, watchCommands } from './inbox.ts';
import { isRunId, type Layout, layoutOf, type RunLayout } from './layout.ts';
import { createLocks, notFound } from './lock.ts';
import { concludeOnce } from './once-conclusion.ts';
import { type OnceRecords, onceRecords } from './once-records.ts';
import { openRun, repairRun } from './open-run.ts';
import { getPlan, putPlan } from './plans.ts';
import { findRun } from './run-id.ts';
import { readJournal } from './segments.ts';
import { checkState } from './state-folder.ts';
import type { Store } from './store.ts';

export interface FileStoreOptions {
  /** The state folder, absolute. It is made when the first run is. */
  readonly folder: string;
  readonly clock: Pick<Clock, 'wallMs'>;
  readonly disk?: Disk;
  readonly processes?: Processes;
}

export interface FileStore extends RunStore {
  readonly layout: Layout;
  readonly once: OnceRecords;
  /** Makes a run under a new short id. */
  createNew(): Promise<Result<{ readonly run: string; readonly writer: JournalWriter }>>;
  /** The run whose id begins so; the newest without one. */
  find(beginning?: string): Promise<Result<string>>;
  /** The number of the run's newest holder, living or not; 0 where there is no such run. */
  newestEpoch(run: string): number;
  /** Goes back to the last whole record before the damage of a journal; the damaged file stays. `kept` counts records. */
  repair(run: string): Promise<Result<{ readonly kept: number; readonly found: readonly Diagnostic[] }>>;
  /** Leaves a command for the live process that drives the run. */
  sendCommand(run: string, command: Json): Promise<Result<void>>;
  /** Hands over the commands for the run that this process drives (under `epoch`; default: the newest), until the returned function is called. */
  watchInbox(run: string, onCommand: (command: Json) => void, epoch?: number): () => void;
}

/** Opens nothing and makes nothing yet. */
export function createFileStore(options: FileStoreOptions): FileStore {
  const disk = options.disk ?? realDisk;
  const layout = layoutOf(options.folder);
  const locks = createLocks(disk, options.processes ?? machineProcesses());
  const store: Store = { disk, layout, locks, wallMs: () => options.clock.wallMs(), fresh: new Set() };
  const once = onceRecords({
    disk,
    layout,
    journalOf: (run) => wholeJournal(store, run),
    isHeld: (run) => liveHolder(store, run) !== null,
  });
  const runs = (): string[] => orRefuse('list the runs in', layout.runs, () => newestFirst(store));
  return {
    layout,
    create: async (run) => beginRun(store, run),
    createNew: async () => beginNewRun(store),
    open: (run, how = {}) => withRun(store, run, 'open', (at) => openRun(store, run, at, how.takeover ?? false)),
    read: (run) => withRun(store, run, 'read', async (at) => ({ ok: true, value: read(store, at) })),
    repair: (run) => withRun(store, run, 'repair', (at) => repairRun(store, run, at)),
    remove: (run) =>
      withRun(store, run, 'remove', async (at) => remove(store, run, at, () => concludeOnce(store, once, run))),
    holder: async (run) => orRefuse('look at', run, () => liveHolder(store, run)),
    once,
    newestEpoch: (run) => (isRunId(run) ? locks.newestEpoch(layout.run(run)) : 0),
    find: async (beginning) => findRun(runs(), beginning),
    list: async () => runs(),
    putPlan: (hash, plan) => putPlan(store, hash, plan),
    getPlan: async (hash) => orRefuse('read the plan', hash.slice(0, 8), () => getPlan(disk, layout, hash)),
    logFolder: (run) => layout.run(run).logs,
    sendCommand: (run, command) =>
      withRun(store, run, 'send a command to', async (at) => send(store, run, at, command)),
    watchInbox: (run, onCommand, epoch) =>
      watchCommands(disk, layout.run(run), epoch ?? locks.newest(layout.run(run))?.epoch ?? 0, onCommand),
  };
}

/** While a process writes, its last line may be half there: that is no finding. */
function read(store: Store, run: RunLayout): JournalReading {
  const { records, diagnostics, sealed } = readJournal(store.disk, run);
  const isLive = diagnostics.length > 0 && store.locks.newest(run)?.liveness === 'alive';
  return {
    records,
    diagnostics: isLive ? diagnostics.filter(({ code }) => code !== 'RUN_JOURNAL_TORN') : diagnostics,
    sealed,
  };
}

/** Null where there is none, or not all of it can be read. */
function wholeJournal(store: Store, id: string): readonly Recorded[] | null {
  const run = store.layout.run(id);
  if (!isRunId(id) || !store.disk.exists(run.lock(1))) return null;
  const { records, diagnostics } = read(store, run);
  return hasErrors(diagnostics) ? null : records;
}

/** Takes the run first, so that nobody opens what is about to go; then it is gone at once. */
async function remove(store: Store, id: string, run: RunLayout, conclude: () => Promise<void>): Promise<Result<void>> {
  const { disk, locks } = store;
  const taken = locks.take(id, run, false);
  if (!taken.ok) return taken;
  const gone = `${run.folder}.${taken.value}.gone`;
  try {
    await conclude();
    disk.rename(run.folder, gone);
  } finally {
    locks.forget(run, taken.value);
  }
  disk.removeFolder(gone);
  return { ok: true, value: undefined };
}

function liveHolder(
  store: Store,
  id: string,
): { readonly pid: number; readonly host: string; readonly epoch: number } | null {
  const held = isRunId(id) ? store.locks.newest(store.layout.run(id)) : null;
  if (!held || held.liveness === 'dead') return null;
  return { pid: held.holder?.pid ?? 0, host: held.holder?.host ?? 'unknown', epoch: held.epoch };
}

function send(store: Store, id: string, run: RunLayout, command: Json): Result<void> {
  const held = store.locks.newest(run);
  if (held?.liveness !== 'alive') return refuseCommand(id, held);
  leaveCommand(store.disk, run, held.epoch, command);
  return { ok: true, value: undefined };
}

/** Runs by when they were made, the newest first: `lock.1` is written then and never again. */
function newestFirst(store: Store): string[] {
  const { disk, layout } = store;
  if (!disk.exists(layout.runs)) return [];
  const made = disk.names(layout.runs).flatMap((id) => {
    const lock = layout.run(id).lock(1);
    return isRunId(id) && disk.exists(lock) ? [{ id, at: disk.changedAt(lock) }] : [];
  });
  return made.toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1)).map(({ id }) => id);
}

/** Looks first whether there is such a run, and turns what the disk refuses into a diagnostic. */
async function withRun<T>(
  store: Store,
  id: string,
  verb: string,
  then: (run: RunLayout) => Promise<Result<T>>,
): Promise<Result<T>> {
  const state = checkState(store.disk, store.layout);
  if (!state.ok) return state;
  const run = store.layout.run(id);
  if (!isRunId(id) || !store.disk.exists(run.lock(1))) return { ok: false, diagnostics: [notFound(id)] };
  try {
    return await then(run);
  } catch (error) {
    const diagnostic = error instanceof JournalFailure ? error.diagnostic : diskFailure(error, `${verb} run ${id}`);
    return { ok: false, diagnostics: [diagnostic] };
  }
}

/** For looks that have no room for a refusal in their answer: JournalFailure says why. */
function orRefuse<T>(verb: string, what: string, look: () => T): T {
  try {
    return look();
  } catch (error) {
    throw new JournalFailure(diskFailure(error, `${verb} ${what}`));
  }
}
