/** What was spent, in words: short beside a step, and in lines at the end of a run. Pure. */
import type { Limits } from '../../core/money/caps.ts';
import { shortUsd } from '../../core/money/usd.ts';
import type { Costs } from '../../core/run/costs.ts';
import type { StepSpend } from '../../core/run/spend.ts';
import { column, harmless, widthOf } from './text.ts';

const STEPS_SHOWN = 10;

/** `$0.18`; `''` where nothing was spent. */
export function costRemark(spent: StepSpend | null): string {
  return spent === null ? '' : moneyText(spent);
}

/** `$0.18 of $2.00`, as it goes; `''` where no call was made. */
export function costSoFar(costs: Costs | null): string {
  const total = costs?.total() ?? null;
  return costs === null || total === null ? '' : withLimit(total, costs.limits());
}

/** `spent  $0.42 of $2.00 · 7 calls · 12300 tokens`, and below it each step where there are several. Nothing where nothing was spent. */
export function costLines(costs: Costs): string[] {
  const total = costs.total();
  if (total === null) return [];
  const steps = costs.byStep();
  const lines = [`spent  ${[withLimit(total, costs.limits()), ...amountTexts(total)].join(' · ')}`];
  if (steps.length < 2) return lines;
  const shown = steps.slice(0, STEPS_SHOWN);
  const cells = Math.min(40, Math.max(...shown.map(([path]) => widthOf(path))));
  for (const [path, spent] of shown)
    lines.push(`       ${column(harmless(path), cells)}  ${[moneyText(spent), ...amountTexts(spent)].join(' · ')}`);
  const more = steps.length - shown.length;
  return more > 0 ? [...lines, `       … and ${more} more ${more === 1 ? 'step' : 'steps'}`] : lines;
}

function withLimit(spent: StepSpend, { nano }: Limits): string {
  return nano === undefined ? moneyText(spent) : `${moneyText(spent)} of ${shortUsd(nano)}`;
}

function moneyText({ nano, calls, unpriced }: StepSpend): string {
  if (unpriced === 0) return shortUsd(nano);
  return unpriced === calls ? 'no price known' : `${shortUsd(nano)} and ${counted(unpriced, 'call')} without a price`;
}

function amountTexts({ calls, tokens, unended }: StepSpend): string[] {
  const cutOff = unended > 0 ? [`${counted(unended, 'call')} cut off, at the worst case`] : [];
  return [counted(calls, 'call'), counted(tokens, 'token'), ...cutOff];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
