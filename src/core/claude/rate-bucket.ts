/**
 * How much of a limit a provider has left for us, from what it says with each answer. Answers come in another order than the one in which
 * they were counted, so the least that may be true is taken. Knows no queue and no clock.
 */

import { known } from '../known.ts';

/** One limit, as a provider tells it with an answer. */
export interface Level {
  readonly limit: number;
  readonly remaining: number;
  /** Until nothing of it is used any more, in ms from when it was heard. */
  readonly fullInMs: number;
}

/** When a call was sent and heard of, counted over both: not times, but what came before what. */
export interface Heard {
  readonly sent: number;
  readonly heard: number;
}

interface Told extends Heard {
  readonly limit: number;
  readonly left: number;
  readonly atMs: number;
  readonly fullAtMs: number;
}

export interface Bucket {
  /** `oldest`: when the oldest call was sent that nobody has heard of yet. */
  hear(level: Level, heard: Heard, oldest: number, nowMs: number): void;
  /** Something was used of which no answer has told. */
  use(amount: number): void;
  /** When there is room for so much beside what is pending; infinite where that has to come in first. More than the whole counts as the whole. */
  roomAtMs(amount: number, pending: number, nowMs: number): number;
  /** There was less than it said: it fills up all at once, and not little by little. */
  wasWrong(): void;
}

export function createBucket(): Bucket {
  let told: Told | null = null;
  /** When the latest call was sent of those that have told. */
  let latest = Number.NEGATIVE_INFINITY;
  let recent: readonly Told[] = [];
  let isGradual = true;

  function leftOf({ limit, left, atMs, fullAtMs }: Told, nowMs: number): number {
    if (nowMs >= fullAtMs) return limit;
    return isGradual ? left + ((limit - left) * (nowMs - atMs)) / (fullAtMs - atMs) : left;
  }

  return {
    hear({ limit, remaining, fullInMs }, { sent, heard }, oldest, nowMs) {
      const one: Told = { sent, heard, limit, left: remaining, atMs: nowMs, fullAtMs: nowMs + Math.max(0, fullInMs) };
      // Whatever was heard before the call was sent was counted before it; of the rest nobody knows what was counted last.
      const after = recent.filter((other) => other.heard > sent);
      const rivals = sent >= latest ? after : [known(told)];
      told = rivals.reduce((a, b) => (leftOf(b, nowMs) < leftOf(a, nowMs) ? b : a), one);
      latest = Math.max(latest, sent);
      recent = [...recent.filter((other) => other.heard > oldest), one];
    },
    use(amount) {
      if (told !== null) told = { ...told, left: told.left - amount };
    },
    roomAtMs(amount, pending, nowMs) {
      if (told === null) return nowMs;
      const { limit, left, atMs, fullAtMs } = told;
      const wanted = Math.min(amount, limit) + pending;
      if (leftOf(told, nowMs) >= wanted) return nowMs;
      if (wanted > limit) return Number.POSITIVE_INFINITY;
      return isGradual ? atMs + Math.ceil(((fullAtMs - atMs) * (wanted - left)) / (limit - left)) : fullAtMs;
    },
    wasWrong() {
      if (told !== null) isGradual = false;
    },
  };
}
