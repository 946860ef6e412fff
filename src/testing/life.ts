/**
 * One life of a process: it begins a run, or opens the one that an earlier process left, and drives it to an end of its own, with the
 * engine and the store that giga has, and a world around it that a script plays. Knows no faults and no rules.
 */
import type { Diagnostic } from '../core/diagnostic/diagnostic.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { Plan } from '../core/plan/plan.ts';
import { JournalFailure, type JournalReading, type JournalWriter, type StepAnswer } from '../core/ports.ts';
import { type Command, decide } from '../core/run/decide.ts';
import type { AttemptWork } from '../core/run/effect.ts';
import type { Recorded, RunEvent } from '../core/run/event.ts';
import { fold } from '../core/run/fold.ts';
import { newRun, type Run, type Surroundings } from '../core/run/run.ts';
import { type Drive, type DriveEnd, drive } from '../engine/drive.ts';
import { createFileStore, type FileStore } from '../host/store/file/file-store.ts';
import { doneIn } from '../sim/done-in-journal.ts';
import type { Script } from '../sim/simulate.ts';
import type { Machine } from './machine.ts';
import { play, sendSignals } from './played-world.ts';
import { emptyCache, noArtifacts, noMask, scriptedCaptures, scriptedFiles } from './scripted-ports.ts';
import { scriptedSteps } from './scripted-steps.ts';
import { makeTries, type Tries } from './tries.ts';
import { diskOf, Gone, processesOf, type VirtualProcess } from './virtual-process.ts';
import { WORLD } from './virtual-time.ts';

export interface LifeOf {
  readonly run: string;
  readonly plan: Plan;
  readonly hash: string;
  readonly inputs: JsonObject;
  readonly script: Script;
  readonly surroundings?: Partial<Surroundings>;
  /** Plans that earlier lives had in force, by hash. */
  readonly plans?: ReadonlyMap<string, Plan>;
}

/** In which manner it lives. */
export interface Manners {
  readonly takeover: boolean;
  /** It stays while only people can bring it on. */
  readonly stays: boolean;
  /** The plan is put on disk, under a hash that is its own. */
  readonly storesPlan: boolean;
  readonly syncMs: () => number;
  readonly lookMs: () => number;
  readonly lateMs: () => number;
  readonly twice: () => boolean;
}

/** Hears what the process does, at the moment at which it does it. */
export interface Watch {
  opened(process: VirtualProcess, epoch: number, reading: JournalReading | null, takeover: boolean): void;
  appended(process: VirtualProcess, records: readonly Recorded[]): void;
  published(process: VirtualProcess, record: Recorded): void;
  /** The plan that a record names is not on disk. */
  planMissing(hash: string): void;
  /** `signal` tells it to stop. */
  began(process: VirtualProcess, epoch: number, work: AttemptWork, signal: AbortSignal): void;
  answered(process: VirtualProcess, work: AttemptWork, answer: StepAnswer): void;
}

/** `finished` also where an earlier process has brought the run to its end. */
export type LifeEnd = DriveEnd | { readonly kind: 'refused'; readonly diagnostics: readonly Diagnostic[] };

export interface Life {
  readonly process: VirtualProcess;
  /** Null while it goes on. Of a process that is gone it stays null. */
  end(): LifeEnd | null;
  /** What it holds in memory; null before the run is open. */
  state(): Run | null;
  records(): readonly Recorded[];
  command(command: Command): void;
  post(event: RunEvent): void;
  pause(): void;
  kill(): void;
}

/** What stands of a life once the run is open. */
interface Open {
  readonly engine: Drive;
  readonly state: Run;
  readonly records: Recorded[];
}

export function beginLife(machine: Machine, process: VirtualProcess, of: LifeOf, how: Manners, watch: Watch): Life {
  const { time } = machine;
  let end: LifeEnd | null = null;
  let open: Open | null = null;
  const store = storeOf(machine, process, how);
  const start = async (): Promise<void> => {
    const taken = await take(store, process, of, how, watch);
    if (!taken.ok) {
      end = { kind: 'refused', diagnostics: taken.diagnostics };
      return;
    }
    const over = taken.reading?.records.at(-1);
    if (over?.type === 'run.finished') {
      await taken.writer.close().catch(() => {}); // it has its end, whatever becomes of the seal
      end = { kind: 'finished', event: over };
      return;
    }
    open = launch({ machine, process, of, how, watch, store }, taken);
    void open.engine.ended.then((result) => {
      end = result;
    });
  };
  start().catch((error: unknown) => {
    if (!(error instanceof Gone)) time.soon(WORLD, () => raise(error));
  });
  return {
    process,
    end: () => end,
    state: () => open?.state ?? null,
    records: () => open?.records ?? [],
    command: (command) => void open?.engine.command(command),
    post: (event) => open?.engine.post(event),
    pause: () => open?.engine.pause('SIGINT'),
    kill: () => open?.engine.kill(),
  };
}

function raise(error: unknown): never {
  throw error;
}

export function storeOf(
  { disk, time, processes }: Machine,
  process: VirtualProcess,
  { syncMs }: Pick<Manners, 'syncMs'>,
): FileStore {
  return createFileStore({
    folder: '/project/.giga',
    clock: time.clockOf(process),
    disk: diskOf(disk, process, time, syncMs),
    processes: processesOf(process, processes),
  });
}

type Taken =
  | { readonly ok: true; readonly writer: JournalWriter; readonly reading: JournalReading | null }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** A run that is not there is begun. */
async function take(
  store: FileStore,
  process: VirtualProcess,
  of: LifeOf,
  { takeover, storesPlan }: Manners,
  watch: Watch,
): Promise<Taken> {
  const opened = await store.open(of.run, { takeover });
  const isThere = opened.ok || !opened.diagnostics.some(({ code }) => code === 'RUN_NOT_FOUND');
  if (isThere && !opened.ok) return opened;
  const made = opened.ok ? null : await store.create(of.run);
  if (made !== null && !made.ok) return made;
  const writer = opened.ok ? opened.value.writer : (made as { readonly value: JournalWriter }).value; // one of both went well
  const reading = opened.ok ? opened.value.reading : null;
  watch.opened(process, writer.epoch, reading, takeover);
  const isBegun = reading !== null && reading.records.length > 0;
  const missing = (): void => (isBegun ? watch.planMissing(of.hash) : undefined);
  const refused = storesPlan ? await storePlan(store, of, missing) : null;
  if (refused !== null) {
    await writer.close().catch(() => {});
    return { ok: false, diagnostics: [refused] };
  }
  return { ok: true, writer, reading };
}

/** Looks first whether it is there; a disk that fails meanwhile refuses the run. */
async function storePlan(store: FileStore, { hash, plan }: LifeOf, missing: () => void): Promise<Diagnostic | null> {
  try {
    if ((await store.getPlan(hash)) === null) missing();
    await store.putPlan(hash, plan as unknown as Json); // a Plan is plain JSON
    return null;
  } catch (error) {
    if (error instanceof JournalFailure) return error.diagnostic;
    throw error;
  }
}

interface Parts {
  readonly machine: Machine;
  readonly process: VirtualProcess;
  readonly of: LifeOf;
  readonly how: Manners;
  readonly watch: Watch;
  readonly store: FileStore;
}

function launch(parts: Parts, { writer, reading }: Taken & { readonly ok: true }): Open {
  const { machine, process, of, how, watch } = parts;
  const { time, claims } = machine;
  const { script } = of;
  const before = reading?.records ?? [];
  const surroundings: Surroundings = { plans: new Map(of.plans).set(of.hash, of.plan), ...of.surroundings };
  const state = before.length > 0 ? fold(surroundings, before) : newRun(surroundings);
  const records: Recorded[] = [...before];
  const tries = makeTries(before);
  const scripted = { script, time, owner: process, lookMs: how.lookMs };
  const files = scriptedFiles(scripted);
  const engine = drive({
    state,
    journal: watched(writer, (made) => {
      records.push(...made);
      for (const record of made) tries.add(record);
      watch.appended(process, made);
    }),
    clock: time.clockOf(process),
    soon: (then) => time.soon(process, then),
    mask: noMask,
    steps: scriptedSteps({
      script: { ...script, attempt: (work) => script.attempt(counted(work, tries)) },
      time,
      owner: process,
      began: (work, signal) => {
        process.moment();
        watch.began(process, writer.epoch, work, signal);
      },
      ended: (work, answer) => watch.answered(process, work, answer),
      lateMs: how.lateMs,
      twice: how.twice,
    }),
    captures: scriptedCaptures(scripted),
    files,
    claims: claims.claimsOf(process, doneIn(before, of.run)),
    artifacts: noArtifacts,
    cache: emptyCache,
    run: { id: of.run, folder: `/project/.giga/runs/${of.run}/logs`, root: '/project' },
    publish: (record) => watch.published(process, record),
    asked: (work) => play(world, work),
    stays: how.stays,
    progress: () => {},
  });
  const world = { time, owner: process, script, engine, state, files };
  for (const event of opening(state, parts)) engine.post(event);
  sendSignals(world, before);
  return { engine, state, records };
}

/** What a process writes first: of a new run, or of one that another process left. */
function opening(state: Run, { process, of }: Parts): readonly RunEvent[] {
  const { run, plan, hash, inputs } = of;
  const opened: RunEvent = { type: 'run.opened', host: 'virtual', giga: 'virtual', pid: process.pid };
  const isNew = state.status === 'new';
  const workflow = { name: plan.name, file: plan.file };
  const decision = decide(
    state,
    isNew ? { kind: 'start', run, plan: hash, inputs, trigger: 'test', workflow } : { kind: 'resume', plan: hash },
  );
  if (!decision.ok) throw new Error(`The run was refused: ${decision.diagnostic.code} ${decision.diagnostic.message}`);
  return isNew ? [...decision.events, opened] : [opened, ...decision.events];
}

function counted(work: AttemptWork, tries: Tries): AttemptWork {
  return { ...work, attempt: tries.of(work) };
}

function watched(writer: JournalWriter, appended: (records: readonly Recorded[]) => void): JournalWriter {
  return {
    epoch: writer.epoch,
    get durableUpTo() {
      return writer.durableUpTo;
    },
    append: (events) => {
      const records = writer.append(events);
      if (records.length > 0) appended(records);
      return records;
    },
    synced: (seq) => writer.synced(seq),
    close: () => writer.close(),
  };
}
