/** Which records of a journal count: all but those that the last `run.rewound` makes void. Knows no events besides. */
import type { Recorded } from './event.ts';

export type Ranges = readonly (readonly [from: number, to: number])[];

/** The records that count, in order. */
export function* counting(records: readonly Recorded[]): Iterable<Recorded> {
  const isVoid = voidIn(records);
  for (const record of records) if (!isVoid(record.seq)) yield record;
}

/** The ranges that are void: the last rewind names the complete set. */
export function voidsOf(records: readonly Recorded[]): Ranges {
  const rewound = records.findLast((record) => record.type === 'run.rewound');
  return rewound?.type === 'run.rewound' ? rewound.voids : [];
}

/** Tells of records, asked in their order, whether they are void. */
export function voidIn(records: readonly Recorded[]): (seq: number) => boolean {
  const voids = voidsOf(records);
  if (voids.length === 0) return () => false;
  const ranges = voids.toSorted(([a], [b]) => a - b);
  let at = 0; // records come in the order of their numbers, so the ranges are walked along with them
  return (seq) => {
    while ((ranges[at]?.[1] ?? Number.POSITIVE_INFINITY) < seq) at++;
    return seq >= (ranges[at]?.[0] ?? Number.POSITIVE_INFINITY);
  };
}

/** With another range. */
export function withRange(voids: Ranges, from: number, to: number): Ranges {
  return [...voids.filter(([first, last]) => first < from || last > to), [from, to] as const].toSorted(
    ([a], [b]) => a - b,
  );
}
