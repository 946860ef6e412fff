/** What the screen asks of a plan: its steps by path, and how many there are. Knows no state. */
import { type PlanStep, planSteps, stepAt } from '../../app/commands/plan-steps.ts';
import { type CompositeNode, isComposite, type Plan, type PlanScope } from '../../core/plan/plan.ts';
import type { Path } from '../../core/run/event.ts';
import { BODY_SLOT, CHILD_SLOTS, FINALLY_SLOT } from '../../core/run/scope.ts';

export interface PlanIndex {
  readonly plan: Plan;
  readonly steps: ReadonlyMap<Path, PlanStep>;
  /** How many leaves a run goes through that fails nowhere: a `choose` counts by its longest branch, what failures and the end of the run bring not at all. */
  readonly leaves: number;
}

export function indexPlan(plan: Plan): PlanIndex {
  return { plan, steps: planSteps(plan), leaves: countLeaves(plan.root.bodies[0] ?? null) };
}

/** The step that a path names, whichever item or iteration of it. */
export function findStep(index: PlanIndex, path: Path): PlanStep | undefined {
  return stepAt(index.steps, path);
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
