/** The machine's clock. Splits long waits, and looks at the wall clock too, so that a suspended laptop is on time when it wakes. */
import type { Clock } from '../core/ports.ts';

/** A platform timer holds 2^31-1 ms at most, and stands still while the machine sleeps: no single wait is longer than this. */
const LONGEST_WAIT_MS = 30_000;

/** What a clock is made of; tests bring their own. */
export interface TimeSource {
  wallMs(): number;
  monotonicMs(): number;
  /** One platform timer; the returned function takes it back. */
  timer(delayMs: number, then: () => void): () => void;
}

const machine: TimeSource = {
  wallMs: () => Date.now(),
  monotonicMs: () => {
    const [seconds, nanoseconds] = process.hrtime(); // `performance` would load a large module first
    return seconds * 1000 + nanoseconds / 1_000_000;
  },
  timer: (delayMs, then) => {
    const timer = setTimeout(then, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Due when either clock says so: the monotonic one may stand still in a sleep, the wall clock may be set back. */
export function createClock(source: TimeSource = machine): Clock {
  return {
    wallMs: () => source.wallMs(),
    monotonicMs: () => source.monotonicMs(),
    after: (delayMs, then) => after(source, delayMs, then),
  };
}

function after(source: TimeSource, delayMs: number, then: () => void): () => void {
  const dueMonotonic = source.monotonicMs() + delayMs;
  const dueWall = source.wallMs() + delayMs;
  let isOver = false;
  let takeBack: () => void;
  const look = (): void => {
    if (isOver) return;
    const leftMs = Math.min(dueMonotonic - source.monotonicMs(), dueWall - source.wallMs());
    if (leftMs > 0) {
      takeBack = source.timer(Math.min(Math.ceil(leftMs), LONGEST_WAIT_MS), look);
      return;
    }
    isOver = true;
    then();
  };
  takeBack = source.timer(Math.min(Math.max(0, Math.ceil(delayMs)), LONGEST_WAIT_MS), look);
  return () => {
    isOver = true;
    takeBack();
  };
}
