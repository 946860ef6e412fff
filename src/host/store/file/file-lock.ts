/** Keeps a short piece of work on one file to one process at a time. For caches: a lock left by the dead is broken. Knows no runs. */
import { setTimeout as wait } from 'node:timers/promises';
import { type Disk, errorCode, placeFile, removeQuietly, temporaryName } from '../../files.ts';
import { type Processes, parseHolder } from './holder.ts';

const WAIT_LIMIT_MS = 1000;
const LOOK_AGAIN_MS = 10;

/** Does `work` while holding the lock at `path`; null when it was not to be had within a second. */
export async function whileLocked<T>(
  disk: Disk,
  processes: Processes,
  path: string,
  work: () => Promise<T>,
): Promise<{ readonly value: T } | null> {
  const mine = Buffer.from(JSON.stringify(processes.self()));
  for (let waitedMs = 0; !placeFile(disk, path, mine); waitedMs += LOOK_AGAIN_MS) {
    if (waitedMs >= WAIT_LIMIT_MS) return null;
    breakDeadLock(disk, processes, path);
    await wait(LOOK_AGAIN_MS);
  }
  try {
    return { value: await work() };
  } finally {
    removeQuietly(disk, path);
  }
}

/** Moves the lock aside before it goes: if a living one was moved by mistake, it is put back. */
function breakDeadLock(disk: Disk, processes: Processes, path: string): void {
  if (!isDead(disk, processes, path)) return;
  const aside = temporaryName(path);
  try {
    disk.rename(path, aside);
    if (!isDead(disk, processes, aside)) disk.link(aside, path);
  } catch (error) {
    if (errorCode(error) === null) throw error; // another one was quicker
  } finally {
    removeQuietly(disk, aside);
  }
}

function isDead(disk: Disk, processes: Processes, path: string): boolean {
  try {
    const holder = parseHolder(JSON.parse(Buffer.from(disk.read(path)).toString()));
    return holder === null || processes.liveness(holder) === 'dead';
  } catch (error) {
    return error instanceof SyntaxError;
  }
}
