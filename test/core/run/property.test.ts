import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decide } from '../../../src/core/run/decide.ts';
import { evolve } from '../../../src/core/run/evolve.ts';
import { fold } from '../../../src/core/run/fold.ts';
import { next } from '../../../src/core/run/next.ts';
import { newRun } from '../../../src/core/run/run.ts';
import { viewRun, viewSteps } from '../../../src/core/run/view.ts';
import { MOVES, PLANS } from './random-plans.ts';
import { live, newStats } from './simulate.ts';

const CORE = { newRun, evolve, next, fold, decide, viewRun, viewSteps };
/** The gate lives the same lives each time, so that it fails of what was changed; the torture lives new ones. */
const IS_LONG = process.env.GIGA_TORTURE === '1';
const RUNS = Number(process.env.GIGA_RUNS ?? (IS_LONG ? 20_000 : 500));
const SEED = Number(process.env.GIGA_SEED ?? (IS_LONG ? Date.now() % 1_000_000_007 : 11));

test(`next says what the naive oracle says, before every event of random runs (GIGA_SEED=${SEED})`, {
  timeout: 30 * 60_000,
}, () => {
  const stats = newStats();
  fc.assert(
    fc.property(PLANS, MOVES, ({ plan, edited }, moves) => void live(CORE, plan, edited, moves, stats)),
    { numRuns: RUNS, seed: SEED },
  );
  if (process.env.GIGA_STATS) console.log(stats.events, stats.crashes, stats.replans, Object.fromEntries(stats.seen));
  expect(stats.crashes).toBeGreaterThan(RUNS);
  expect(stats.rewinds).toBeGreaterThan(RUNS / 10);
});
