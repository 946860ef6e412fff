/** What a resume raises of the budgets of a run. Pure. */
import type { Result } from '../../core/diagnostic/diagnostic.ts';
import type { Plan } from '../../core/plan/plan.ts';
import { budgetRaised, type RaiseCommand, type Raised, raiseProblem } from '../../core/run/budget.ts';
import type { RunEvent } from '../../core/run/event.ts';

export type Raise = Omit<RaiseCommand, 'kind' | 'by'>;

/** `raised`: what was raised before. */
export function raisesOf(
  plan: Plan,
  raised: Raised,
  { raise = [], by = 'someone' }: { readonly raise?: readonly Raise[]; readonly by?: string },
): Result<readonly RunEvent[]> {
  const commands = raise.map((one): RaiseCommand => ({ kind: 'raise-budget', ...one, by }));
  const wrong = commands.flatMap((command) => raiseProblem(plan, raised, command) ?? []);
  return wrong.length > 0 ? { ok: false, diagnostics: wrong } : { ok: true, value: commands.map(budgetRaised) };
}
