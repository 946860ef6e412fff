/** Tells how far a run is: each step that settles, and signs of life while none does. Knows the protocol's rule that progress only grows. */
import type { Clock } from '../../core/ports.ts';
import type { Path } from '../../core/run/event.ts';

export interface Progress {
  /** Steps that have settled, and a fraction for each sign of life since the last one. */
  readonly done: number;
  /** Absent where there turn out to be more steps than the plan lets expect. */
  readonly total?: number;
  readonly message: string;
}

export interface Pulse {
  settled(path: Path, result: string): void;
  /** What a running step wrote last. */
  wrote(path: Path, line: string): void;
  stop(): void;
}

/** Clients give up on a server that is silent for a minute. */
const BEAT_MS = 15_000;
const RUNNING = 'running';

export function beginPulse(clock: Clock, expected: number, tell: (news: Progress) => void): Pulse {
  let done = 0;
  let beats = 0;
  let last = RUNNING;
  let takeBack = (): void => {};
  const say = (at: number, message: string): void =>
    tell({ done: at, ...(done <= expected && { total: expected }), message });
  const beat = (): void => {
    beats += 1;
    say(done + 1 - 1 / (beats + 1), last); // grows, and never reaches the next step
    again();
  };
  const again = (): void => {
    takeBack = clock.after(BEAT_MS, beat);
  };
  again();
  return {
    settled(path, result) {
      done += 1;
      beats = 0;
      last = RUNNING;
      takeBack();
      say(done, `${path}: ${result}`);
      again();
    },
    wrote(path, line) {
      last = `${path}: ${line}`;
    },
    stop: () => takeBack(),
  };
}
