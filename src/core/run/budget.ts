/** Budgets of a run: which caps bound a step, and what raises them. Knows what is written in plans and journals, not what is spent. */
import { type Diagnostic, problem } from '../diagnostic/diagnostic.ts';
import { known } from '../known.ts';
import { type Cap, type Limits, MEASURES, pathsAround } from '../money/caps.ts';
import { textOf } from '../money/refusal.ts';
import { toNano } from '../money/usd.ts';
import type { BudgetSpec } from '../plan/budget.ts';
import type { Plan, PlanNode } from '../plan/plan.ts';
import type { Path } from './event.ts';
import { barePath, nodesAt } from './plan-paths.ts';
import type { Run } from './run.ts';

/** Someone lets a run, or a step of it, take more. */
export interface RaiseCommand extends BudgetSpec {
  readonly kind: 'raise-budget';
  /** '' is the run. Without its item or iteration it is meant in all of them. */
  readonly step: Path;
  readonly by: string;
}
/** The run (`step` is ''), or a step, may take more: as much in all, with what it has taken. */
export interface BudgetRaised extends BudgetSpec {
  readonly type: 'budget.raised';
  readonly step: Path;
  readonly by: string;
}

/** By step; what was raised twice is as high as it ever was. */
export type Raised = ReadonlyMap<Path, Limits>;

/** The caps that bound a step now, the innermost first: by it a refusal is best understood. */
export function capsOf(run: Run, node: Path): readonly Cap[] {
  return pathsAround(node)
    .toReversed()
    .flatMap((path) => {
      const more = [run.raised.get(path), run.raised.get(barePath(path))];
      return specsAt(run, path).map((spec) => ({ path, limits: raisedTo(limitsOf(spec), more) }));
    });
}

/** What bounds all of a run now. */
export function runLimits(plan: Plan | null, raised: Raised): Limits {
  return raisedTo(limitsOf(plan?.budget ?? {}), [raised.get('')]);
}

/** What the plan says at a path: of a step, and of the file that it runs. */
function specsAt(run: Run, path: Path): readonly BudgetSpec[] {
  if (path === '') return run.plan?.budget === undefined ? [] : [run.plan.budget];
  const node = run.byPath.get(path);
  return [node?.slots?.child?.file.budget, node?.plan.budget].filter((spec) => spec !== undefined);
}

export function limitsOf({ usd, tokens, calls }: BudgetSpec): Limits {
  return {
    ...(usd !== undefined && { nano: toNano(usd) ?? 0 }),
    ...(tokens !== undefined && { tokens }),
    ...(calls !== undefined && { calls }),
  };
}

/** Only what is bounded is raised. */
function raisedTo(limits: Limits, more: readonly (Limits | undefined)[]): Limits {
  const raised = MEASURES.flatMap((measure) => {
    const limit = limits[measure];
    return limit === undefined ? [] : [[measure, Math.max(limit, ...more.map((one) => one?.[measure] ?? 0))] as const];
  });
  return Object.fromEntries(raised);
}

/** Why a budget of a plan cannot be raised so; null when it can. */
export function raiseProblem(plan: Plan, raised: Raised, command: RaiseCommand): Diagnostic | null {
  const { step } = command;
  const wrong = amountProblem(command);
  if (wrong !== null) return wrong;
  const specs = step === '' ? [plan.budget] : nodesAt(plan, step).flatMap(budgetsOf);
  if (specs.length === 0) return problem('RUN_UNKNOWN_STEP', `There is no step \`${step}\`.`);
  const name = step === '' ? 'The run' : `Step \`${step}\``;
  const asked = limitsOf(command);
  for (const measure of MEASURES) {
    const wanted = asked[measure];
    if (wanted === undefined) continue;
    const word = measure === 'nano' ? 'usd' : measure;
    const bounds = specs.flatMap((spec) => (spec && limitsOf(spec)[measure]) ?? []);
    if (bounds.length === 0)
      return problem('RUN_BUDGET', `${name} has no budget of \`${word}\` that could be raised.`, {
        hint: 'Write it into the workflow where there is to be one: `giga resume` goes on under it.',
      });
    const now = Math.max(...bounds, raised.get(step)?.[measure] ?? 0);
    if (wanted <= now)
      return problem(
        'RUN_BUDGET',
        `To ${textOf(measure, wanted)} nothing is raised: ${name.toLowerCase()} may take ${textOf(measure, now)} already.`,
        {
          hint: 'A budget is all that may ever be taken, with what is spent; a lower one is written into the workflow.',
        },
      );
  }
  return null;
}

/** Commands may come from outside, as whatever JSON. */
function amountProblem({ step, usd, tokens, calls }: RaiseCommand): Diagnostic | null {
  const counts = [tokens, calls].filter((count) => count !== undefined);
  const isGood =
    (usd === undefined || toNano(usd) !== null) && counts.every((count) => Number.isSafeInteger(count) && count >= 0);
  if (isGood && typeof step === 'string' && (usd !== undefined || counts.length > 0)) return null;
  return problem('RUN_BUDGET', 'A budget is raised by `usd`, `tokens` or `calls`, each to a number from 0 on.');
}

/** Of a step, and of the files that it may run. */
function budgetsOf({ budget, ...node }: PlanNode): readonly (BudgetSpec | undefined)[] {
  const files = node.kind === 'workflow' ? known(node.child).files : [];
  return [budget, ...files.map((file) => file.budget)];
}

export function budgetRaised({ step, usd, tokens, calls, by }: RaiseCommand): BudgetRaised {
  return {
    type: 'budget.raised',
    step,
    by,
    ...(usd !== undefined && { usd }),
    ...(tokens !== undefined && { tokens }),
    ...(calls !== undefined && { calls }),
  };
}

export function raiseBudget(raised: Map<Path, Limits>, event: BudgetRaised): void {
  const before = raised.get(event.step) ?? {};
  const asked = limitsOf(event);
  raised.set(event.step, { ...asked, ...raisedTo(before, [asked]) });
}
