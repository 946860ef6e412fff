/** What a wait says of itself, how long it took, what it captured, and by when what is limited is due. */
import { describe, expect, test } from 'vitest';
import type { Awaited, PlanNode } from '../../../src/core/plan/plan.ts';
import { next } from '../../../src/core/run/next.ts';
import { viewStep } from '../../../src/core/run/view.ts';
import {
  action,
  approval,
  awaiting,
  call,
  equal,
  expression,
  group,
  lit,
  object,
  plain,
  plan,
  ref,
  set,
  wait,
  when,
} from './plans.ts';
import { NOON, type Reply, World, type WorldOptions } from './world.ts';

const FAIL: Reply = { outcome: 'failed' };
const PROBE: Awaited = {
  kind: 'probe',
  action: 'run',
  with: object({ script: plain('x') }),
  source: './up',
  everyMs: 5,
};
const FILE: Awaited = { kind: 'file', path: plain('out') };
const isNoon = expression(equal(call('now'), lit('noon')));
const begin = (nodes: readonly PlanNode[], options: WorldOptions = {}) =>
  new World(plan(nodes), { timers: false, ...options }).rest();

describe('a wait', () => {
  test.each<[Awaited, object]>([
    [
      { kind: 'event', name: 'go' },
      { purpose: 'event', data: { event: 'go' } },
    ],
    [FILE, { purpose: 'file', data: { file: 'out' } }],
    [PROBE, { purpose: 'condition', data: { probe: './up' } }],
    [
      { kind: 'condition', until: expression(lit(false), 'a == b'), everyMs: 5 },
      { purpose: 'condition', data: { until: 'a == b' } },
    ],
  ])('says what it is for: %j', (what, said) => {
    expect(begin([awaiting('w', what)]).events('wait.started')).toMatchObject([said]);
  });

  test('is left out where a command chose other steps', () => {
    const world = begin([awaiting('w', FILE), action('a')]);
    world.command({ kind: 'cancel', node: '' });
    world.rest().end('a', { outcome: 'cancelled' });
    world.resume(undefined, { only: ['a'] }).rest();
    expect(world.settled('w')).toMatchObject({ result: 'skipped', cause: { kind: 'not-selected' } });
  });

  test('took as long as it says, or as the journal does', () => {
    const world = begin([awaiting('a', FILE), awaiting('b', FILE), approval('c'), wait('d', '1s')]);
    const opOf = (node: string) => world.events('wait.started').find((one) => one.node === node)?.op ?? 0;
    world.apply({ type: 'wait.ended', node: 'a', op: opOf('a'), outputs: { 'waited-ms': 7 } });
    world.pass(500);
    world.apply({ type: 'wait.ended', node: 'b', op: opOf('b'), outputs: { 'waited-ms': 'long' } });
    world.rest().ring('d');
    const [started, ended] = [world.events('wait.started'), world.events('wait.ended')].map((all) =>
      all.find(({ node }) => node === 'b'),
    );
    const duration = (node: string) => viewStep(world.run, node)?.durationMs;
    expect([duration('a'), duration('b'), duration('d')]).toEqual([7, Number(ended?.at) - Number(started?.at), 1_000]);
    world.now = 0; // a clock that was set back
    world.apply({ type: 'wait.ended', node: 'c', op: opOf('c'), outputs: {} });
    expect(duration('c')).toBe(0);
  });

  test('that the world ends with an error has failed of it', () => {
    const world = begin([awaiting('w', FILE)]);
    const error = { code: 'STEP_WATCH', severity: 'error', message: 'no such folder' } as never;
    world.apply({ type: 'wait.ended', node: 'w', op: 1, error });
    expect(world.rest().settled('w')).toMatchObject({ result: 'failed', error: { message: 'no such folder' } });
  });

  test('for a condition takes the time of each look, one for an event that of its beginning', () => {
    const given = { if: when(equal(call('now'), lit('noon'))) };
    const asked = (what: Awaited) => {
      const world = new World(plan([awaiting('w', what, given), wait('z', '1m')]), { ...NOON, timers: false }).go();
      world.command({ kind: 'signal', name: 'go', data: null, by: 'me' });
      world.go();
      return [world.events('capture.started').length, world.result('w')];
    };
    expect(asked({ kind: 'condition', until: isNoon, everyMs: 5 })).toEqual([2, 'succeeded']);
    expect(asked({ kind: 'event', name: 'go', match: isNoon })).toEqual([1, 'succeeded']);
  });

  test.each([
    ['x'.repeat(198), 'x'.repeat(198)],
    ['x'.repeat(199), `"${'x'.repeat(199)}…`],
  ])('writes down of a value no more than its beginning: %#', (given, written) => {
    const until = expression(equal(ref('steps.a.outputs.n'), lit('y')));
    const condition = awaiting('w', { kind: 'condition', until, everyMs: 5 }, { needs: [0] });
    const world = begin([set('a', { n: plain(given) }), condition]);
    const [ended] = world.events('check.ended');
    expect(ended?.operands?.map((operand) => operand.value)).toContain(written);
  });
});

describe('a timer is asked for when it is written down', () => {
  test.each<[string, PlanNode]>([
    ['of a limit', { ...group('w', [action('a')]), timeoutMs: 50 }],
    ['between two looks', awaiting('w', { kind: 'condition', until: expression(lit(false)), everyMs: 50 })],
    ['of a wait', wait('w', '1s')],
  ])('%s', (_what, node) => {
    const world = new World(plan([node]));
    let event = next(world.run);
    for (; event !== null && event.type !== 'timer.started'; event = next(world.run)) world.apply(event);
    const [effect, ...more] = event === null ? [] : world.apply(event);
    expect([effect, more]).toMatchObject([{ type: 'start', work: { kind: 'timer', node: 'w' } }, []]);
  });
});

describe('a limit of a group', () => {
  const retry = { attempts: 2, delayMs: 5, backoff: 'constant', factor: 1 } as const;
  /** When the timers of limits are due, after they were set, in each attempt. */
  const dues = (limits: object) => {
    const world = begin([{ ...group('g', [action('a')], { retry }), ...limits }]);
    world.pass(300).end('g/a', FAIL).ring('g');
    const at = new Map(world.events('timer.started').map((event) => [event.op, event.at]));
    const { startedAt = 0 } = world.run.byPath.get('g') ?? {};
    return world.started.flatMap((work) => {
      if (
        work.kind !== 'timer' ||
        world.events('timer.started').find(({ op }) => op === work.op)?.purpose !== 'timeout'
      )
        return [];
      return [[work.dueAt - Number(at.get(work.op)), work.dueAt - startedAt]];
    });
  };
  test('of one attempt is due that long after it begins', () => {
    expect(dues({ timeoutMs: 1_000 }).map(([afterSet]) => afterSet)).toEqual([1_000, 1_000]);
  });
  test('of all attempts is due that long after the first began', () => {
    expect(dues({ totalTimeoutMs: 1_000 }).map(([, afterStart]) => afterStart)).toEqual([1_000, 1_000]);
  });
});
