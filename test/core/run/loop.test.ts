import { describe, expect, test } from 'vitest';
import type { LoopSpec } from '../../../src/core/plan/plan.ts';
import { action, call, equal, expression, group, lit, loop, object, plain, plan, ref, set, value } from './plans.ts';
import { type Reply, runOf, World, type WorldOptions } from './world.ts';

const FAIL: Reply = { outcome: 'failed' };
const is = (path: string, what: string | number) => expression(equal(ref(path), lit(what)));

/** A looped action whose n-th iteration gives `v: n`, and a step that reads the loop. */
function run(spec: LoopSpec, replies: Readonly<Record<string, Reply>> = {}, options: WorldOptions = {}): World {
  const reader = set('reader', { out: value('steps.fix.outputs') }, { needs: [0], join: 'all-done' });
  const world = new World(plan([loop(action('fix'), spec), reader]), {
    reply: ({ node }) => replies[node] ?? { outputs: { v: Number(node.split('#')[1]) } },
    ...options,
  });
  return world.go();
}

describe('a loop', () => {
  test.each<readonly [LoopSpec, iterations: number, stopped: string, result: string]>([
    [{ max: 3 }, 3, 'max', 'succeeded'],
    [{ max: 5, until: is('self.outputs.v', 2) }, 2, 'until', 'succeeded'],
    [{ max: 2, until: is('self.outputs.v', 9) }, 2, 'max', 'STEP_LOOP_EXHAUSTED'],
    [{ max: 5, while: expression(equal(ref('loop.last.outputs.v'), lit(null))) }, 1, 'while', 'succeeded'],
    [{ max: 2, while: expression(lit(true)) }, 2, 'max', 'STEP_LOOP_EXHAUSTED'],
    [{ max: 2, while: is('loop.iteration', 1) }, 1, 'while', 'succeeded'],
    [{ max: 9, plateau: { count: 3, metric: expression(lit(1)) } }, 3, 'plateau', 'succeeded'],
    [{ max: 9, plateau: { count: 2, metric: expression(ref('self.outputs.v')) } }, 9, 'max', 'succeeded'],
    [
      { max: 9, until: is('self.outputs.v', 0), plateau: { count: 2, metric: expression(lit(1)) } },
      2,
      'plateau',
      'STEP_LOOP_PLATEAU',
    ],
  ])('%j ends after %i iterations by %s: %s', (spec, iterations, stopped, result) => {
    const world = run(spec);
    const settled = world.settled('fix');
    expect(settled?.error?.code ?? settled?.result).toBe(result);
    expect(world.settled('reader')?.outputs).toMatchObject({ out: { iterations, stopped, v: iterations } });
    expect(world.events('attempt.started').map(({ node }) => node)).toEqual(
      Array.from({ length: iterations }, (_, index) => `fix#${index + 1}`),
    );
  });

  test('whose while never holds is skipped, and says why', () => {
    const world = run({ max: 3, while: expression(equal(lit(1), lit(2)), '1 == 2') });
    expect(world.settled('fix')).toMatchObject({
      result: 'skipped',
      cause: { kind: 'condition-false', condition: '1 == 2' },
    });
  });

  test('fails of its first failed iteration, whose outputs are seen', () => {
    const world = run({ max: 3 }, { 'fix#2': { ...FAIL, outputs: { 'exit-code': 7 } } });
    expect(world.attempts('fix#3')).toBe(0);
    expect(world.settled('reader')?.outputs).toEqual({ out: { 'exit-code': 7, iterations: 2 } });
  });

  test('needs a metric that is a number', () => {
    const world = run({ max: 3, plateau: { count: 2, metric: expression(lit('1')) } });
    expect(world.finished?.error?.code).toBe('STEP_LOOP_METRIC');
  });

  test('shows the iteration before, and only that', () => {
    const once = action('fix', {
      with: object({ n: value('loop.iteration'), last: value('loop.last.outputs.v'), how: value('loop.last.result') }),
    });
    const world = runOf(plan([loop(once, { max: 3 })]), {
      'fix#1': { outputs: { v: 'one' } },
      'fix#2': { outputs: { v: 'two' } },
    });
    expect(world.started.map((work) => work.kind === 'attempt' && work.request)).toEqual([
      { n: 1, last: null, how: null },
      { n: 2, last: 'one', how: 'succeeded' },
      { n: 3, last: 'two', how: 'succeeded' },
    ]);
  });

  test('sees the steps of a group in the iteration that ended', () => {
    const body = group('fix', [action('edit'), action('check', { needs: [0] })], {
      outputs: { left: { value: value('steps.check.outputs.left') } },
    });
    const spec = { max: 9, until: is('steps.check.outputs.left', 0) };
    const world = new World(
      plan([loop(body, spec)], { outputs: { left: { value: value('steps.fix.outputs.left') } } }),
      {
        reply: ({ node }) => ({ outputs: { left: 3 - Number(/#(\d)/.exec(node)?.[1]) } }),
      },
    ).go();
    expect(world.attempts('fix#3/edit')).toBe(1);
    expect(world.attempts('fix#4/edit')).toBe(0);
    expect(world.finished?.outputs).toEqual({ left: 0 });
  });

  test('retries within an iteration', () => {
    const retry = { attempts: 2, delayMs: 0, backoff: 'constant', factor: 1 } as const;
    const world = new World(plan([loop(action('fix', { retry }), { max: 2 })])).rest();
    world.end('fix#1').end('fix#2', FAIL).end('fix#2');
    expect([world.attempts('fix#1'), world.attempts('fix#2'), world.result('fix')]).toEqual([1, 2, 'succeeded']);
  });

  test('waits between iterations, and can be cancelled while it does', () => {
    const world = run({ max: 3, delayMs: 500 }, {}, { timers: false });
    expect(world.events('timer.started')).toMatchObject([{ node: 'fix', purpose: 'delay', delayMs: 500 }]);
    world.crash().rest();
    expect(world.attempts('fix#2')).toBe(0);
    world.command({ kind: 'cancel', node: 'fix' });
    expect(world.rest().result('fix')).toBe('cancelled');
  });

  test('captures anew what its end needs', () => {
    const until = expression(equal(call('hashFiles', lit('x')), lit('b')));
    const world = run(
      { max: 5, until },
      {},
      {
        capture: ({ captures, op }) => ({
          values: Object.fromEntries(captures.map(({ key }) => [key, op > 3 ? 'b' : 'a'])),
        }),
      },
    );
    expect(world.events('capture.started')).toHaveLength(2);
    expect(world.events('scope.closed').flatMap(({ loop: facts }) => facts ?? [])).toEqual([
      { until: false },
      { until: true },
    ]);
  });
});

describe('a resume inside a loop', () => {
  const spec = { max: 3 };
  const failing = { 'fix#2': FAIL };
  test('keeps the iterations that were done', () => {
    const world = run(spec, failing);
    world.resume().rest();
    expect(world.result('fix#1')).toBe('kept');
    world.end('fix#2');
    expect(world.attempts('fix#2')).toBe(2);
  });

  test('does later iterations again when an earlier one was', () => {
    const world = run(spec);
    const changed = plan([loop(action('fix', { with: plain({ script: 'other' }) }), spec)]);
    world.resume(changed).go();
    expect(['fix#1', 'fix#2', 'fix#3'].map((path) => world.attempts(path))).toEqual([2, 2, 2]);
  });

  test('asks a new until of what was kept', () => {
    const world = run(spec);
    world.resume(plan([loop(action('fix'), { max: 3, until: is('self.outputs.v', 2) })])).go();
    expect(world.settled('fix')?.outputs).toEqual({ iterations: 2, stopped: 'until' });
    expect(world.attempts('fix#1')).toBe(1);
  });

  test('from an iteration takes the later ones with it, when asked to', () => {
    const world = run(spec);
    world.resume(undefined, { rerun: ['fix#2'], downstream: true }).go();
    expect(['fix#1', 'fix#2', 'fix#3'].map((path) => world.attempts(path))).toEqual([1, 2, 2]);
  });

  test('refuses an iteration of what is no loop', () => {
    const world = run(spec);
    expect(() => world.resume(undefined, { rerun: ['reader#2'] })).toThrow('RUN_UNKNOWN_STEP');
  });
});
