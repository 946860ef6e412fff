/** One seed: a random plan in a random world, with random trouble, lived through and judged. A seed and a commit say all of it. */
import { digest, type Json } from '../core/json.ts';
import { type PlanNode, partsOf } from '../core/plan/plan.ts';
import { disagreements } from './agreement.ts';
import type { Violation } from './journal-checks.ts';
import { type RandomCase, randomCase } from './random-plan.ts';
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
  const isTold = troubles === NO_TROUBLE || (!one.isTimed && !hasDeadline(plan.root) && leavesTheEnd(troubles));
  const differences = isTold ? differencesOf(one, lived) : null;
  const violations = [...lived.violations, ...(differences ?? [])];
  return { ...lived, violations, case: one, troubles, compared: differences !== null };
}

/** What the run came to otherwise than the reference says; null where it says nothing. */
function differencesOf(one: RandomCase, { run, records, end }: Lived): readonly Violation[] | null {
  if (run === null || end === null) return null;
  const stopped = end.kind === 'finished' ? 'finished' : 'waiting';
  const told = disagreements(one, { run, journal: records, refused: [], stopped });
  return told?.map((detail) => ({ invariant: 'the end is that of the reference', detail })) ?? null;
}

/** Somewhere time counts that goes on while nobody has the run. */
function hasDeadline(node: PlanNode): boolean {
  const { retry } = node;
  const ofAll = 'totalTimeoutMs' in node || retry?.maxDurationMs !== undefined;
  const isLong = node.kind !== 'action' && 'timeoutMs' in node;
  return ofAll || isLong || partsOf(node).some(([, { nodes }]) => nodes.some(hasDeadline));
}
