/**
 * Processes of steps whose giga was killed, and that go on without it. They are known by what every step is given: the variable
 * `GIGA_OUTPUT`, which lies in the folder of the run; a shell that was shared by its own file there. Needs `/proc`; knows no steps.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { currentPlatform } from '../platform/platform.ts';
import { processStat } from './group.ts';

/** From TERM to KILL, and how long what got KILL is waited for. */
const GRACE_MS = 5_000;
const GONE_MS = 2_000;
const LOOK_MS = 20;

/** Ends whatever still works for the run of this folder of logs, so that nothing of it happens beside what is begun now. Never rejects. */
export async function endOrphans(logFolder: string): Promise<void> {
  if (!currentPlatform().hasProc) return;
  if (await areGone(logFolder, 'SIGTERM', GRACE_MS)) return;
  await areGone(logFolder, 'SIGKILL', GONE_MS);
}

async function areGone(logFolder: string, signal: 'SIGTERM' | 'SIGKILL', withinMs: number): Promise<boolean> {
  const told = new Set<number>();
  const until = performance.now() + withinMs;
  for (;;) {
    const left = orphansOf(logFolder);
    if (left.length === 0) return true;
    for (const pid of left) if (!told.has(pid)) tell(pid, signal);
    for (const pid of left) told.add(pid);
    if (performance.now() >= until) return false;
    await pause(LOOK_MS);
  }
}

function tell(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone, which is what is wanted, or belongs to someone else.
  }
}

/** The living processes of a run, but for this one and those that it came from. */
export function orphansOf(logFolder: string): readonly number[] {
  const own = new Set(ancestry(process.pid));
  return readdirSync('/proc').flatMap((entry) => {
    const pid = Number(entry);
    const isOne = Number.isInteger(pid) && !own.has(pid) && worksFor(pid, logFolder);
    return isOne ? [pid] : [];
  });
}

function worksFor(pid: number, logFolder: string): boolean {
  const isMarked =
    partsOf(pid, 'environ').some((variable) => variable.startsWith(`GIGA_OUTPUT=${logFolder}/`)) ||
    partsOf(pid, 'cmdline').some((argument) => argument.startsWith(`${logFolder}/.worker-`));
  return isMarked && !['Z', 'X', undefined].includes(processStat(pid)?.state);
}

/** Its variables or arguments; none where it is gone, or someone else's. */
function partsOf(pid: number, what: 'environ' | 'cmdline'): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'latin1').split('\0');
  } catch {
    return [];
  }
}

function ancestry(pid: number): readonly number[] {
  const line: number[] = [];
  for (let at = pid; at > 1 && !line.includes(at); at = parentOf(at)) line.push(at);
  return line;
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0;
  }
}
