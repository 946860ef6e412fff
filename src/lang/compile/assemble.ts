/** Joins compiled steps to scopes: edges as indexes, groups around what is inside, digests. Knows no text. */
import { nodeDigest } from '../../core/plan/hash.ts';
import type { PlanNode, PlanScope } from '../../core/plan/plan.ts';
import { followsList } from '../check/cycles.ts';
import { edgesOf, type ScopeDraft, type StepDraft } from './draft.ts';
import type { LoneNode } from './step.ts';

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
  const bodies = bodiesOf(step, compiled);
  const node = 'bodies' in lone ? { ...lone, ...place, bodies } : { ...lone, ...place };
  // Ids made from positions move with every step put in before them.
  const names = needs
    .map((index) => step.scope.steps[index])
    .map((need) => (need === undefined || need.anonymous ? '' : need.id));
  return Object.assign(node, { digest: nodeDigest(node, names) });
}
