/** One persistent bash: opened, given jobs, and ended. Knows frames and reports, not steps and not pools. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { Environment } from '../../core/process.ts';
import { signalGroup } from '../process/group.ts';
import { removeFile } from '../process/logs.ts';
import { frameOf, type Job, readReport } from './frame.ts';
import { WORKER_PROGRAM } from './program.ts';

export type JobEnd =
  /** The script ended; its files are left at `scratch`. */
  | { readonly kind: 'ended'; readonly status: number; readonly hasOut: boolean; readonly hasErr: boolean }
  | { readonly kind: 'no-cwd' }
  /** The worker is gone, or said something that it never says. */
  | { readonly kind: 'died' };

export interface Worker {
  readonly pid: number;
  /** Path of its two output files, without `.out` and `.err`. */
  readonly scratch: string;
  readonly isAlive: boolean;
  /** How many jobs were handed over and have not ended. */
  readonly busy: number;
  /** Hands over a job, done when those before it are; false if it does not fit into a frame. */
  give(job: Job, done: (end: JobEnd) => void): boolean;
  /** Ends it with everything in its process group. Its files stay. */
  end(): void;
}

export interface WorkerStart {
  /** Absolute path of bash. */
  readonly bash: string;
  readonly environment: Environment;
  readonly scratch: string;
}

/** Opens a worker; null if this bash, in this environment, cannot be one (too old, or it complains at its start). */
export function openWorker({ bash, environment, scratch }: WorkerStart): Promise<Worker | null> {
  const child = spawn(bash, ['--noprofile', '--norc', '-c', WORKER_PROGRAM, 'bash', scratch], {
    argv0: 'bash',
    cwd: '/',
    env: { ...environment, PWD: '/' },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  return new Promise((resolve) => {
    const { pid } = child;
    if (pid === undefined) {
      child.once('error', () => resolve(null));
      return;
    }
    const worker = createWorker(child, pid, scratch);
    let isQuiet = true;
    let signs = 2;
    const sign = (): void => {
      if (--signs > 0) return;
      if (isQuiet && worker.isAlive) resolve(worker);
      else {
        worker.end();
        removeScratch(scratch);
        resolve(null);
      }
    };
    child.stderr?.on('data', () => (isQuiet = false));
    child.stderr?.once('close', sign);
    worker.onReady(sign);
  });
}

/** Longer than any report is. */
const LONGEST_REPORT = 100;

type State =
  | { readonly kind: 'opening'; readonly ready: () => void }
  | { readonly kind: 'open' }
  | { readonly kind: 'dead' };

interface Handed {
  readonly id: number;
  readonly done: (end: JobEnd) => void;
  /** It could not enter its folder. */
  hasNoCwd: boolean;
}

function createWorker(
  child: ChildProcess,
  pid: number,
  scratch: string,
): Worker & { onReady(ready: () => void): void } {
  const reports = child.stdout as Readable & Socket; // a pipe of a child is a socket
  const frames = child.stdio[3] as Writable & Socket; // the fourth entry of stdio is a pipe that is written to
  let state: State = { kind: 'opening', ready: () => {} };
  /** In the order in which they will end. */
  const jobs: Handed[] = [];
  let lastId = 0;
  let rest = '';
  /** Frames that are written together, since the worker has enough to do. */
  let later = '';

  const die = (): void => {
    const before = state;
    if (before.kind === 'dead') return;
    state = { kind: 'dead' };
    signalGroup(pid, 'SIGKILL');
    reports.destroy();
    frames.destroy();
    child.unref();
    if (before.kind === 'opening') before.ready();
    for (const job of jobs.splice(0)) job.done({ kind: 'died' });
  };
  const hear = (line: string): void => {
    const report = readReport(line);
    const [job] = jobs;
    if (report?.kind === 'ready' && state.kind === 'opening') {
      const { ready } = state;
      state = { kind: 'open' };
      reports.unref();
      ready();
    } else if (report?.kind === 'ended' && job?.id === report.id) {
      jobs.shift();
      if (jobs.length === 0) reports.unref(); // a worker that has nothing to do does not keep giga alive
      job.done(job.hasNoCwd ? { kind: 'no-cwd' } : report);
    } else if (report?.kind === 'cwd' && job?.id === report.id) {
      job.hasNoCwd = true;
    } else {
      die();
    }
  };
  const writeLater = (): void => {
    const text = later;
    later = '';
    if (state.kind === 'open') frames.write(text);
  };

  reports.setEncoding('latin1').on('data', (text: string) => {
    rest += text;
    for (let at = rest.indexOf('\n'); at >= 0; at = rest.indexOf('\n')) {
      const line = rest.slice(0, at);
      rest = rest.slice(at + 1);
      hear(line);
    }
    if (rest.length > LONGEST_REPORT) die();
  });
  for (const stream of [reports, frames]) stream.on('error', die);
  reports.on('close', die);
  child.on('error', die).on('exit', die);
  frames.unref();
  child.unref();

  return {
    pid,
    scratch,
    get isAlive() {
      return state.kind !== 'dead';
    },
    get busy() {
      return jobs.length;
    },
    onReady(ready) {
      if (state.kind === 'opening') state = { kind: 'opening', ready };
      else ready();
    },
    give(job, done) {
      const id = (lastId + 1) % 1_000_000;
      const frame = frameOf(id, job);
      if (frame === null) return false;
      lastId = id;
      const isFirst = jobs.push({ id, done, hasNoCwd: false }) === 1;
      if (isFirst) {
        reports.ref();
        frames.write(frame);
      } else {
        if (later === '') setImmediate(writeLater);
        later += frame;
      }
      return true;
    },
    end: die,
  };
}

/** Removes the files of a worker that has ended, after what is in them was taken away. */
export function removeScratch(scratch: string): void {
  removeFile(`${scratch}.out`);
  removeFile(`${scratch}.err`);
}
