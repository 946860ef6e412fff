/** The worst case of what a workflow may spend, as a table. Pure. */

import { toNano, usdText } from '../../core/money/usd.ts';
import type { PlanWorst, Worst } from '../../core/money/worst-case.ts';
import type { BudgetSpec } from '../../core/plan/budget.ts';
import { column, harmless, type Paint, widthOf } from './text.ts';

/** `classify   usd 12.30  3400000 tokens  400 calls   for-each 200 · retry 2`, a line for each step, and the sum. */
export function worstCaseLines({ steps, total }: PlanWorst, budget: BudgetSpec | undefined, paint: Paint): string[] {
  if (steps.length === 0) return ['no step calls a model'];
  const rows = [
    ...steps.map((step) => [step.path, step, step.factors.join(' · ')] as const),
    ['in all', total, budgetText(budget)] as const,
  ];
  const amounts = rows.map(
    ([, worst]) =>
      [moneyText(worst), `${worst.tokens} tokens`, `${worst.calls} ${worst.calls === 1 ? 'call' : 'calls'}`] as const,
  );
  const cells = [0, 1, 2].map((index) => Math.max(...amounts.map((row) => (row[index] ?? '').length)));
  const names = Math.min(40, Math.max(...rows.map(([name]) => widthOf(name))));
  return rows.map(([name, , note], index) => {
    const texts = (amounts[index] ?? []).map((text, at) => text.padStart(cells[at] ?? 0));
    const line = `${column(harmless(name), names)}  ${texts.join('  ')}   ${harmless(note)}`.trimEnd();
    return index === rows.length - 1 ? paint('bold', line) : line;
  });
}

function moneyText({ nano, unpriced, unbounded }: Worst): string {
  const least = unbounded.length > 0 ? 'at least ' : '';
  return unpriced.length > 0 ? (nano === 0 ? 'no price' : `over usd ${usdText(nano)}`) : `${least}usd ${usdText(nano)}`;
}

function budgetText(budget: BudgetSpec | undefined): string {
  const { usd, tokens, calls } = budget ?? {};
  const parts = [
    ...(usd === undefined ? [] : [`usd ${usdText(toNano(usd) ?? 0)}`]),
    ...(tokens === undefined ? [] : [`${tokens} tokens`]),
    ...(calls === undefined ? [] : [`${calls} calls`]),
  ];
  return parts.length === 0 ? '' : `budget ${parts.join(', ')}`;
}
