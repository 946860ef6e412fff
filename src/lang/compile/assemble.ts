/** Joins compiled steps to scopes: edges as indexes, groups around what is inside, digests. Knows no text. */
import { nodeDigest } from '../../core/plan/hash.ts';
import { COMPENSATE_HOOK, type PlanNode, type PlanScope } from '../../core/plan/plan.ts';
import { followsList } from '../check/cycles.ts';
import { edgesOf, type ScopeDraft, type StepDraft } from './draft.ts';
import type { Again, LoneNode } from './step.ts';

const NO_NEEDS: readonly number[] = [];

/** Recursion goes as deep as groups stand in each other, which collecting bounds. */
export function assembleScope(scope: ScopeDraft, compiled: ReadonlyMap<StepDraft, LoneNode>): PlanScope {
  return { nodes: scope.steps.flatMap((step) => assembleNode(step, compiled) ?? []) };
}

/** The bodies in the order of the plan, null where a `try` has no such part. */
function bodiesOf(step: StepDraft, compiled: ReadonlyMap<StepDraft, LoneNode>): readonly (PlanScope | null)[] {
  const bodies: (PlanScope | null)[] = [];
  for (const { scope, slot = bodies.length } of step.bodies) {
    while (bodies.length < slot) bodies.push(null);
    bodies[slot] = assembleScope(scope, compiled);
  }
  return bodies;
}

function assembleNode(step: StepDraft, compiled: ReadonlyMap<StepDraft, LoneNode>): PlanNode | null {
  const lone = compiled.get(step);
  if (lone === undefined) return null;
  const edges = edgesOf(step);
  const needs = edges.size === 0 ? NO_NEEDS : [...edges.keys()].toSorted((a, b) => a - b);
  const place = followsList(step) ? { needs, after: step.index } : { needs };
  const hooks = step.hooks.map(({ slot, scope }) => ({ slot, body: assembleScope(scope, compiled) }));
  // A child workflow has the steps of its file already.
  const isGroup = 'bodies' in lone && lone.child === undefined;
  const { again, id, ...whole } = {
    ...(isGroup ? { ...lone, bodies: bodiesOf(step, compiled) } : lone),
    ...(hooks.length > 0 && { hooks }),
  };
  // Ids made from positions move with every step put in before them.
  const names = needs
    .map((index) => step.scope.steps[index])
    .map((need) => (need === undefined || need.anonymous ? '' : need.id));
  if (again === undefined) return digested({ id, ...whole, ...place }, names); // the id in front, as in step.ts
  return { ...wrapped({ id, ...whole }, withListNeeds(step, again), names), ...place };
}

/** Known only now: steps inside may read what the list reads. */
function withListNeeds({ listEdges }: StepDraft, again: Again): Again {
  if (again.each === undefined || listEdges === null || listEdges.size === 0) return again;
  return { ...again, each: { ...again.each, listNeeds: [...listEdges].toSorted((a, b) => a - b) } };
}

type Whole = PlanNode extends infer N ? (N extends PlanNode ? Omit<N, 'digest'> : never) : never;

function digested(node: Whole, names: readonly string[]): PlanNode {
  return Object.assign(node, { digest: nodeDigest(node, names) });
}

/**
 * The step as it is done once, with its own `env`, `retry`, `timeout` and `outputs`, inside a node for all times it is done, which has
 * the place among other steps, the condition, the time of all, and what a failure means (language-rules 2).
 */
function wrapped(
  lone: Omit<LoneNode, 'again'>,
  { each, loop, totalTimeoutMs }: Again,
  names: readonly string[],
): PlanNode {
  const { if: condition, join, name, continueOnError, allowFailure, budget, hooks: all = [], ...once } = lone;
  const hooks = all.filter(({ slot }) => slot !== COMPENSATE_HOOK);
  const undoing = all.filter(({ slot }) => slot === COMPENSATE_HOOK); // undoes it as it was done once
  const { id, at, anonymous } = once;
  const same = { id, at, ...(anonymous && { anonymous }) };
  const around = {
    ...(name !== undefined && { name }),
    ...(join && { join }),
    ...(condition && { if: condition }),
    ...(continueOnError && { continueOnError }),
    ...(allowFailure && { allowFailure }),
    ...(budget && { budget }),
    ...(hooks.length > 0 && { hooks }),
    ...(totalTimeoutMs !== undefined && { totalTimeoutMs }),
  };
  let node = digested({ ...once, needs: NO_NEEDS } as Whole, []); // what is left of a lone node is still one
  if (undoing.length > 0) node = { ...node, hooks: undoing }; // no part of a digest
  const nodeAround = (inner: PlanNode, isOuter: boolean) =>
    ({ ...same, ...(isOuter && around), needs: NO_NEEDS, bodies: [{ nodes: [inner] }] }) as const;
  if (loop !== undefined)
    node = digested({ ...nodeAround(node, each === undefined), kind: 'loop', loop }, each === undefined ? names : []);
  if (each !== undefined) node = digested({ ...nodeAround(node, true), kind: 'each', each }, names);
  return node;
}
