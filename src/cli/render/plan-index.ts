/** What the screen asks of a plan: its steps by path, and how many there are. Knows no state. */
import { leavesOf } from '../../app/commands/plan-leaves.ts';
import { type PlanStep, planSteps, stepAt } from '../../app/commands/plan-steps.ts';
import type { Plan } from '../../core/plan/plan.ts';
import type { Path } from '../../core/run/event.ts';

export interface PlanIndex {
  readonly plan: Plan;
  readonly steps: ReadonlyMap<Path, PlanStep>;
  /** How many leaves a run goes through that fails nowhere. */
  readonly leaves: number;
}

export function indexPlan(plan: Plan): PlanIndex {
  return { plan, steps: planSteps(plan), leaves: leavesOf(plan) };
}

/** The step that a path names, whichever item or iteration of it. */
export function findStep(index: PlanIndex, path: Path): PlanStep | undefined {
  return stepAt(index.steps, path);
}
