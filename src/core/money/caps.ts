/** Amounts of what calls take, and caps on them: what fits, and what can never fit. Knows no order of asks. */
import type { Path } from '../run/event.ts';

/** Calls, their tokens, and their price in whole nano-dollars. */
export interface Amount {
  readonly calls: number;
  readonly tokens: number;
  readonly nano: number;
}
/** What a cap bounds; absent where it does not. */
export type Limits = Partial<Amount>;

/** One `budget`: of the step at this path and all that is inside it; '' is the run. */
export interface Cap {
  readonly path: Path;
  readonly limits: Limits;
}

export const NOTHING_SPENT: Amount = { calls: 0, tokens: 0, nano: 0 };
export const MEASURES = ['nano', 'tokens', 'calls'] as const satisfies readonly (keyof Amount)[];
export type Measure = (typeof MEASURES)[number];

export function plus(a: Amount, b: Amount): Amount {
  return { calls: a.calls + b.calls, tokens: a.tokens + b.tokens, nano: a.nano + b.nano };
}

export function minus(a: Amount, b: Amount): Amount {
  return { calls: a.calls - b.calls, tokens: a.tokens - b.tokens, nano: a.nano - b.nano };
}

/** The first measure of a cap that an amount is over; null where it fits. */
export function overIn(limits: Limits, amount: Amount): Measure | null {
  return MEASURES.find((measure) => amount[measure] > (limits[measure] ?? Number.POSITIVE_INFINITY)) ?? null;
}

/** A path and all that it lies inside of, the run first: caps of any of these bound it. */
export function pathsAround(path: Path): readonly Path[] {
  const around: Path[] = [''];
  for (let end = 1; end < path.length; end++) if ('/[#'.includes(path.charAt(end))) around.push(path.slice(0, end));
  if (path !== '') around.push(path);
  return around;
}
