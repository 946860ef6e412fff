/** The steps of a plan by their paths, with what each needs. Knows no run. */
import { isComposite, type Plan, type PlanNode } from '../../core/plan/plan.ts';
import type { Path } from '../../core/run/event.ts';
import { pathIn } from '../../core/run/scope.ts';

export interface PlanStep {
  readonly path: Path;
  readonly node: PlanNode;
  /** Paths of what it needs, in its own scope. */
  readonly needs: readonly Path[];
}

/** In document order, each step before what is in it. Where branches share an id, the first counts. */
export function planSteps(plan: Plan): ReadonlyMap<Path, PlanStep> {
  const steps = new Map<Path, PlanStep>();
  const visit = (owner: Path, composite: PlanNode): void => {
    if (!isComposite(composite)) return;
    composite.bodies.forEach((body, slot) => {
      const members = body?.nodes ?? [];
      const pathOf = (node: PlanNode): Path => pathIn(owner, composite, slot, node.id);
      for (const node of members) {
        const path = pathOf(node);
        const needs = node.needs.flatMap((index) => (members[index] ? [pathOf(members[index])] : []));
        if (!steps.has(path)) steps.set(path, { path, node, needs });
        visit(path, node); // as deep as groups nest, which the compiler bounds
      }
    });
  };
  visit('', plan.root);
  return steps;
}
