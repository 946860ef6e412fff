/** Keeps workers for quick scripts, as many as are needed at once. One is opened when none is idle, and replaced when it is not to be trusted. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Mask } from '../../core/ports.ts';
import type { Environment, ProcessEnd, ProcessSpec, StopSignals } from '../../core/process.ts';
import type { FindProgram } from '../process/find-program.ts';
import { handedVariables } from '../process/handed-files.ts';
import { logPath, removeFile } from '../process/logs.ts';
import { stoppedBeforeStart } from '../process/run-process.ts';
import { createStragglers } from '../process/stragglers.ts';
import type { Tails } from '../process/tails.ts';
import { fitsEnvironment } from './fits.ts';
import type { Job } from './frame.ts';
import { jobOf, runJob, runPlain } from './job.ts';
import { openWorker, removeScratch, type Worker } from './worker.ts';

/** How the names of the workers' own files begin; then the process id of giga. */
const SCRATCH = '.worker-';

export interface WorkerPool {
  /** Does a step in a worker, in the way that fits it; null if it must have a process of its own after all. */
  run(spec: ProcessSpec, kind: Job['kind'], signals: StopSignals): Promise<ProcessEnd | null>;
  close(): void;
}

export interface PoolOptions {
  /** Absolute path of bash, or null. */
  readonly bash: string | null;
  readonly find: FindProgram;
  readonly mask: Mask;
  readonly tails: Tails;
}

/** What all jobs of a pool share: workers are opened for the first environment and folder that come, others get their own shells. */
interface Home {
  readonly environment: Environment;
  readonly folder: string;
  /** What was there before: logs of a crashed attempt of the same name are removed before its next. */
  readonly stale: ReadonlySet<string>;
}

export function createWorkerPool(options: PoolOptions): WorkerPool {
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  let home: Home | null = null;
  const tools = { mask: options.mask, tails: options.tails, stragglers: createStragglers() };
  let isUsable = options.bash !== null;

  /** Who waits for a worker, in order. */
  const waiting: ((worker: Worker | null) => void)[] = [];
  let isOpening = false;

  const open = async ({ environment, folder }: Home): Promise<Worker | null> => {
    const scratch = join(folder, `${SCRATCH}${process.pid}-${randomBytes(4).toString('hex')}`);
    const worker = await openWorker({ bash: options.bash ?? '', environment, scratch });
    if (worker === null) isUsable = false;
    else if (isUsable) all.add(worker);
    else discard(worker);
    return isUsable ? worker : null;
  };
  /** One after the other, as long as somebody waits: each costs giga some milliseconds, in which others get on already. */
  const openNext = async (at: Home): Promise<void> => {
    if (isOpening || waiting.length === 0) return;
    isOpening = true;
    const worker = await open(at);
    isOpening = false;
    if (worker === null) for (const hand of waiting.splice(0)) hand(null);
    else release(worker);
    void openNext(at); // it never rejects
  };
  const discard = (worker: Worker): void => {
    all.delete(worker);
    worker.end();
    removeScratch(worker.scratch);
  };
  const release = (worker: Worker): void => {
    if (!worker.isAlive) return discard(worker);
    const next = waiting.shift();
    if (next === undefined) idle.push(worker);
    else next(worker);
  };
  const takeIdle = (): Worker | undefined => {
    for (let worker = idle.pop(); worker !== undefined; worker = idle.pop()) {
      if (worker.isAlive) return worker;
      discard(worker);
    }
    return undefined;
  };
  const take = async (at: Home): Promise<Worker | null> => {
    const worker = takeIdle();
    if (worker !== undefined) return worker;
    const handed = new Promise<Worker | null>((hand) => waiting.push(hand));
    void openNext(at);
    return handed;
  };

  /** Plain commands share one worker, one after the other: each is done before a second worker could take it. */
  let lane: Promise<Worker | null> | null = null;
  let inLane = 0;
  const enterLane = (at: Home): Promise<Worker | null> => {
    inLane++;
    return (lane ??= take(at));
  };
  const leaveLane = (worker: Worker | null): void => {
    if (--inLane > 0) return;
    lane = null;
    if (worker !== null) release(worker);
  };
  const runInLane = async (at: Home, job: Job, spec: ProcessSpec, signals: StopSignals): Promise<ProcessEnd | null> => {
    const worker = await enterLane(at);
    const end = worker === null ? null : await runPlain(worker, job, spec, signals, tools);
    leaveLane(worker);
    return end;
  };

  return {
    async run(spec, kind, signals) {
      home ??= fitsEnvironment(spec.environment) ? homeOf(spec) : null;
      if (!isUsable || home === null || spec.environment !== home.environment || spec.log.folder !== home.folder)
        return null;
      const job = jobOf(spec, kind, options.find);
      if (job === null) return null;
      removeStale(home, spec);
      if (signals.stop.aborted) return stoppedBeforeStart();
      if (kind === 'plain') return runInLane(home, job, spec, signals);
      const worker = await take(home);
      if (worker === null) return null;
      if (signals.stop.aborted) {
        release(worker);
        return stoppedBeforeStart();
      }
      const end = await runJob(worker, job, spec, signals, tools);
      release(worker);
      return end;
    },
    close() {
      isUsable = false;
      for (const worker of all) discard(worker);
      for (const hand of waiting.splice(0)) hand(null);
      idle.length = 0;
    },
  };
}

function homeOf(spec: ProcessSpec): Home | null {
  try {
    const { folder } = spec.log;
    mkdirSync(folder, { recursive: true });
    const names = readdirSync(folder);
    for (const name of names) if (isAbandoned(name)) removeFile(join(folder, name));
    return { environment: spec.environment, folder, stale: new Set(names) };
  } catch {
    return null; // the spawn that follows says what is wrong with the folder
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A worker's file whose giga was killed. */
function isAbandoned(name: string): boolean {
  const [, pid] = /^\.worker-(\d+)-/.exec(name) ?? [];
  return pid !== undefined && !isRunning(Number(pid));
}

function removeStale(home: Home, spec: ProcessSpec): void {
  if (home.stale.size === 0) return;
  for (const path of [logPath(spec.log, 'out'), logPath(spec.log, 'err'), ...Object.values(handedVariables(spec))]) {
    if (home.stale.has(path.slice(home.folder.length + 1))) removeFile(path);
  }
}
