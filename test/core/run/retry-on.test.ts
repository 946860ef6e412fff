import { describe, expect, test } from 'vitest';
import { problem } from '../../../src/core/diagnostic/diagnostic.ts';
import type { Retry } from '../../../src/core/plan/plan.ts';
import { action, both, call, composite, equal, expression, group, lit, plain, plan, ref, value } from './plans.ts';
import { type Reply, runOf, World } from './world.ts';

const retry: Retry = { attempts: 3, delayMs: 0, backoff: 'constant', factor: 2 };
const when = (expr: Parameters<typeof expression>[0]): { readonly holds: ReturnType<typeof expression> } => ({
  holds: expression(expr),
});
const FAIL: Reply = {
  outcome: 'failed',
  outputs: { 'exit-code': 75, stderr: 'try later' },
  error: { ...problem('STEP_FAILED', 'It failed.'), exitCode: 75 },
};
const attemptsWith = (more: Partial<Retry>): number =>
  runOf(plan([action('a', { retry: { ...retry, ...more } })]), { a: FAIL }).attempts('a');

describe('an expression in the place of a class of failures', () => {
  test('sees the attempt and its error', () => {
    const isBusy = both(equal(ref('self.exit-code'), lit(75)), call('contains', ref('self.stderr'), lit('later')));
    expect(attemptsWith({ on: when(isBusy) })).toBe(3);
    expect(attemptsWith({ on: when(equal(ref('self.exit-code'), lit(1))) })).toBe(1);
    expect(attemptsWith({ on: when(equal(ref('error.code'), lit('STEP_FAILED'))) })).toBe(3);
    expect(attemptsWith({ on: when(equal(ref('self.result'), lit('failed'))) })).toBe(3);
    expect(attemptsWith({ neverOn: when(isBusy) })).toBe(1);
    expect(attemptsWith({ on: when(lit(true)), neverOn: { exitCodes: [75] } })).toBe(1);
  });

  test('of a group sees the error of the step inside that failed', () => {
    const on = when(equal(ref('error.exit-code'), lit(75)));
    const world = runOf(plan([group('g', [action('a')], { retry: { ...retry, on } })]), { 'g/a': FAIL });
    expect(world.attempts('g/a')).toBe(3);
  });

  test('that cannot be evaluated fails the step, and says why', () => {
    const on = when(call('fromJSON', lit('{')));
    const world = runOf(plan([action('a', { retry: { ...retry, on } })]), { a: FAIL });
    expect([world.attempts('a'), world.settled('a')?.error?.code]).toEqual([1, 'EXPR_JSON']);
  });

  test('may ask for values from outside', () => {
    const on = when(equal(call('now'), lit('noon')));
    const world = runOf(
      plan([action('a', { retry: { ...retry, on } })]),
      { a: FAIL },
      {
        capture: ({ captures }) => ({ values: { [captures[0]?.key ?? '']: 'noon' } }),
      },
    );
    expect(world.attempts('a')).toBe(3);
  });
});

describe('clear-env on a group', () => {
  const work = (more: object) => {
    const inner = group('g', [action('a', { env: { C: value('env.A') }, ...more })], {
      env: { A: plain('group') },
      clearEnv: true,
    });
    const outer = composite('group', 'o', [{ nodes: [inner] }], { env: { B: plain('outer') } });
    const world = new World(plan([outer], { env: { D: plain('plan') } })).rest();
    const [started] = world.started;
    return started?.kind === 'attempt' ? { env: started.env, clear: started.clearEnv } : null;
  };

  test('leaves the steps inside what the group itself declares', () => {
    expect(work({ clearEnv: 'around' })).toEqual({ env: { A: 'group', C: 'group' }, clear: true });
    expect(work({ clearEnv: true })).toEqual({ env: { C: '' }, clear: true });
  });
});
