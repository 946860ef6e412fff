/** Tells a failing seed so that a person can see what happened, and makes it smaller first. Knows no command line. */
import { showCase } from './show-case.ts';
import { smallerCases } from './shrink.ts';
import { type SeedLived, simulateCase } from './simulate-seed.ts';
import type { Trouble, Troubles } from './trouble.ts';

/** Cases that are tried at most. */
const MOST_TRIES = 3_000;
const LAST_RECORDS = 25;

/** A smaller life with the same trouble, or less of it, that breaks the same rule. */
export async function shrinkLife(lived: SeedLived): Promise<SeedLived> {
  const broken = lived.violations[0]?.invariant;
  let small = lived;
  for (let tries = 0; tries < MOST_TRIES; ) {
    let found: SeedLived | null = null;
    for (const [one, troubles] of smallerLives(small)) {
      const life = await simulateCase(one, troubles, lived.case.seed).catch(() => null); // no plan any more
      if (life?.violations.some(({ invariant }) => invariant === broken)) found = life;
      if (++tries >= MOST_TRIES || found !== null) break;
    }
    if (found === null) return small;
    small = found;
  }
  return small;
}

function* smallerLives({ case: one, troubles }: SeedLived): Iterable<readonly [SeedLived['case'], Troubles]> {
  for (const fewer of fewerTroubles(troubles)) yield [one, fewer];
  for (const smaller of smallerCases(one)) yield [smaller, troubles];
}

function* fewerTroubles(troubles: Troubles): Iterable<Troubles> {
  const { lives } = troubles;
  if (troubles.shortWrites) yield { ...troubles, shortWrites: false };
  for (const [index, life] of lives.entries()) {
    if (lives.length > 1) yield { ...troubles, lives: lives.toSpliced(index, 1) };
    for (const calmer of calmerLives(life)) yield { ...troubles, lives: lives.with(index, calmer) };
  }
}

function* calmerLives(life: Trouble): Iterable<Trouble> {
  const { blows, leaves, lateMs, lookMs, syncMs, twice } = life;
  for (const index of blows.keys()) yield { ...life, blows: blows.toSpliced(index, 1) };
  if (leaves) yield { ...life, leaves: false };
  if (twice) yield { ...life, twice: false };
  if (lateMs > 0) yield { ...life, lateMs: 0 };
  if (lookMs > 0) yield { ...life, lookMs: 0 };
  if (syncMs > 0) yield { ...life, syncMs: 0 };
}

export function tellFailure({ violations, case: one, troubles, records, lives }: SeedLived): string {
  const last = records.slice(-LAST_RECORDS).map((record) => `  ${JSON.stringify(record)}`);
  return [
    ...violations.slice(0, 5).map(({ invariant, detail }) => `${invariant}: ${detail}`),
    '',
    showCase(one),
    `trouble (${lives} processes):`,
    ...troubles.lives.map((life) => `  ${JSON.stringify(life)}`),
    `the last records of ${records.length}:`,
    ...last,
  ].join('\n');
}
