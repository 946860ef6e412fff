/** The worst case of what a workflow may spend, at the prices of its project. */
import { priceTable } from '../../core/money/prices.ts';
import { type PlanWorst, worstCaseIn } from '../../core/money/worst-case.ts';
import type { Plan } from '../../core/plan/plan.ts';
import { configuredModels } from '../config/models.ts';
import { configuredPrices } from '../config/money.ts';
import type { Project } from '../project.ts';

export function worstCaseOfPlan({ config }: Project, plan: Plan): PlanWorst {
  return worstCaseIn(plan, priceTable(configuredPrices(config)), configuredModels(config));
}
