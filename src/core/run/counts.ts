/** How many steps ended how, for verdicts and footers. Knows no nodes. */
import type { StepResult } from './event.ts';

/** Steps by result; one whose failure is allowed stands under `allowed` only. */
export type Counts = Record<StepResult | 'allowed', number>;

export function noCounts(): Counts {
  return { succeeded: 0, kept: 0, failed: 0, skipped: 0, cancelled: 0, allowed: 0 };
}

const NAMES = Object.keys(noCounts()) as (keyof Counts)[]; // the keys of a Counts are its names

/** Adds `by` times the `more` to `counts`. */
export function addCounts(counts: Counts, more: Readonly<Counts>, by: 1 | -1 = 1): void {
  for (const name of NAMES) counts[name] += by * more[name];
}

/** What failed inside a step whose failure is allowed is allowed too. */
export function allowFailures(counts: Counts): number {
  const moved = counts.failed;
  counts.allowed += moved;
  counts.failed = 0;
  return moved;
}
