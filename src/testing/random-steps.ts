/** Random steps of every kind. Knows what may stand in a plan and what may be read there, and nothing of how it runs. */
import type { Expression, Template } from '../core/expr/ast.ts';
import type { Condition, Join, NodeBase, PlanNode, PlanScope, Retry } from '../core/plan/plan.ts';
import type { Chance } from './chance.ts';
import { VALUES } from './random-world.ts';
import { binary, call, list, literal, object, plain, read, value } from './words.ts';

/** A plan in the making. */
export interface Making {
  readonly chance: Chance;
  /** How many steps there are, and may be. */
  steps: number;
  most: number;
  isTimed: boolean;
  isBeyond: boolean;
}

/** Where a scope stands. */
export interface Around {
  readonly depth: number;
  /** Steps around it that have ended when its members begin: they may be read. */
  readonly seen: readonly string[];
  /** In `on-failure`, `catch` or `finally`. */
  readonly isAtEnd: boolean;
}

const MAX_DEPTH = 3;

export function makeScope(making: Making, around: Around, count: number): PlanScope {
  const { chance } = making;
  const isList = chance.once(2);
  const nodes: PlanNode[] = [];
  for (let index = 0; index < count && (index === 0 || making.steps < making.most); index++)
    nodes.push(makeStep(making, around, nodes, isList));
  return { nodes };
}

function makeStep(making: Making, around: Around, before: readonly PlanNode[], isList: boolean): PlanNode {
  const { chance } = making;
  const id = `s${++making.steps}`;
  const needs = isList ? [] : before.map((_, index) => index).filter(() => chance.once(2));
  const edges = isList ? before : needs.flatMap((index) => before[index] ?? []);
  const seen = [...around.seen, ...edges.map((edge) => edge.id)];
  const join = makeJoin(chance);
  const condition = makeCondition(
    chance,
    edges.map((edge) => edge.id),
    seen,
  );
  const base: NodeBase = {
    id,
    at: { line: 1, column: 1 },
    needs,
    ...(isList && before.length > 0 && { after: before.length }),
    ...(join && { join }),
    ...(condition && { if: condition }),
    ...(chance.once(9) && { continueOnError: true }),
    ...(chance.once(9) && { allowFailure: true }),
    digest: id,
  };
  return makeKind(making, { ...around, seen }, base);
}

function makeJoin(chance: Chance): Join | null {
  return chance.once(4) ? chance.pick<Join>(['all-done', 'any-succeeded', 'none-failed', 'all-succeeded']) : null;
}

function makeCondition(chance: Chance, edges: readonly string[], seen: readonly string[]): Condition | null {
  if (!chance.once(5)) return null;
  const test = makeTest(chance, seen);
  if (edges.length === 0 || chance.once(2)) return { expression: test, replacesJoin: false };
  const status = call(chance.pick(['success', 'failure', 'always', 'cancelled']));
  const expression = chance.once(2) ? status : binary(status, '&&', test);
  return { expression, replacesJoin: true };
}

/** Whether something that a step gave is this or that. */
function makeTest(chance: Chance, seen: readonly string[]): Expression {
  if (seen.length === 0) return binary(read('inputs.a'), '==', literal(chance.pick(['v1', 'v2'])));
  const step = `steps.${chance.pick(seen)}`;
  if (chance.once(4))
    return binary(read(`${step}.result`), '==', literal(chance.pick(['succeeded', 'failed', 'skipped'])));
  return binary(read(`${step}.outputs.v`), chance.pick(['==', '!=']), literal(chance.pick(VALUES)));
}

/** A value that a step is given. */
function makeValue(chance: Chance, seen: readonly string[]): Template {
  const form = chance.below(6);
  if (form < 2 || (form < 4 && seen.length === 0)) return plain(chance.pick(VALUES));
  if (form < 4) return value(read(`steps.${chance.pick(seen)}.outputs.v`));
  return form === 4 ? value(read('inputs.a')) : value(call('hashFiles', literal('**')));
}

function makeRetry(chance: Chance): Retry {
  return {
    attempts: chance.between(1, 4),
    delayMs: chance.pick([0, 0, 5, 900]),
    backoff: chance.pick(['constant', 'linear', 'exponential']),
    factor: 2,
  };
}

function makeKind(making: Making, around: Around, base: NodeBase): PlanNode {
  const { chance } = making;
  const inner = { ...around, depth: around.depth + 1 };
  const kind = chance.below(around.depth < MAX_DEPTH ? 14 : 10);
  const given = makeValue(chance, around.seen);
  if (kind < 6) {
    const retry = chance.once(3) ? { retry: makeRetry(chance) } : {};
    return { ...base, ...retry, kind: 'action', action: 'run', with: object({ script: given }) };
  }
  if (kind < 8) return { ...base, kind: 'set', values: object({ v: given, w: list([given]) }) };
  if (kind === 8) return { ...base, kind: 'fail', message: plain('No.') };
  if (kind === 9) return { ...base, kind: 'wait', for: plain(chance.pick(['1s', '20ms', '3s'])) };
  return { ...base, kind: 'group', bodies: [makeScope(making, inner, chance.between(1, 3))] };
}
