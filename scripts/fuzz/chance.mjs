/** Chance from a seed (mulberry32): the same seed makes the same inputs, on every machine. */
export function chanceFrom(seed) {
  let state = seed >>> 0;
  const below = (n) => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n);
  };
  return { below, pick: (items) => items[below(items.length)] };
}
