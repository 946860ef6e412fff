/** A run from its journal. Knows no engine. */

import type { Recorded } from './event.ts';
import { evolve } from './evolve.ts';
import { newRun, type Run, type Surroundings } from './run.ts';

/** Folds the records that count: those that the last `run.rewound` makes void are left out. */
export function fold(surroundings: Surroundings, records: readonly Recorded[]): Run {
  const run = newRun(surroundings);
  run.replaying = true;
  run.memory = new Map();
  for (const record of counting(records)) evolve(run, record);
  run.replaying = false;
  return run;
}

/** The records that count, in order. */
export function* counting(records: readonly Recorded[]): Iterable<Recorded> {
  const isVoid = voidIn(records);
  for (const record of records) if (!isVoid(record.seq)) yield record;
}

/** Whether a sequence number lies in the void ranges; the last rewind names the complete set. */
function voidIn(records: readonly Recorded[]): (seq: number) => boolean {
  const rewound = records.findLast((record) => record.type === 'run.rewound');
  if (rewound?.type !== 'run.rewound' || rewound.voids.length === 0) return () => false;
  const ranges = rewound.voids.toSorted(([a], [b]) => a - b);
  let at = 0; // records come in the order of their numbers, so the ranges are walked along with them
  return (seq) => {
    while ((ranges[at]?.[1] ?? Number.POSITIVE_INFINITY) < seq) at++;
    return seq >= (ranges[at]?.[0] ?? Number.POSITIVE_INFINITY);
  };
}
