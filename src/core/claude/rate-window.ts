/** What was taken within the last minute of something that a person has limited, and when there will be room for more. Knows no clock. */

const WINDOW_MS = 60_000;

interface Taken {
  readonly id: number;
  readonly atMs: number;
  amount: number;
}

export interface RateWindow {
  /** When so much fits at the earliest: now, or later. More than the limit fits where nothing else is. */
  roomAtMs(amount: number, nowMs: number): number;
  take(id: number, amount: number, nowMs: number): void;
  /** It was another amount than was thought. */
  correct(id: number, amount: number): void;
}

export function createRateWindow(limit: number): RateWindow {
  const taken: Taken[] = [];
  let sum = 0;

  function forget(nowMs: number): void {
    const first = taken.findIndex(({ atMs }) => atMs + WINDOW_MS > nowMs);
    for (const { amount } of taken.splice(0, first < 0 ? taken.length : first)) sum -= amount;
  }

  return {
    roomAtMs(amount, nowMs) {
      forget(nowMs);
      let used = sum + Math.min(amount, limit);
      let at = nowMs;
      for (const one of taken) {
        if (used <= limit) break;
        used -= one.amount;
        at = one.atMs + WINDOW_MS;
      }
      return at;
    },
    take(id, amount, nowMs) {
      taken.push({ id, amount, atMs: nowMs });
      sum += amount;
    },
    correct(id, amount) {
      const one = taken.find((other) => other.id === id);
      if (one === undefined) return;
      sum += amount - one.amount;
      one.amount = amount;
    },
  };
}
