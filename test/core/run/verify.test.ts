import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/core/run/decide.ts';
import type { Recorded, RunEvent } from '../../../src/core/run/event.ts';
import { evolve } from '../../../src/core/run/evolve.ts';
import { fold } from '../../../src/core/run/fold.ts';
import { next } from '../../../src/core/run/next.ts';
import { newRun } from '../../../src/core/run/run.ts';
import { verifyDecisions } from '../../../src/core/run/verify.ts';
import { viewRun, viewSteps } from '../../../src/core/run/view.ts';
import { action, equal, lit, plan, ref, value, when } from './plans.ts';
import { MOVES, PLANS } from './random-plans.ts';
import { live, newStats } from './simulate.ts';
import { runOf, type World } from './world.ts';

const CORE = { newRun, evolve, next, fold, decide, viewRun, viewSteps };

test('a journal that giga has written holds nothing but what follows', () => {
  fc.assert(
    fc.property(PLANS, MOVES, ({ plan: one, edited }, moves) => {
      const { journal, surroundings } = live(CORE, one, edited, moves, newStats());
      const { mismatches, decisions } = verifyDecisions(surroundings, journal);
      expect(mismatches).toEqual([]);
      expect(decisions).toBeGreaterThan(0);
    }),
    { numRuns: Number(process.env.GIGA_RUNS ?? 200), seed: Number(process.env.GIGA_SEED ?? 11) },
  );
});

describe('a journal in which someone has changed', () => {
  const test1 = when(equal(ref('steps.a.outputs.v'), lit(1)));
  const steps = plan([action('a'), action('b', { needs: [0], if: test1 }), action('c', { needs: [0] })], {
    outputs: { v: { value: value('steps.a.outputs.v') } },
  });
  const world = (): World => runOf(steps, { a: { outputs: { v: 2 } } });
  const changed = (change: (event: Recorded) => RunEvent | Recorded): readonly Recorded[] =>
    world().journal.map((record) => ({ ...record, ...change(record) }));

  test('nothing is whole', () => {
    const { journal, surroundings } = world();
    expect(verifyDecisions(surroundings, journal)).toEqual({ records: 14, decisions: 10, mismatches: [] });
  });

  test.each<[string, (event: Recorded) => RunEvent | Recorded, string, string | null]>([
    [
      'the verdict',
      (event) => (event.type === 'run.finished' ? { ...event, verdict: 'failed' } : event),
      'run.finished',
      'run.finished',
    ],
    [
      'what was skipped',
      (event) =>
        event.type === 'step.settled' && event.node === 'b'
          ? { ...event, result: 'succeeded', cause: { kind: 'attempt' } }
          : event,
      'step.settled',
      'step.settled',
    ],
    [
      'the value that a condition read',
      (event) => (event.type === 'attempt.ended' && event.node === 'a' ? { ...event, outputs: { v: 1 } } : event),
      'step.settled',
      'attempt.started',
    ],
    [
      'an output of the run',
      (event) => (event.type === 'run.finished' ? { ...event, outputs: { v: 3 } } : event),
      'run.finished',
      'run.finished',
    ],
  ])('%s does not follow', (_, change, said, follows) => {
    const [first] = verifyDecisions(world().surroundings, changed(change)).mismatches;
    expect([first?.said.type, first?.follows?.type ?? null]).toEqual([said, follows]);
  });
});
