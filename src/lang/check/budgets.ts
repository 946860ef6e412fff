/** Finds budgets that would bound nothing: a step that calls no model needs no money. Knows no prices. */
import type { Compilation } from '../compile/compilation.ts';
import { isRepeated, type ScopeDraft, type StepDraft } from '../compile/draft.ts';
import { entryOf } from '../compile/tree.ts';

/** Actions of a single step that call no model. */
const CALL_NOTHING: readonly string[] = [
  'run',
  'http',
  'write',
  'service',
  'set',
  'fail',
  'wait',
  'approve',
  'compensate',
];
/** Those of them that no `total-timeout` bounds, and so no `duration` either. */
const HAVE_NO_TIME: readonly string[] = ['write', 'service', 'set', 'fail', 'wait', 'approve', 'compensate'];

export function checkBudgets(compilation: Compilation, scopes: readonly ScopeDraft[]): void {
  for (const scope of scopes) for (const step of scope.steps) checkBudget(compilation, step);
}

function checkBudget(compilation: Compilation, step: StepDraft): void {
  const budget = entryOf(step.tree, 'budget')?.value;
  const { action } = step;
  if (budget?.kind !== 'map' || action === null || !CALL_NOTHING.includes(action) || step.hooks.length > 0) return;
  for (const { key, keyRange } of budget.entries) {
    const isTime = key === 'duration';
    if (isTime && (!HAVE_NO_TIME.includes(action) || isRepeated(step))) continue;
    compilation.error(
      'PLAN_KEY_WITHOUT_EFFECT',
      isTime
        ? `\`duration\` does nothing beside \`${action}\`.`
        : `\`${key}\` in \`budget\` does nothing beside \`${action}\`, which calls no model.`,
      keyRange,
      { hint: isTime ? 'Remove it.' : 'Give it to the step that calls one, to a group around it, or to the workflow.' },
    );
  }
}
