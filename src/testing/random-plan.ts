/** A random workflow with its world, all of it from one seed. Knows what a plan may hold, and nothing of how it runs. */
import type { JsonObject } from '../core/json.ts';
import type { CompositeNode, Plan, PlanScope } from '../core/plan/plan.ts';
import type { Script } from '../sim/simulate.ts';
import { makeChance, seedOf } from './chance.ts';
import { type Making, makeScope } from './random-steps.ts';
import { makeWorld, scriptOf, type World } from './random-world.ts';
import { plain } from './words.ts';

export interface RandomCase {
  /** Of the plan and of its world. */
  readonly seed: number;
  readonly plan: Plan;
  /** By which the plan is named. */
  readonly hash: string;
  readonly inputs: JsonObject;
  /** Attempts are counted as a user counts them: a try that was cut off by a crash is asked for again by the same number. */
  readonly script: Script;
  readonly world: World;
  /** What steps come to can depend on when things happen: after a crash they may come to something else. */
  readonly isTimed: boolean;
  /** It holds what the reference does not tell. */
  readonly isBeyond: boolean;
  /** Steps whose work goes well at once, whatever the seed says: where a failing case was made smaller. */
  readonly calm: readonly string[];
}

/** What a case is made of; the rest follows. */
export type CaseParts = Pick<RandomCase, 'seed' | 'plan' | 'isTimed' | 'isBeyond' | 'calm'>;

export function randomCase(seed: number): RandomCase {
  const making: Making = { chance: makeChance(seed), steps: 0, most: 0, isTimed: false, isBeyond: false };
  making.most = making.chance.once(12) ? 20 : making.chance.between(2, 8);
  const plan = makePlan(making);
  return caseOf({ seed, plan, isTimed: making.isTimed, isBeyond: making.isBeyond, calm: [] });
}

export function caseOf(parts: CaseParts): RandomCase {
  const world = makeWorld(parts.seed, parts.calm);
  const hash = `random ${parts.seed}`;
  return { ...parts, hash, inputs: { a: 'v1' }, world, script: scriptOf(world) };
}

function makePlan(making: Making): Plan {
  const { chance } = making;
  const around = { depth: 0, seen: [], isAtEnd: false };
  const body = makeScope(making, around, chance.between(1, 6));
  const atEnd = { ...around, isAtEnd: true };
  const part = (inN: number): PlanScope | null =>
    chance.once(inN) ? makeScope(making, atEnd, chance.between(1, 2)) : null;
  const root: CompositeNode = {
    id: 'root',
    kind: 'try',
    rethrow: true,
    at: { line: 1, column: 1 },
    needs: [],
    digest: 'root',
    bodies: [body, part(4), part(4), part(6)],
  };
  return {
    v: 1,
    name: 'random',
    file: 'random.yaml',
    inputs: { a: { type: 'string', required: true, schema: { type: 'string' } } },
    secrets: [],
    env: {},
    vars: {},
    concurrency: chance.once(3) ? chance.between(1, 3) : 64,
    root,
    outputs: { a: { value: plain('v0') } },
  };
}

/** The seeds from `first` on. */
export function seedsFrom(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => seedOf(first, `case ${index}`));
}
