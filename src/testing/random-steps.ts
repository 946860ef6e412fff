/** Random scopes, and what is said of every step: what it needs, when it is done, how often, what follows it. Knows nothing of how plans run. */
import {
  COMPENSATE_HOOK,
  type HookSpec,
  isService,
  type Join,
  type NodeBase,
  ON_FAILURE_HOOK,
  ON_SUCCESS_HOOK,
  type PlanNode,
  type PlanScope,
} from '../core/plan/plan.ts';
import type { ScriptedSignal } from '../sim/simulate.ts';
import type { Chance } from './chance.ts';
import { makeComposite } from './random-composites.ts';
import { makeEnsures, makeLeaf } from './random-leaves.ts';
import { makeRepeated } from './random-repeats.ts';
import { makeCondition, makeRetry, type Sight, valueOf } from './random-values.ts';
import { plain, read } from './words.ts';

/** A plan in the making. */
export interface Making {
  readonly chance: Chance;
  readonly seed: number;
  /** Steps wait for places, locks and each other: then nothing in the plan depends on time, as a rule. */
  readonly isLimited: boolean;
  /** It may hold what the reference does not tell. */
  readonly isOdd: boolean;
  readonly signals: ScriptedSignal[];
  /** How many steps there are, and may be. */
  steps: number;
  most: number;
  isTimed: boolean;
  isBeyond: boolean;
}

/** Where a scope stands. */
export interface Around {
  readonly depth: number;
  readonly sight: Sight;
  /** It may be done more than once. */
  readonly isRepeated: boolean;
  /** In a hook, or where a failure is answered. */
  readonly isAtEnd: boolean;
}

const MAX_DEPTH = 3;

/** Whether something may be added by which it matters when things happen. */
export function mayTime(making: Making): boolean {
  if (making.isLimited && !mayBeOdd(making)) return false;
  making.isTimed = true;
  return true;
}

/** Whether something may be added that the reference does not tell. */
export function mayBeOdd(making: Making): boolean {
  if (!making.isOdd || making.chance.once(3)) return false;
  making.isBeyond = true;
  return true;
}

export function makeScope(making: Making, around: Around, count: number, isList = making.chance.once(2)): PlanScope {
  const nodes: PlanNode[] = [];
  for (let index = 0; index < count && (index === 0 || making.steps < making.most); index++)
    nodes.push(makeStep(making, around, nodes, isList));
  return { nodes };
}

/** Of a hook, or of what comes at an end: a few steps of which none holds others. */
export function makeSmallScope(making: Making, around: Around, values: readonly string[]): PlanScope {
  const sight = { ...around.sight, values: [...around.sight.values, ...values.map(read)] };
  return makeScope(making, { ...around, sight, depth: MAX_DEPTH, isAtEnd: true }, making.chance.between(1, 2));
}

function makeStep(making: Making, around: Around, before: readonly PlanNode[], isList: boolean): PlanNode {
  const { chance } = making;
  const id = `s${++making.steps}`;
  const needs = isList ? [] : before.map((_, index) => index).filter(() => chance.once(2));
  const edges = isList ? before : needs.flatMap((index) => before[index] ?? []);
  const ids = edges.map((edge) => edge.id);
  const sight: Sight = {
    values: [...around.sight.values, ...ids.map(valueOf)],
    steps: [...around.sight.steps, ...ids],
  };
  const here = { ...around, sight };
  const bare: NodeBase = { id, at: { line: 1, column: 1 }, needs: [], digest: id };
  const outer: Partial<NodeBase> = {
    needs,
    ...(isList && before.length > 0 && { after: before.length }),
    ...(chance.once(4) && { join: chance.pick(JOINS) }),
    ...(chance.once(5) && { if: makeCondition(chance, sight, edges.length > 0) }),
    ...(chance.once(9) && { continueOnError: true }),
    ...(chance.once(9) && { allowFailure: true }),
    ...(isList && chance.once(9) && { anonymous: true }),
  };
  if (around.depth < MAX_DEPTH && chance.once(9)) return makeRepeated(making, here, bare, outer);
  return withHooks(making, here, makeOnce(making, here, { ...bare, ...outer }, ids), true);
}

const JOINS: readonly Join[] = ['all-done', 'any-succeeded', 'none-failed', 'all-succeeded'];

/** A step as it is done once. */
export function makeOnce(making: Making, around: Around, base: NodeBase, back: readonly string[]): PlanNode {
  const { chance } = making;
  const isComposite = around.depth < MAX_DEPTH && chance.once(3);
  const whole: NodeBase = {
    ...base,
    ...(chance.once(4) && { retry: makeRetry(chance, making.isLimited) }),
    ...(making.isLimited && chance.once(8) && { claim: { of: 'lock', name: plain(`lock ${around.depth}`) } }),
    ...(chance.once(12) && { env: { D: plain('d') } }),
  };
  if (isComposite)
    return makeComposite(making, { ...around, isRepeated: around.isRepeated || whole.retry !== undefined }, whole);
  const ensures = chance.once(9) ? { ensures: makeEnsures(making, 'self.outputs.v') } : {};
  return makeLeaf(making, around, { ...whole, ...ensures }, back);
}

/** What follows its success or its failure, unless it has an end of its own; and what undoes it. */
export function withHooks(making: Making, around: Around, node: PlanNode, isUndone: boolean): PlanNode {
  const { chance } = making;
  const hooks: HookSpec[] = [];
  const add = (slot: HookSpec['slot'], values: readonly string[]): void => {
    hooks.push({ slot, body: makeSmallScope(making, around, values) });
  };
  if (isService(node)) return node;
  const hasOwnEnd = node.kind === 'workflow';
  if (around.depth < MAX_DEPTH && !hasOwnEnd && chance.once(14)) add(ON_SUCCESS_HOOK, ['self.outputs.v']);
  if (around.depth < MAX_DEPTH && !hasOwnEnd && chance.once(10)) add(ON_FAILURE_HOOK, ['self.outputs.v', 'error.code']);
  if (isUndone && !around.isAtEnd && chance.once(7)) add(COMPENSATE_HOOK, ['self.outputs.v']);
  return hooks.length === 0 ? node : { ...node, hooks };
}
