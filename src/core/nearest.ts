/** Finds the name that someone most likely meant. Knows no language and no messages. */
import { known } from './known.ts';

/** Names longer than this are compared for equality without case only, and only so many are looked at: the answer is a courtesy. */
const MAX_LENGTH = 64;
const MAX_CANDIDATES = 5_000;

/** The candidate nearest to `word`, or null when none is near enough to be what was meant. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  let best: string | null = null;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  let looked = 0;
  for (const candidate of candidates) {
    if (++looked > MAX_CANDIDATES) break;
    const steps = distance(word.toLowerCase(), candidate.toLowerCase(), least);
    if (steps < least) {
      best = candidate;
      least = steps;
    }
  }
  return best;
}

/** The hint for a name that is not there: `` a step with a similar name exists: `build` ``; nothing when none is near. */
export function similarHint(what: string, word: string, candidates: Iterable<string>): { readonly hint?: string } {
  const found = nearest(word, candidates);
  return found === null ? {} : { hint: `${what} with a similar name exists: \`${found}\`` };
}

/** How many insertions, deletions, replacements or swaps of neighbours lead from one text to the other; `limit` when it is that many or more. */
function distance(a: string, b: string, limit: number): number {
  if (a === b) return 0;
  if (Math.abs(a.length - b.length) >= limit || Math.max(a.length, b.length) > MAX_LENGTH) return limit;
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      let steps = Math.min(
        known(above[column]) + 1,
        known(line[column - 1]) + 1,
        known(above[column - 1]) + (isSame ? 0 : 1),
      );
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (isSwap) steps = Math.min(steps, known(before[column - 2]) + 1);
      line.push(steps);
    }
    before = above;
    above = line;
  }
  return Math.min(known(above[b.length]), limit);
}
