import { expect, test } from 'vitest';
import { makeChance, seedOf } from '../../src/testing/chance.ts';

test('the same seed gives the same numbers, and another one others', () => {
  const numbers = (seed: number): readonly number[] => {
    const chance = makeChance(seed);
    return Array.from({ length: 20 }, () => chance.below(1_000));
  };
  expect(numbers(7)).toEqual(numbers(7));
  expect(numbers(7)).not.toEqual(numbers(8));
});

test('numbers are spread evenly, within their bounds', () => {
  const chance = makeChance(3);
  const counts = [0, 0, 0, 0, 0];
  for (let k = 0; k < 10_000; k++) {
    const at = chance.between(2, 6) - 2;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  expect(counts.reduce((sum, count) => sum + count)).toBe(10_000);
  for (const count of counts) expect(Math.abs(count - 2_000)).toBeLessThan(200);
  expect(makeChance(1).some([1, 2, 3, 4], 1)).toEqual([1, 2, 3, 4]);
});

test('what is picked from an empty list is a bug', () => {
  expect(() => makeChance(1).pick([])).toThrow('Bug');
});

test('seeds that follow from texts differ, also where the texts hardly do', () => {
  const seeds = ['a', 'b', 'ab', 'ba', 'a 1', 'a 2'].map((text) => seedOf(1, text));
  expect(new Set(seeds).size).toBe(seeds.length);
  expect(seedOf(1, 'a')).not.toBe(seedOf(2, 'a'));
});
