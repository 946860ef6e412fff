/** What others read of a run and of its steps while it goes on. */
import { describe, expect, test } from 'vitest';
import type { PlanNode } from '../../../src/core/plan/plan.ts';
import { newRun } from '../../../src/core/run/run.ts';
import { viewRun, viewStep } from '../../../src/core/run/view.ts';
import { action, approval, awaiting, expression, failing, group, lit, plain, plan, wait } from './plans.ts';
import { World } from './world.ts';

const begin = (...nodes: readonly PlanNode[]): World => new World(plan(nodes), { timers: false }).rest();
const retry = { attempts: 2, delayMs: 100, backoff: 'constant', factor: 1 } as const;
const never = { kind: 'condition', until: expression(lit(false)), everyMs: 5 } as const;

describe('a run', () => {
  test.each<[string, number, PlanNode]>([
    ['an attempt', 0, action('a')],
    ['a time that passes', 1, wait('a')],
    ['a verdict', 1, approval('a')],
    ['an event, for no longer than it may', 1, awaiting('a', { kind: 'event', name: 'go' }, { timeoutMs: 9 })],
    ['a condition that is asked now and then', 1, awaiting('a', never)],
    ['an attempt in a group whose time is limited', 0, group('a', [action('b')], { timeoutMs: 9 })],
  ])('that has %s under way waits for %i things', (_, waiting, node) => {
    expect(viewRun(begin(node).run).waiting).toBe(waiting);
  });

  test('waits until a step is tried again', () => {
    expect(viewRun(begin(action('a', { retry })).end('a', { outcome: 'failed' }).run).waiting).toBe(1);
  });

  test('is being cancelled from the word on, and not before', () => {
    expect(viewRun(newRun({ plans: new Map() })).isCancelling).toBe(false);
    const world = begin(action('a'));
    expect(viewRun(world.run).isCancelling).toBe(false);
    world.command({ kind: 'cancel', node: '' });
    expect(viewRun(world.run).isCancelling).toBe(true);
  });
});

describe('a step', () => {
  test('has no times before it begins, and none of its end before that', () => {
    const world = begin(action('a'), action('b', { needs: [0] }));
    const { now } = world;
    expect(viewStep(world.run, 'b')).toMatchObject({ startedAt: null, endedAt: null, error: null, failedAt: null });
    expect(viewStep(world.run, 'a')).toMatchObject({ startedAt: now, endedAt: null, isStopping: false });
    world.end('a');
    expect(viewStep(world.run, 'a')).toMatchObject({ startedAt: now, endedAt: world.settled('a')?.at, durationMs: 5 });
  });

  test('takes, with what is in it, from its beginning to its end', () => {
    const world = begin(group('g', [action('a')]))
      .pass(500)
      .end('g/a');
    const { startedAt, endedAt, durationMs } = viewStep(world.run, 'g') ?? {};
    expect(durationMs).toBe(Number(endedAt) - Number(startedAt));
    expect(durationMs).toBeGreaterThan(500);
  });

  test.each<[PlanNode, boolean]>([
    [failing('a'), false],
    [failing('a', 'no', { continueOnError: true }), true],
    [failing('a', 'no', { allowFailure: true }), true],
    [wait('a', plain('0s'), { allowFailure: true }), false],
    [wait('a', plain('0s'), { continueOnError: true }), false],
  ])('is allowed to fail only where it has failed, and may: %j', (node, isAllowed) => {
    const { run } = new World(plan([node])).go();
    expect(viewStep(run, 'a')?.isAllowed).toBe(isAllowed);
  });

  test('that failed has its error, and where it is from', () => {
    const world = begin(group('g', [failing('a', 'not today'), action('b')]));
    const told = { error: { code: 'STEP_FAIL', message: 'not today' }, failedAt: 'g/a' };
    expect(viewStep(world.run, 'g/a')).toMatchObject(told);
    expect(viewStep(world.end('g/b').run, 'g')).toMatchObject(told);
  });

  test('is being stopped until it has ended', () => {
    const world = begin(action('a'), action('b'));
    world.command({ kind: 'cancel', node: 'a' });
    const isStopping = () => ['a', 'b'].map((path) => viewStep(world.run, path)?.isStopping);
    expect(isStopping()).toEqual([true, false]);
    world.end('a', { outcome: 'cancelled' });
    expect(isStopping()).toEqual([false, false]);
  });
});
