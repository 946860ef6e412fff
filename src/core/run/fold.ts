/** A run from its journal. Knows no engine. */

import type { Recorded } from './event.ts';
import { evolve } from './evolve.ts';
import { newRun, type Run, type Surroundings } from './run.ts';
import { noteSpend } from './spend.ts';
import { voidIn } from './voids.ts';

/**
 * Folds the records that count: those that the last `run.rewound` makes void are left out. What was spent is spent, and what was allowed
 * to be is allowed, whatever is undone.
 */
export function fold(surroundings: Surroundings, records: readonly Recorded[]): Run {
  const run = newRun(surroundings);
  run.replaying = true;
  run.memory = new Map();
  const isVoid = voidIn(records);
  for (const record of records) {
    if (!isVoid(record.seq) || record.type === 'budget.raised') evolve(run, record);
    else if (record.type === 'attempt.noted') noteSpend(run.spend, record);
  }
  run.replaying = false;
  return run;
}
