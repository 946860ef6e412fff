/** What is said where a call may not be sent: which budget, what is spent, set aside and asked for, and what raises it. */
import { type Diagnostic, problem } from '../diagnostic/diagnostic.ts';
import type { Amount, Cap, Limits, Measure } from './caps.ts';
import type { Refusal } from './ledger.ts';
import { centsAbove, usdText } from './usd.ts';

/** Where a budget is from, and how it is raised, in words. */
export interface CapWords {
  /** `the budget of step \`deploy\``. */
  readonly name: string;
  /** What to do so that it bounds a measure by so much: a sentence. */
  readonly raise: (limit: string) => string;
}

/** A cap as people know it: by its step, or as that of the run. */
export function wordsOf({ path }: Pick<Cap, 'path'>, run: string): CapWords {
  const prefix = path === '' ? '' : `${path}:`;
  const given = (limit: string): string => (/[[\]#'" ]/.test(prefix) ? `'${prefix}${limit}'` : `${prefix}${limit}`);
  const where = path === '' ? '`budget` of the workflow' : '`budget` of the step';
  return {
    name: path === '' ? 'the budget of the run' : `the budget of step \`${path}\``,
    raise: (limit) =>
      `Raise it: \`giga resume ${run} --budget ${given(limit)}\`, or write more in ${where} and resume.`,
  };
}

export function refusalProblem(why: Refusal, model: string, words: CapWords): Diagnostic {
  if (why.kind === 'unpriced') {
    return problem(
      'STEP_PRICE_UNKNOWN',
      `Nobody knows what a call of \`${model}\` costs, and ${words.name} bounds usd (${limitText(why.cap.limits, 'nano')}).`,
      {
        hint: `Add its price to \`giga.yaml\`, in USD per million tokens: \`prices: { ${model}: { input: …, output: … } }\`; or bound \`tokens\` or \`calls\` instead of \`usd\`.`,
      },
    );
  }
  const { cap, measure, spent, open, asked } = why;
  const of = (amount: Amount): string => textOf(measure, amount[measure]);
  return problem(
    'STEP_BUDGET',
    `A call of \`${model}\` does not fit into ${words.name} (${limitText(cap.limits, measure)}): it may take ${of(asked)}; spent are ${of(spent)}, and set aside for calls under way ${of(open)}.`,
    {
      hint: `${words.raise(needed(measure, spent, open, asked))} A smaller worst case may fit as well: a shorter prompt, less \`max-tokens\`.`,
    },
  );
}

/** `usd 2.50`, `400000 tokens`, `1 call`. */
export function textOf(measure: Measure, amount: number): string {
  if (measure === 'nano') return `usd ${usdText(amount)}`;
  return measure === 'tokens' ? `${amount} tokens` : `${amount} ${amount === 1 ? 'call' : 'calls'}`;
}

function limitText(limits: Limits, measure: Measure): string {
  return textOf(measure, limits[measure] ?? 0);
}

/** What would hold this call as well: an advice, which what comes later may outgrow. */
function needed(measure: Measure, spent: Amount, open: Amount, asked: Amount): string {
  const least = spent[measure] + open[measure] + asked[measure];
  return measure === 'nano' ? `usd=${centsAbove(least)}` : `${measure}=${least}`;
}
