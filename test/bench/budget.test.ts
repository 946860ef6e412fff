/** The budget says which count grew, by how much and how to look, and does not judge what was recorded elsewhere. */
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';

interface Count {
  readonly value: number;
  readonly where?: string;
  readonly why: string;
}
interface Compare {
  compareCounts(
    counts: Readonly<Record<string, Count>>,
    budget: Readonly<Record<string, Omit<Count, 'why'>>>,
  ): Record<'over' | 'under' | 'unknown', string[]>;
}
const path = pathToFileURL('scripts/budget/compare.mjs').href;
const { compareCounts } = (await import(path)) as Compare; // a script is JavaScript

const bytes = (value: number): Record<string, Count> => ({ 'bytes of it': { value, why: 'look' } });

it('a count may grow by its headroom and no more', () => {
  const budget = { 'bytes of it': { value: 1000 } };
  expect(compareCounts(bytes(1050), budget)).toEqual({ over: [], under: [], unknown: [] });
  expect(compareCounts(bytes(1051), budget).over).toEqual([
    'bytes of it: 1051, 1000 when it was recorded (room for 50 more). Look with: look',
  ]);
  expect(compareCounts(bytes(949), budget).under).toEqual(['bytes of it: 949, 1000 when it was recorded']);
});

it('one more script, process or program is too many', () => {
  const name = 'scripts loaded by giga run';
  const counts = { [name]: { value: 2, why: 'look' } };
  expect(compareCounts(counts, { [name]: { value: 1 } }).over).toHaveLength(1);
});

it('what was recorded for another Node, or not at all, is no fault', () => {
  const counts = { 'modules of Node': { value: 99, where: 'node 24', why: 'look' } };
  expect(compareCounts(counts, { 'modules of Node': { value: 1, where: 'node 20' } })).toEqual({
    over: [],
    under: [],
    unknown: ['modules of Node: 99 is recorded for node 20, not node 24'],
  });
  expect(compareCounts(counts, {}).unknown).toEqual(['modules of Node: 99 is not recorded']);
});
