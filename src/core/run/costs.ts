/** What a run has spent, for whoever shows it: by step, and in all. Knows no words. */
import { known } from '../known.ts';
import type { Limits } from '../money/caps.ts';
import { fromNano } from '../money/usd.ts';
import { runLimits } from './budget.ts';
import type { Path } from './event.ts';
import { barePath } from './plan-paths.ts';
import type { Run } from './run.ts';
import { type Spend, type StepSpend, spentAt, spentBySteps, sumOf } from './spend.ts';

/** As it stands whenever it is asked. */
export interface Costs {
  /** Null where no call was made. */
  total(): StepSpend | null;
  at(path: Path): StepSpend | null;
  /** Items and iterations are one with their step; the dearest first. */
  byStep(): readonly (readonly [Path, StepSpend])[];
  /** What bounds the whole run. */
  limits(): Limits;
}

export function costsOf(run: Run): Costs {
  return costsIn(run.spend, () => runLimits(run.plan, run.raised));
}

export function costsIn(spend: Spend, limits: () => Limits): Costs {
  return {
    limits,
    total: () => (spend.calls === 0 ? null : sumOf(spentBySteps(spend).values())),
    at: (path) => spentAt(spend, path),
    byStep: () => joined(spentBySteps(spend)),
  };
}

function joined(steps: ReadonlyMap<Path, StepSpend>): readonly (readonly [Path, StepSpend])[] {
  const bare = new Map<Path, StepSpend[]>();
  for (const [path, spent] of steps) bare.set(barePath(path), [...(bare.get(barePath(path)) ?? []), spent]);
  return [...bare.keys()]
    .toSorted()
    .map((path) => [path, sumOf(known(bare.get(path)))] as const)
    .toSorted(([, x], [, y]) => y.nano - x.nano || y.tokens - x.tokens);
}

/** As JSON says it: what is zero of what is odd is left out. */
export interface CostFacts {
  readonly usd: number;
  readonly tokens: number;
  readonly calls: number;
  readonly unpriced?: number;
  readonly unended?: number;
}

export function costFacts({ nano, tokens, calls, unpriced, unended }: StepSpend): CostFacts {
  return { usd: fromNano(nano), tokens, calls, ...(unpriced > 0 && { unpriced }), ...(unended > 0 && { unended }) };
}
