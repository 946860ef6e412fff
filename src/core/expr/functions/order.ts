/** What values can be put in order: numbers by size, texts by code unit, never a mixture. */
import type { ListValue } from '../value.ts';

export type Ranks = readonly number[] | readonly string[];

/** The values, if they are all numbers or all texts; null for anything else. */
export function ranksOf(values: ListValue): Ranks | null {
  if (values.every((value) => typeof value === 'number')) return values;
  return values.every((value) => typeof value === 'string') ? values : null;
}

/** For `sort`: negative if `a` comes first. NaN comes last, so that the order does not depend on where it stood. */
export function compareRanks(a: number | string, b: number | string): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}
