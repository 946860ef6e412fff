/** A small, fast and seeded source of chance: the same seed gives the same numbers, on every machine. Knows no plans. */

export interface Chance {
  /** A whole number from 0 to below `n`. */
  below(n: number): number;
  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number;
  /** True once in `inN` times. */
  once(inN: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** Each member, once in `inN` times; in order. */
  some<T>(list: readonly T[], inN: number): readonly T[];
}

/** Mulberry32: one addition and a few multiplications for each number. */
export function makeChance(seed: number): Chance {
  let state = mixed(seed);
  const below = (n: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * n);
  };
  const once = (inN: number): boolean => below(inN) === 0;
  return {
    below,
    between: (min, max) => min + below(max - min + 1),
    once,
    pick: (list) => {
      const index = below(list.length);
      if (index >= list.length) throw new Error('Bug: nothing can be picked from an empty list');
      return list[index] as (typeof list)[number]; // the index is within the list
    },
    some: (list, inN) => list.filter(() => once(inN)),
  };
}

/** A seed that follows from another one and a text, so that what is named differently is independent. */
export function seedOf(seed: number, text: string): number {
  let hash = mixed(seed) ^ 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mixed(hash);
}

/** Seeds that stand beside each other give numbers that do not (the end of murmur3). */
function mixed(seed: number): number {
  let bits = Math.imul(seed ^ (seed >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
