/** How many leaves a run of a plan goes through. Knows no run. */
import { type CompositeNode, isComposite, type Plan, type PlanScope } from '../../core/plan/plan.ts';
import { BODY_SLOT, CHILD_SLOTS, FINALLY_SLOT } from '../../core/run/scope.ts';

/** Of a run that fails nowhere: a `choose` counts by its longest branch, what failures and the end of the run bring not at all. */
export function leavesOf(plan: Plan): number {
  return countLeaves(plan.root.bodies[0] ?? null);
}

function countLeaves(scope: PlanScope | null): number {
  let leaves = 0;
  for (const node of scope?.nodes ?? []) {
    if (!isComposite(node)) leaves += 1;
    else if (node.kind === 'choose') leaves += Math.max(0, ...node.bodies.map(countLeaves));
    else if (node.kind === 'workflow') leaves += Math.max(0, ...leavesOfFiles(node));
    else
      leaves +=
        countLeaves(node.bodies[BODY_SLOT] ?? null) +
        (node.kind === 'try' ? countLeaves(node.bodies[FINALLY_SLOT] ?? null) : 0);
  }
  return leaves;
}

/** Of each file that a step may run: its steps and its end. */
function leavesOfFiles({ bodies, child }: CompositeNode): readonly number[] {
  return (child?.files ?? []).map((_, index) => {
    const base = index * CHILD_SLOTS;
    return countLeaves(bodies[base + BODY_SLOT] ?? null) + countLeaves(bodies[base + FINALLY_SLOT] ?? null);
  });
}
