/** Who holds a run, and whether that process still lives. Knows this machine's processes, not locks or runs. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process, named so that another one with the same number is not taken for it. What the platform does not tell is null. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Clock ticks from boot to the start of the process. */
  readonly startTime: string | null;
  readonly boot: string | null;
  readonly pidNamespace: string | null;
}

/** `elsewhere`: another machine, boot or container, so that nobody here can tell. A stopped process is alive. */
export type Liveness = 'alive' | 'dead' | 'elsewhere';

export interface Processes {
  self(): Holder;
  liveness(holder: Holder): Liveness;
}

/** The processes of this machine. */
export function machineProcesses(): Processes {
  let own: Holder | null = null;
  const self = (): Holder => (own ??= describeSelf());
  return { self, liveness: (holder) => livenessOf(holder, self()) };
}

function describeSelf(): Holder {
  return describeProcess(process.pid);
}

/** A process of this machine, so that it can be told from a later one with the same number. */
export function describeProcess(pid: number): Holder {
  return {
    pid,
    host: hostname(),
    startTime: processStat(pid)?.startTime ?? null,
    boot: readOrNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: readOrNull(() => readlinkSync('/proc/self/ns/pid')),
  };
}

function livenessOf(holder: Holder, self: Holder): Liveness {
  const isHere =
    holder.boot === self.boot &&
    holder.pidNamespace === self.pidNamespace &&
    (holder.boot !== null || holder.host === self.host);
  if (!isHere) return 'elsewhere';
  if (!isRunning(holder.pid)) return 'dead';
  const stat = processStat(holder.pid);
  if (!stat) return 'alive'; // no /proc here, or it went away just now: the next look will tell
  const hasEnded = stat.state === 'Z' || stat.state === 'X';
  const isAnother = holder.startTime !== null && holder.startTime !== stat.startTime;
  return hasEnded || isAnother ? 'dead' : 'alive';
}

/** EPERM says that the process exists and belongs to somebody else. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Fields 3 and 22 of proc_pid_stat(5), counted behind the name, which may hold blanks and parentheses. */
function processStat(pid: number): { readonly state: string; readonly startTime: string } | null {
  const text = readOrNull(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? [];
  const [state, startTime] = [fields[0], fields[19]];
  return state && startTime ? { state, startTime } : null;
}

function readOrNull(read: () => string): string | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** A holder as it was written into a lock; null where that is damaged or torn. */
export function parseHolder(value: unknown): Holder | null {
  if (typeof value !== 'object' || value === null) return null;
  const { pid, host, startTime, boot, pidNamespace }: Partial<Record<keyof Holder, unknown>> = value;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0 || typeof host !== 'string') return null;
  return {
    pid,
    host,
    startTime: textOrNull(startTime),
    boot: textOrNull(boot),
    pidNamespace: textOrNull(pidNamespace),
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
