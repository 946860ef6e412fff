/** Codes of what is spent, and of what may be. */
import type { Explanation } from './catalog.ts';

export const MONEY_CODES = {
  STEP_BUDGET: {
    title: 'A call does not fit into a budget',
    text: 'Before a call of a model is sent, the most that it can cost is set aside in every `budget` that it belongs to: of its step, of the groups and workflows around it, of the run, and of the day in `giga.yaml`. This one does not fit into what one of them has left, whatever the calls under way come to, so it was not sent and nothing was spent on it. The message names the budget, what is spent, what is set aside for calls under way and what was asked for. Raise it with `giga resume RUN --budget usd=5` (of a step `--budget STEP:usd=5`), or make the worst case smaller: a shorter prompt, a smaller `max-tokens`, another model. The step runs again on resume.',
  },
  PLAN_BUDGET: {
    title: 'The worst case does not fit into a budget',
    text: '`giga validate --budget` adds up what the calls of a workflow may take at worst, without running it: fan-out, loops and retries, each with the longest prompt and answer that it can have. A `budget` is smaller than that, so that a run may end with `STEP_BUDGET`; the message says how much would be needed. Raise it, or bound what makes it large: `limit` of a fan-out, `max` of a loop, `max-tokens`, `max-turns`, `retry`. As a warning: how much it may be cannot be told, since the number of items is known only in a run.',
  },
  RUN_BUDGET: {
    title: 'A budget cannot be raised so',
    text: '`giga resume RUN --budget usd=5` lets a run take five dollars in all, with what it has spent, and `--budget STEP:usd=5` a step. It raises what the workflow bounds, so it needs a `budget` there with the same measure, and a larger number than the one that holds now. A budget is lowered, added or taken away in the workflow: a resume goes on under it, and keeps the steps that are done.',
  },
  STEP_PRICE_UNKNOWN: {
    title: 'Nobody knows what a call costs',
    text: 'A `budget` bounds what may be spent in `usd`, and there is no price for the model of this call: giga knows the prices of a list with sources and guesses none. Add it under `prices` in `giga.yaml`, in USD per million tokens (`prices: { my-model: { input: 2, output: 10 } }`), or bound `tokens` or `calls` instead.',
  },
} as const satisfies Record<string, Explanation>;
