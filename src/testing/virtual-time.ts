/**
 * Time that passes only when nothing is left to do at the present moment: a machine's clocks, and what is to happen on it and when.
 * Whatever belongs to a process that is gone never happens; while a process stands still, it waits. Knows no engine.
 */
import type { Clock } from '../core/ports.ts';

/** Whose work it is. */
export interface Owner {
  readonly isAlive: boolean;
  readonly standsStill: boolean;
}

export interface VirtualTime {
  /** Since the machine began, ms. Never falls. */
  readonly nowMs: number;
  readonly wallMs: number;
  /** Sets the wall clock ahead, or back. */
  jump(ms: number): void;
  /** As soon as possible, in the order in which it was asked for. */
  soon(owner: Owner, then: () => void): void;
  /** After `delayMs`; the returned function takes it back. What the `world` does comes before what a process set a timer for. */
  after(owner: Owner, delayMs: number, then: () => void, by?: 'process' | 'world'): () => void;
  /** The clocks as a process reads them. */
  clockOf(owner: Owner): Clock;
  /** Lets the next thing happen; false when nothing is left that could. */
  step(): boolean;
}

interface Due {
  readonly owner: Owner;
  readonly ring: () => void;
  readonly atMs: number;
  /** By the wall clock; what comes first counts, as on a machine that may sleep. */
  readonly atWallMs: number;
  readonly rank: number;
}

/** The world itself: always there. */
export const WORLD: Owner = { isAlive: true, standsStill: false };

export function virtualTime(beginningMs: number): VirtualTime {
  let ready: { readonly owner: Owner; readonly ring: () => void }[] = [];
  const timers = new Set<Due>();
  let nowMs = 0;
  let offsetMs = beginningMs;

  const takeReady = (): boolean => {
    for (let at = 0; at < ready.length; at++) {
      const task = ready[at];
      if (task === undefined || (task.owner.isAlive && task.owner.standsStill)) continue;
      ready.splice(at--, 1);
      if (!task.owner.isAlive) continue;
      task.ring();
      return true;
    }
    return false;
  };
  const earliest = (): Due | null => {
    let first: Due | null = null;
    let firstMs = Number.POSITIVE_INFINITY;
    for (const timer of timers) {
      if (!timer.owner.isAlive) timers.delete(timer);
      else if (!timer.owner.standsStill) {
        const atMs = dueMs(timer);
        if (first !== null && (atMs > firstMs || (atMs === firstMs && timer.rank >= first.rank))) continue;
        first = timer;
        firstMs = atMs;
      }
    }
    return first;
  };
  const dueMs = ({ atMs, atWallMs }: Due): number => Math.max(nowMs, Math.min(atMs, atWallMs - offsetMs));
  const time: VirtualTime = {
    get nowMs() {
      return nowMs;
    },
    get wallMs() {
      return offsetMs + nowMs;
    },
    jump: (ms) => {
      offsetMs += ms;
    },
    soon: (owner, then) => void ready.push({ owner, ring: then }),
    after: (owner, delayMs, then, by = 'process') => {
      const wait = Math.max(0, delayMs);
      const timer = {
        owner,
        ring: then,
        atMs: nowMs + wait,
        atWallMs: offsetMs + nowMs + wait,
        rank: by === 'world' ? 0 : 1,
      };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    clockOf: (owner) => ({
      wallMs: () => offsetMs + nowMs,
      monotonicMs: () => nowMs,
      after: (delayMs, then) => time.after(owner, delayMs, then),
    }),
    step: () => {
      if (takeReady()) return true;
      const timer = earliest();
      if (timer === null) return false;
      nowMs = dueMs(timer);
      timers.delete(timer);
      timer.ring();
      return true;
    },
  };
  return time;
}

/** Resolves when every promise that can go on by itself has: then nothing happens but by the next step. */
export function atRest(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
