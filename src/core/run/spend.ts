/**
 * What the calls of a run have taken, by step: folded from what attempts noted. A call that was set aside and never ended counts at its
 * worst case, since it may have been paid for. Knows no caps.
 */
import { isJsonObject, type Json } from '../json.ts';
import { type Amount, NOTHING_SPENT, pathsAround, plus } from '../money/caps.ts';
import { toNano } from '../money/usd.ts';
import type { OpNoted, Path } from './event.ts';

/** What a step has taken. */
export interface StepSpend extends Amount {
  /** Calls without a price: the amount says nothing of them. */
  readonly unpriced: number;
  /** Calls whose end is not known, counted at their worst case. */
  readonly unended: number;
}

export interface Spend {
  readonly steps: Map<Path, StepSpend>;
  /** Calls under way, or cut off: by step and call. */
  readonly open: Map<string, OpenCall>;
  /** How often it has heard of calls. */
  calls: number;
}
interface OpenCall {
  readonly node: Path;
  readonly amount: Price;
}
type Price = Pick<StepSpend, 'calls' | 'tokens' | 'nano' | 'unpriced'>;

const NOTHING: StepSpend = { ...NOTHING_SPENT, unpriced: 0, unended: 0 };

export function noSpend(): Spend {
  return { steps: new Map(), open: new Map(), calls: 0 };
}

/** Any news of an attempt; those of calls count. What is damaged counts as far as it can be read. */
export function noteSpend(spend: Spend, { node, data }: OpNoted): void {
  if (typeof node !== 'string' || !isJsonObject(data)) return;
  if (data.kind !== 'call-reserved' && data.kind !== 'call-ended') return;
  const key = `${node} ${JSON.stringify(data.call ?? null)}`;
  const before = spend.open.get(key);
  spend.calls++;
  if (data.kind === 'call-reserved') {
    if (before !== undefined) put(spend, before.node, { ...before.amount, unended: 1 }); // the same name, and another call
    spend.open.set(key, { node, amount: priced(data.usd, tokensIn(data.tokens)) });
    return;
  }
  spend.open.delete(key);
  put(spend, node, { ...endOf(before?.amount, data.usd, data.usage), unended: 0 });
}

/** What a call came to; what its end does not say is as it was set aside. */
function endOf(reserved: Price | undefined, usd: Json | undefined, usage: Json | undefined): Price {
  const tokens = isJsonObject(usage)
    ? ['input', 'output', 'cache-read', 'cache-write'].reduce((sum, name) => sum + tokensIn(usage[name]), 0)
    : (reserved?.tokens ?? 0);
  const real = priced(usd, tokens);
  return real.unpriced > 0 && reserved !== undefined ? { ...reserved, tokens } : real;
}

function priced(usd: Json | undefined, tokens: number): Price {
  const nano = toNano(usd);
  return { calls: 1, tokens, nano: nano ?? 0, unpriced: nano === null ? 1 : 0 };
}

function tokensIn(value: Json | undefined): number {
  return Number.isSafeInteger(value) && Number(value) > 0 ? Math.min(Number(value), MOST_TOKENS) : 0;
}
/** No sum of so many calls is out of the range of exact numbers. */
const MOST_TOKENS = 1e9;

function put({ steps }: Spend, node: Path, amount: StepSpend): void {
  steps.set(node, sum(steps.get(node) ?? NOTHING, amount));
}

function sum(a: StepSpend, b: StepSpend): StepSpend {
  return { ...plus(a, b), unpriced: a.unpriced + b.unpriced, unended: a.unended + b.unended };
}

/** By step, open calls at their worst case. Of steps that made none, nothing. */
export function spentBySteps(spend: Spend): ReadonlyMap<Path, StepSpend> {
  const all: Spend = { ...noSpend(), steps: new Map(spend.steps) };
  for (const { node, amount } of spend.open.values()) put(all, node, { ...amount, unended: 1 });
  return all.steps;
}

/** Of one step; null where it made no call. */
export function spentAt({ steps, open }: Spend, path: Path): StepSpend | null {
  const own = steps.get(path);
  const under = [...open.values()].filter(({ node }) => node === path);
  if (own === undefined && under.length === 0) return null;
  return sumOf([own ?? NOTHING, ...under.map(({ amount }) => ({ ...amount, unended: 1 }))]);
}

/** By path: of each step, and of all that it lies inside of; the run is ''. */
export function spentByPaths(spend: Spend): ReadonlyMap<Path, StepSpend> {
  const paths = new Map<Path, StepSpend>();
  for (const [node, amount] of spentBySteps(spend))
    for (const path of pathsAround(node)) paths.set(path, sum(paths.get(path) ?? NOTHING, amount));
  return paths;
}

export function sumOf(amounts: Iterable<StepSpend>): StepSpend {
  return [...amounts].reduce(sum, NOTHING);
}
