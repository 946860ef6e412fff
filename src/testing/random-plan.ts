/** A random workflow with its world, all of it from one seed. Knows what a plan may hold, and nothing of how it runs. */
import type { JsonObject } from '../core/json.ts';
import type { CompositeNode, Plan, PlanScope } from '../core/plan/plan.ts';
import type { Script, ScriptedSignal } from '../sim/simulate.ts';
import { makeChance, seedOf } from './chance.ts';
import { withCompensation } from './random-composites.ts';
import { makeEnsures } from './random-leaves.ts';
import { type Around, type Making, makeScope, makeSmallScope, mayTime } from './random-steps.ts';
import { makeWorld, scriptOf, type World } from './random-world.ts';
import { plain, read, value } from './words.ts';

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
  readonly signals: readonly ScriptedSignal[];
}

/** What a case is made of; the rest follows. */
export type CaseParts = Pick<RandomCase, 'seed' | 'plan' | 'isTimed' | 'isBeyond' | 'calm' | 'signals'>;

const INPUTS: JsonObject = { a: 'v1' };

export function randomCase(seed: number): RandomCase {
  const chance = makeChance(seed);
  const most = chance.once(12) ? 20 : chance.between(2, 8);
  const isLimited = chance.once(2);
  const isOdd = chance.once(12);
  const making: Making = {
    chance,
    seed,
    isLimited,
    isOdd,
    signals: [],
    steps: 0,
    most,
    isTimed: false,
    isBeyond: false,
  };
  const plan = makePlan(making);
  const { isTimed, isBeyond, signals } = making;
  return caseOf({ seed, plan, isTimed, isBeyond, calm: [], signals });
}

export function caseOf(parts: CaseParts): RandomCase {
  const world = makeWorld(parts.seed, parts.calm);
  const hash = `random ${parts.seed}`;
  return { ...parts, hash, inputs: INPUTS, world, script: scriptOf(world, parts.signals) };
}

function makePlan(making: Making): Plan {
  const { chance, isLimited } = making;
  const around: Around = {
    depth: 0,
    sight: { values: [read('inputs.a')], steps: [] },
    isRepeated: false,
    isAtEnd: false,
  };
  const body = makeScope(making, around, chance.between(1, 6));
  const steps = body.nodes.map(({ id }) => id);
  const after: Around = { ...around, sight: { ...around.sight, steps } };
  const part = (inN: number): PlanScope | null => (chance.once(inN) ? makeSmallScope(making, after, []) : null);
  const onFailure = withCompensation(making, part(4), steps, 'undo');
  const first = `steps.${steps[0] ?? ''}.outputs.v`;
  const root: CompositeNode = {
    id: 'root',
    at: { line: 1, column: 1 },
    needs: [],
    digest: 'root',
    kind: 'try',
    rethrow: true,
    bodies: [body, onFailure, part(4), part(6)],
    ...(chance.once(12) && { ensures: makeEnsures(making, first) }),
    ...(chance.once(12) && {
      claim: {
        of: 'group',
        name: plain('the group'),
        ...(chance.once(2) && { onConflict: 'cancel-running' as const }),
      },
    }),
    ...(chance.once(12) && mayTime(making) && { timeoutMs: chance.between(1, 9_000) }),
  };
  return {
    v: 1,
    name: 'random',
    file: 'random.yaml',
    inputs: { a: { type: 'string', required: true, schema: { type: 'string' } } },
    secrets: [],
    env: chance.once(6) ? { A: value(read('inputs.a')) } : {},
    vars: {},
    concurrency: isLimited ? chance.between(1, 3) : 64,
    root,
    outputs: { v: { value: value(read(first)) } },
    ...(chance.once(9) && { workspace: { save: true } }),
    ...(chance.once(12) && { finallyOnInterruptMs: 1_000 }),
  };
}

/** Different seeds that follow from one. */
export function seedsFrom(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => seedOf(first, `case ${index}`));
}
