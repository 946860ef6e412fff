/** Lets calls of models wait for their turn, by a limiter and a clock. Decides nothing itself. */
import { createLimiter, type SetLimits } from '../../core/claude/limiter.ts';
import type { Turn, TurnTaker, TurnWaits } from '../../core/claude/turn-taker.ts';
import type { Clock } from '../../core/ports.ts';

interface Waiting {
  readonly grant: () => void;
  readonly waits: TurnWaits;
}

/** Who waits is told no oftener. */
const TELL_EVERY_MS = 1_000;

export function createTurns(limits: SetLimits, clock: Clock): TurnTaker {
  const limiter = createLimiter(limits);
  const waiting = new Map<number, Waiting>();
  let last = 0;
  let takeBack: (() => void) | null = null;
  let toldMs = Number.NEGATIVE_INFINITY;

  /** After all that happens: lets go who may, and looks again when the next one may. */
  function look(): void {
    const now = clock.monotonicMs();
    const { granted, againAtMs } = limiter.next(now);
    for (const id of granted) waiting.get(id)?.grant();
    takeBack?.();
    takeBack = againAtMs === null || waiting.size === 0 ? null : clock.after(Math.max(1, againAtMs - now), look);
    if (waiting.size === 0 || now - toldMs < TELL_EVERY_MS) return;
    toldMs = now;
    let before = 0;
    for (const { waits } of waiting.values()) waits(againAtMs === null ? null : againAtMs - now, before++);
  }

  function turnOf(id: number): Turn {
    return {
      hear(levels) {
        limiter.hear(id, levels, clock.monotonicMs());
        look();
      },
      pushBack(levels, push) {
        limiter.pushBack(id, levels, push, clock.monotonicMs());
        look();
      },
      end(used) {
        limiter.end(id, used);
        look();
      },
    };
  }

  return {
    take(ask, signal, waits) {
      return new Promise((resolve) => {
        if (signal.aborted) return resolve(null);
        const id = ++last;
        const done = (turn: Turn | null): void => {
          waiting.delete(id);
          signal.removeEventListener('abort', giveUp);
          resolve(turn);
        };
        const giveUp = (): void => {
          limiter.withdraw(id);
          done(null);
          look();
        };
        signal.addEventListener('abort', giveUp, { once: true });
        waiting.set(id, { grant: () => done(turnOf(id)), waits });
        limiter.ask(id, ask);
        look();
      });
    },
  };
}
