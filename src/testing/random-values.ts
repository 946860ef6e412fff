/** Random conditions, values and retries. Knows what can be read where, and nothing of steps. */
import type { Expression, Template } from '../core/expr/ast.ts';
import type { Condition, Retry } from '../core/plan/plan.ts';
import type { Chance } from './chance.ts';
import { VALUES } from './random-world.ts';
import { binary, call, literal, plain, read, value } from './words.ts';

/** What can be read at a place: values, and steps that have ended, by id. */
export interface Sight {
  readonly values: readonly Expression[];
  readonly steps: readonly string[];
}

/** What reads well from a step. */
export function valueOf(id: string): Expression {
  return read(`steps.${id}.outputs.v`);
}

const RESULTS = ['succeeded', 'failed', 'skipped', 'cancelled'] as const;

/** Whether something that was given is this or that. */
export function makeTest(chance: Chance, { values, steps }: Sight): Expression {
  const step = steps.length > 0 ? `steps.${chance.pick(steps)}` : null;
  const form = chance.below(8);
  if (step !== null && form === 0) return binary(read(`${step}.result`), '==', literal(chance.pick(RESULTS)));
  if (step !== null && form === 1) return binary(read(`${step}.conclusion`), '!=', literal('failure'));
  if (step !== null && form === 2) return binary(read(`${step}.error.code`), '==', literal('STEP_FAILED'));
  return binary(chance.pick(values), chance.pick(['==', '!=']), literal(chance.pick(VALUES)));
}

const STATUSES = ['success', 'failure', 'always', 'cancelled'] as const;

/** `hasEdges`: of a step that follows others. */
export function makeCondition(chance: Chance, sight: Sight, hasEdges: boolean): Condition {
  const test = makeTest(chance, sight);
  if (!hasEdges || chance.once(2)) return { expression: test, replacesJoin: false };
  const status = call(chance.pick(STATUSES));
  const expression = chance.once(2) ? status : binary(status, chance.pick(['&&', '||']), test);
  return { expression, replacesJoin: true };
}

/** A value that a step is given. */
export function makeValue(chance: Chance, { values }: Sight): Template {
  const form = chance.below(16);
  if (form < 6) return plain(chance.pick(VALUES));
  if (form === 6) return value(call('hashFiles', literal('**')));
  if (form === 7) return chance.once(4) ? value(call('fromJSON', literal('{'))) : plain('v0'); // an error when it is evaluated
  return value(chance.pick(values));
}

/** `isSteady`: where nothing may depend on how long it takes. */
export function makeRetry(chance: Chance, isSteady: boolean): Retry {
  return {
    attempts: chance.between(1, 4),
    delayMs: chance.pick([0, 0, 5, 900]),
    backoff: chance.pick(['constant', 'linear', 'exponential']),
    factor: 2,
    ...(chance.once(4) && { maxDelayMs: 1_000 }),
    ...(isSteady && chance.once(4) && { jitter: chance.between(1, 100) }),
    ...(!isSteady && chance.once(4) && { maxDurationMs: chance.between(1, 6_000) }),
    ...(chance.once(6) && { on: makeClass(chance) }),
    ...(chance.once(8) && { neverOn: makeClass(chance) }),
  };
}

function makeClass(chance: Chance): NonNullable<Retry['on']> {
  return chance.pick([
    { errors: ['STEP_FAILED', 'STEP_FAIL'] },
    { errors: ['STEP_TIMEOUT'] },
    { exitCodes: [1, 2] },
    { holds: binary(read('error.code'), '!=', literal('STEP_LOST')) },
    { matches: 'failed' },
  ]);
}
