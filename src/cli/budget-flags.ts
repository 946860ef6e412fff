/** Reads `--budget`: what a budget is raised to. Knows no run. */
import { problem, type Result } from '../core/diagnostic/diagnostic.ts';
import { toNano } from '../core/money/usd.ts';
import type { BudgetSpec } from '../core/plan/budget.ts';
import type { Path } from '../core/run/event.ts';
import { parseCount } from '../core/units.ts';

export type BudgetFlag = BudgetSpec & { readonly step: Path };

/** `usd=5`, or `STEP:usd=5`, each; what is said of one step is one. */
export function readBudgets(texts: readonly string[]): Result<readonly BudgetFlag[]> {
  const raised = new Map<Path, BudgetFlag>();
  for (const text of texts) {
    const [, step = '', measure = '', amount = ''] = /^(?:(.+):)?(usd|tokens|calls)=(.+)$/.exec(text) ?? [];
    const value = measure === 'usd' ? dollars(amount) : parseCount(amount);
    if (measure === '' || value === null) return { ok: false, diagnostics: [badBudget(text)] };
    raised.set(step, { ...(raised.get(step) ?? { step }), [measure]: value });
  }
  return { ok: true, value: [...raised.values()] };
}

function dollars(text: string): number | null {
  const usd = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : null;
  return toNano(usd) === null ? null : usd;
}

function badBudget(text: string) {
  return problem(
    'CLI_USAGE',
    `--budget takes usd=5, tokens=800k or calls=300, of a step STEP:usd=5, and not \`${text}\`.`,
    {
      hint: /duration=/.test(text)
        ? 'How long things may take is said in the workflow: `giga resume` goes on under what it says by then.'
        : 'It says what may be taken in all, with what is spent.',
    },
  );
}
