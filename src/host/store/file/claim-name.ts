/**
 * One name that one holder has at a time, in a folder that all processes of a state folder share. Knows numbers and processes, not steps.
 *
 *     held.N       who took the name as the N-th; made once by `link`, and the greatest N counts
 *     held.N.free  it was given back
 *     wait.N       who stands in the queue; a hint for fairness, on which nothing rests
 *
 * Whoever finds the greatest `held.N` given back, or its process dead, makes `held.N+1`. Smaller ones are removed only by the
 * holder of a greater one, so whoever makes a number that was used before sees the greater one, and withdraws. Nobody is pushed
 * out by age.
 */
import { type Disk, errorCode, placeFile, removeQuietly } from '../../files.ts';
import { type Holder, type Processes, parseHolder } from './holder.ts';
import { numbersIn } from './layout.ts';

/** A file that says who is no longer than this. */
const WHO_BYTES = 4_096;

/** Who has a name, or wants it. */
export interface Who {
  readonly run: string;
  readonly node: string;
  readonly holder: Holder;
}
export type Claimant = Omit<Who, 'holder'>;

/** One name in its folder. All of it throws what the disk throws. */
export interface Name {
  readonly folder: string;
  /** Takes a place in the queue. */
  enter(who: Claimant): number;
  leave(place: number | null): void;
  /** Nobody who lives stands before the place. */
  isFirst(place: number): boolean;
  first(): Who | null;
  /** Takes the name; null when somebody has it. */
  take(who: Claimant): number | null;
  /** Who has it, null for nobody. */
  newest(): Who | null;
  giveBack(number: number): void;
}

export function nameOf(disk: Disk, processes: Processes, folder: string): Name {
  const path = (file: string): string => `${folder}/${file}`;
  const numbers = (kind: 'held' | 'wait'): number[] =>
    disk.exists(folder) ? numbersIn(disk.names(folder), `${kind}.`, '') : [];
  const bytesOf = (who: Claimant): Uint8Array => Buffer.from(JSON.stringify({ ...who, holder: processes.self() }));
  const isDead = ({ holder }: Who): boolean => processes.liveness(holder) === 'dead';
  /** What cannot be read was torn by a power loss, or has made way for a greater number, which will be met. */
  const isFree = (number: number, run: string): boolean => {
    if (disk.exists(path(`held.${number}.free`))) return true;
    const who = readWho(disk, path(`held.${number}`));
    return who === null || isDead(who) || isEarlierWriter(who, run, processes.self());
  };

  const isFirst = (place: number): boolean => {
    for (const number of numbers('wait')) {
      if (number >= place) break;
      const who = readWho(disk, path(`wait.${number}`));
      if (who !== null && !isDead(who)) return false;
      removeQuietly(disk, path(`wait.${number}`));
    }
    return true;
  };
  const clearBelow = (number: number): void => {
    for (const old of numbers('held')) {
      if (old >= number) return;
      removeQuietly(disk, path(`held.${old}`));
      removeQuietly(disk, path(`held.${old}.free`));
    }
  };
  return {
    folder,
    isFirst,
    enter(who) {
      disk.makeFolders(folder);
      for (;;) {
        const place = (numbers('wait').at(-1) ?? 0) + 1;
        if (placeFile(disk, path(`wait.${place}`), bytesOf(who))) return place;
      }
    },
    leave(place) {
      if (place !== null) removeQuietly(disk, path(`wait.${place}`));
    },
    first() {
      for (const number of numbers('wait')) {
        const who = readWho(disk, path(`wait.${number}`));
        if (who !== null) return who;
      }
      return null;
    },
    take(who) {
      disk.makeFolders(folder);
      const newest = numbers('held').at(-1) ?? 0;
      if (newest > 0 && !isFree(newest, who.run)) return null;
      const number = newest + 1;
      if (!placeFile(disk, path(`held.${number}`), bytesOf(who))) return null;
      if (numbers('held').at(-1) !== number) {
        removeQuietly(disk, path(`held.${number}`)); // the number was used before: somebody has a greater one
        return null;
      }
      clearBelow(number);
      return number;
    },
    newest() {
      const number = numbers('held').at(-1);
      return number === undefined || disk.exists(path(`held.${number}.free`))
        ? null
        : readWho(disk, path(`held.${number}`));
    },
    giveBack(number) {
      try {
        placeFile(disk, path(`held.${number}.free`), Buffer.from(''));
      } catch (error) {
        if (errorCode(error) === null) throw error; // who waits finds it free when this process has ended
      }
    },
  };
}

/** Whoever drives a run has taken it from who did before: what that one held for the run is the run's. */
function isEarlierWriter({ run, holder }: Who, own: string, self: Holder): boolean {
  return run === own && (holder.pid !== self.pid || holder.startTime !== self.startTime || holder.boot !== self.boot);
}

/** Null for what is gone, torn or no such file. */
function readWho(disk: Disk, path: string): Who | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(disk.readEnd(path, WHO_BYTES)).toString());
    if (typeof value !== 'object' || value === null) return null;
    const { run, node, holder }: Partial<Record<keyof Who, unknown>> = value;
    const parsed = parseHolder(holder);
    return typeof run === 'string' && typeof node === 'string' && parsed ? { run, node, holder: parsed } : null;
  } catch {
    return null;
  }
}
