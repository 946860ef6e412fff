/** A run from its journal. Knows no engine. */

import type { Recorded } from './event.ts';
import { evolve } from './evolve.ts';
import { newRun, type Run, type Surroundings } from './run.ts';
import { counting } from './voids.ts';

/** Folds the records that count: those that the last `run.rewound` makes void are left out. */
export function fold(surroundings: Surroundings, records: readonly Recorded[]): Run {
  const run = newRun(surroundings);
  run.replaying = true;
  run.memory = new Map();
  for (const record of counting(records)) evolve(run, record);
  run.replaying = false;
  return run;
}
