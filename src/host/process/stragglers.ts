/**
 * Finds processes that were left in a group whose leader lives on. Looks only at process ids that were given out since the last
 * look, so that a step which started nothing costs next to nothing. Needs `/proc`; knows no workers.
 */
import { existsSync, openSync, readdirSync, readSync } from 'node:fs';
import { currentPlatform } from '../platform/platform.ts';
import { processStat } from './group.ts';

export interface Stragglers {
  /** Whether there seem to be living processes in the group beside its leader. */
  has(leader: number): boolean;
}

/** More new ids than this, and a look at the whole table is cheaper. */
const MAX_IDS = 300;

export function createStragglers(): Stragglers {
  if (!currentPlatform().hasProc) return { has: () => false };
  const lastId = createLastId();
  /** By group, the processes that lived when they were looked at and do not lead it. */
  const seen = new Map<number, number[]>();
  let upTo = lastId();

  const note = (pid: number): void => {
    const stat = processStat(pid);
    if (stat === null || stat.group === pid) return;
    const known = seen.get(stat.group);
    if (known === undefined) seen.set(stat.group, [pid]);
    else known.push(pid);
  };
  const look = (): void => {
    const from = upTo;
    upTo = lastId();
    if (upTo >= from && upTo - from <= MAX_IDS) {
      for (let pid = from + 1; pid <= upTo; pid++) if (existsSync(`/proc/${pid}`)) note(pid);
      return;
    }
    seen.clear();
    for (const entry of readdirSync('/proc')) if (/^\d+$/.test(entry)) note(Number(entry));
  };
  return {
    has(leader) {
      look();
      const known = seen.get(leader);
      if (known === undefined) return false;
      seen.delete(leader);
      return known.some((pid) => existsSync(`/proc/${pid}`));
    },
  };
}

/** The id that the system gave out last: the fifth word of `/proc/loadavg`, read from one descriptor that stays open. */
function createLastId(): () => number {
  const fd = openSync('/proc/loadavg', 'r');
  const buffer = Buffer.alloc(100);
  return () => {
    const text = buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0));
    return Number(text.slice(text.lastIndexOf(' ') + 1));
  };
}
