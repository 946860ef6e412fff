/** The plans that a run went by, as they were stored when a record named them. Knows no run that goes on. */
import { problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import type { Plan } from '../../core/plan/plan.ts';
import type { Recorded } from '../../core/run/event.ts';
import type { Project } from '../project.ts';

/** Every plan that the records of a run name. */
export async function plansOf(project: Project, records: readonly Recorded[]): Promise<Result<Map<string, Plan>>> {
  const plans = new Map<string, Plan>();
  for (const record of records) {
    if ((record.type !== 'run.created' && record.type !== 'run.replanned') || plans.has(record.plan)) continue;
    const plan = await project.store.getPlan(record.plan);
    if (plan === null) {
      return {
        ok: false,
        diagnostics: [
          problem('RUN_PLAN_LOST', `The plan ${record.plan.slice(0, 12)} of this run is lost or damaged.`, {
            hint: 'Start anew with `giga run`.',
          }),
        ],
      };
    }
    plans.set(record.plan, plan as unknown as Plan); // only plans are stored as plans, and by their hash
  }
  return { ok: true, value: plans };
}
