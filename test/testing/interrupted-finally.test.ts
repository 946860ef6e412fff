/** What a `finally` held when it was cut off by an interrupt is free for its second time. */
import { expect, test } from 'vitest';
import { simulateRun, troubleAt } from '../../src/testing/simulate-run.ts';
import { action, list, plain, plan } from '../core/run/plans.ts';

const PLAN = plan(list([action('a')]), {
  finally: [action('clean', { claim: { of: 'lock', name: plain('db') } })],
  finallyOnInterruptMs: 500,
});

test('a run goes on to its end whenever it is interrupted', async () => {
  for (let moment = 10; moment <= 60; moment++) {
    const troubles = troubleAt(moment, { kind: 'is-paused', thenKilled: false });
    const { end, violations } = await simulateRun({ plan: PLAN, troubles });
    expect({ moment, end: end?.kind, violations }).toEqual({ moment, end: 'finished', violations: [] });
  }
});
