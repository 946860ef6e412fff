/** Which moments of a run a killed process is tried at: all of them, or a choice that a seed makes the same each time. Knows no rules. */
import type { Recorded } from '../core/run/event.ts';

/** The number of the last record that each process wrote before it was killed. */
export type KillPoint = readonly number[];

/** Records of which the next process must know more than that a step ran. */
const PLAIN: readonly Recorded['type'][] = ['attempt.started', 'attempt.ended', 'step.settled'];

/** Every record before the end of a run: from there on nothing is left to kill, though late news may follow. */
export function allPoints(journal: readonly Recorded[]): readonly number[] {
  const end = journal.findIndex(({ type }) => type === 'run.finished');
  return journal.slice(0, end < 0 ? journal.length : end).map(({ seq }) => seq);
}

/** So many of them: one half where groups, waits, races and the like are decided, the other from all, both evenly. */
export function choosePoints(journal: readonly Recorded[], most: number): readonly number[] {
  const all = allPoints(journal);
  if (all.length <= most) return all;
  const special = all.filter((seq) => !PLAIN.includes(journal[seq]?.type ?? 'run.created'));
  const chosen = new Set(evenly(special, Math.floor(most / 2)));
  const others = all.filter((seq) => !chosen.has(seq));
  for (const seq of evenly(others, most - chosen.size)) chosen.add(seq);
  return [...chosen].toSorted((a, b) => a - b);
}

function evenly(from: readonly number[], count: number): readonly number[] {
  if (from.length <= count) return from;
  return Array.from({ length: count }, (_, index) => from[Math.floor((index * from.length) / count)] ?? 0);
}

/** Numbers from 0 to below `bound`, the same for the same seed (mulberry32). */
export function chances(seed: number): (bound: number) => number {
  let state = seed | 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}
