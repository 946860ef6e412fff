/** One seed: a random plan in a random world, with random trouble, lived through and judged. A seed and a commit say all of it. */
import { digest, type Json } from '../core/json.ts';
import { endOf } from '../sim/run-end.ts';
import type { Violation } from './journal-checks.ts';
import { type RandomCase, randomCase } from './random-plan.ts';
import { referenceEnd } from './reference.ts';
import { type Lived, liveThrough } from './simulation.ts';
import { leavesTheEnd, NO_TROUBLE, type Troubles, troublesOf } from './trouble.ts';

export interface SeedLived extends Lived {
  readonly case: RandomCase;
  readonly troubles: Troubles;
  /** Its end was compared with that of the reference. */
  readonly compared: boolean;
}

/** The plan is kept on disk in every so many seeds: it takes its time. */
const STORES_PLAN = 8;

export async function simulateSeed(seed: number): Promise<SeedLived> {
  return simulateCase(randomCase(seed), troublesOf(seed), seed);
}

export async function simulateCase(one: RandomCase, troubles: Troubles, seed: number): Promise<SeedLived> {
  const { plan, inputs, script } = one;
  const storesPlan = seed % STORES_PLAN === 0;
  const hash = storesPlan ? digest(plan as unknown as Json) : one.hash; // a Plan is plain JSON
  const lived = await liveThrough({ run: 'r', plan, hash, inputs, script }, { seed, troubles, storesPlan });
  const compared = !one.isBeyond && (troubles === NO_TROUBLE || (!one.isTimed && leavesTheEnd(troubles)));
  const difference = compared ? differenceOf(one, lived) : null;
  const violations = difference === null ? lived.violations : [...lived.violations, difference];
  return { ...lived, violations, case: one, troubles, compared };
}

/** What the run came to otherwise than the reference says. */
function differenceOf(one: RandomCase, { run, records, end }: Lived): Violation | null {
  if (run === null || end === null) return null;
  const stopped = end.kind === 'finished' ? 'finished' : 'waiting';
  const found = endOf({ run, journal: records, refused: [], stopped });
  const wanted = referenceEnd(one);
  const wrong: string[] = found.verdict === wanted.verdict ? [] : [`run: ${found.verdict}, not ${wanted.verdict}`];
  for (const path of new Set([...found.steps.keys(), ...wanted.steps.keys()])) {
    const [is, should] = [found.steps.get(path)?.result, wanted.steps.get(path)?.result];
    if (path !== '' && is !== should) wrong.push(`${path}: ${is}, not ${should}`);
  }
  return wrong.length === 0 ? null : { invariant: 'the end is that of the reference', detail: wrong.join('; ') };
}
