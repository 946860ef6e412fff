/** Counts tries as a user does: an attempt that was cut off, of which nobody knows the end, is no try of its own. Knows journals. */
import type { AttemptWork } from '../core/run/effect.ts';
import type { Path, Recorded } from '../core/run/event.ts';

export interface Tries {
  add(record: Recorded): void;
  /** Which try an attempt is, from 1. */
  of(work: Pick<AttemptWork, 'node' | 'attempt'>): number;
}

export function makeTries(before: readonly Recorded[]): Tries {
  /** By path: attempts that have begun, and those that have ended by themselves. */
  const counts = new Map<Path, { begun: number; ended: number }>();
  const at = (node: Path): { begun: number; ended: number } => {
    const known = counts.get(node) ?? { begun: 0, ended: 0 };
    counts.set(node, known);
    return known;
  };
  const tries: Tries = {
    add: (record) => {
      if (record.type === 'attempt.started' && record.attempt === 1) counts.delete(record.node); // what is around is tried anew
      if (record.type === 'attempt.started') at(record.node).begun++;
      else if (record.type === 'attempt.ended' && record.outcome !== 'interrupted') at(record.node).ended++;
    },
    of: ({ node, attempt }) => {
      const { begun, ended } = at(node);
      return Math.max(1, attempt - Math.max(0, begun - 1 - ended));
    },
  };
  for (const record of before) tries.add(record);
  return tries;
}
