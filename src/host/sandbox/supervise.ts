/** Runs one command line to its end, within bounds of time, output and processes, and ends all that it started. Knows no mounts. */
import { type ChildProcess, spawn } from 'node:child_process';
import { getPriority, setPriority } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { Mask } from '../../core/ports.ts';
import type { SandboxEnd } from '../../core/sandbox.ts';
import { errorCode } from '../files.ts';
import { signalExitCode } from '../platform/signals.ts';
import { processStat, signalGroup } from '../process/group.ts';
import { stopLeftovers } from '../process/leftovers.ts';
import { processesBeside, takesMore } from './load.ts';
import { keepOutput } from './output.ts';

export interface Supervised {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly maxOutput: number;
  readonly timeoutMs: number;
  readonly mask: Mask;
  /** It tells on descriptor 3, as bubblewrap does, which process is the first inside; more than this inside ends it. */
  readonly bounds?: { readonly processes: number; readonly memory: number };
}

const WATCH_MS = 100;
/** Pipes that someone outside of the group holds open are not waited for longer. */
const DRAIN_MS = 2_000;
const LOOK_MS = 5;
const NICER = 5;
const KILL_AFTER_MS = 500;
const GONE_MS = 10_000;

type Why = 'timed-out' | 'overran' | 'outgrew' | 'stopped';

/** Never rejects. */
export async function supervise(command: Supervised, signal: AbortSignal): Promise<SandboxEnd> {
  const { mask, maxOutput } = command;
  const out = keepOutput(maxOutput, mask);
  const err = keepOutput(maxOutput, mask);
  if (signal.aborted) return { kind: 'stopped', code: signalExitCode('SIGKILL'), stdout: out.end(), stderr: err.end() };
  const started = await startOne(command);
  if ('code' in started) return { kind: 'refused', diagnostic: started };
  const { child, pid } = started;
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const inside = firstInside(child);
  let why: Why | null = null;
  const end = (reason: Why): void => {
    why ??= reason;
    signalGroup(pid, 'SIGKILL');
    const first = inside.pid();
    if (first !== null) killQuietly(first);
  };
  const timer = setTimeout(() => end('timed-out'), command.timeoutMs);
  const { bounds } = command;
  const look = (): void => {
    const why = bounds === undefined ? null : excess(inside.pid(), bounds);
    if (why !== null) end(why);
  };
  const watch = bounds === undefined ? null : setInterval(look, WATCH_MS);
  const onAbort = (): void => end('stopped');
  signal.addEventListener('abort', onAbort, { once: true });
  const { code, by } = await new Promise<{ code: number | null; by: NodeJS.Signals | null }>((resolve) =>
    child.once('exit', (exit, signalled) => resolve({ code: exit, by: signalled })),
  );
  clearTimeout(timer);
  if (watch !== null) clearInterval(watch);
  signal.removeEventListener('abort', onAbort);
  await Promise.all([stopLeftovers(pid), gone(inside)]);
  await drained(child, closed);
  const exit = by === null ? (code ?? 0) : signalExitCode(by);
  return { kind: why ?? 'exited', code: exit, stdout: out.end(), stderr: err.end() };
}

/** What there is too much of inside, if anything. */
function excess(first: number | null, bounds: NonNullable<Supervised['bounds']>): 'overran' | 'outgrew' | null {
  if (first === null) return null;
  const pids = processesBeside(first);
  if (pids.length > bounds.processes) return 'overran';
  return takesMore(first, pids, bounds.memory) ? 'outgrew' : null;
}

async function startOne({ file, args, cwd, env, bounds }: Supervised) {
  const tells = bounds === undefined ? [] : ['pipe' as const];
  try {
    const stdio = ['ignore' as const, 'pipe' as const, 'pipe' as const, ...tells];
    const child = spawn(file, [...args], { cwd, env, stdio, detached: true });
    child.on('error', () => {}); // a failed start is told below, a failed kill does not matter
    if (child.pid !== undefined) {
      if (bounds !== undefined) yieldTo(child.pid);
      return { child, pid: child.pid };
    }
    const error = await new Promise<unknown>((resolve) => child.once('error', resolve));
    return notStarted(file, error);
  } catch (error) {
    return notStarted(file, error);
  }
}

/** Whatever it does, giga is to come to its turn, to end it. */
function yieldTo(pid: number): void {
  try {
    setPriority(pid, Math.min(19, getPriority() + NICER));
  } catch {
    // It is over already.
  }
}

function notStarted(file: string, error: unknown) {
  const message = `\`${file}\` could not be started: ${errorCode(error) ?? String(error)}.`;
  return problem('STEP_SANDBOX_FAILED', message);
}

interface Inside {
  /** Seen from outside; null while it is not told. */
  pid(): number | null;
  /** Resolves once it is told, or never will be. */
  readonly told: Promise<void>;
}

/** The first process inside. */
function firstInside(child: ChildProcess): Inside {
  let text = '';
  let pid: number | null = null;
  const stream = child.stdio[3];
  if (stream === null || stream === undefined || !('on' in stream)) return { pid: () => null, told: Promise.resolve() };
  stream.on('error', () => {}); // the other end is gone: the same as its end
  const told = new Promise<void>((resolve) => {
    stream.once('close', () => resolve());
    stream.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString('utf8')).slice(0, 4_096);
      pid = Number(/"child-pid"\s*:\s*(\d+)/.exec(text)?.[1] ?? Number.NaN) || null;
      if (pid !== null) resolve();
    });
  });
  return { pid: () => pid, told };
}

/** The first process inside is over when all others inside are: the system sees to that, a moment after bubblewrap itself has ended. */
async function gone(inside: Inside): Promise<void> {
  await Promise.race([inside.told, pause(DRAIN_MS, undefined, { ref: false })]);
  const first = inside.pid();
  if (first === null) return;
  for (let waited = 0; waited < GONE_MS; waited += LOOK_MS) {
    const state = processStat(first)?.state;
    if (state === undefined || state === 'Z' || state === 'X') return;
    if (waited === KILL_AFTER_MS) killQuietly(first);
    await pause(LOOK_MS);
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone, which is what is wanted.
  }
}

async function drained(child: ChildProcess, closed: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, DRAIN_MS);
  });
  await Promise.race([closed, patience]);
  clearTimeout(timer);
  for (const stream of child.stdio) stream?.destroy();
}
