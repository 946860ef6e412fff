import { describe, expect, test } from 'vitest';
import { problem } from '../../../src/core/diagnostic/diagnostic.ts';
import type { PlanNode, Retry } from '../../../src/core/plan/plan.ts';
import { action, choose, composite, each, group, loop, plain, plan, set, value, wait } from './plans.ts';
import { type Reply, World, type WorldOptions } from './world.ts';

const STOPPED: Reply = { outcome: 'cancelled' };
const FAIL: Reply = { outcome: 'failed' };
const retry: Retry = { attempts: 2, delayMs: 0, backoff: 'constant', factor: 2 };
const MINUTE = { timeoutMs: 60_000 };
const begin = (nodes: readonly PlanNode[], options: WorldOptions = {}) =>
  new World(plan(nodes), { timers: false, ...options }).rest();
const codeOf = (world: World, path: string) => world.settled(path)?.error?.code;

describe('the time of a group', () => {
  test('is over: its members are stopped, and it fails of it', () => {
    const world = begin([group('g', [action('a'), action('b', { needs: [0] }), wait('w', '9h')], MINUTE)]);
    expect(world.events('timer.started')[0]).toMatchObject({ node: 'g', purpose: 'timeout', limit: 'timeout' });
    world.ring('g');
    expect([world.result('g/a'), world.result('g/b'), world.result('g/w')]).toEqual([
      undefined,
      'cancelled',
      'cancelled',
    ]);
    world.end('g/a', STOPPED);
    expect(world.settled('g/a')?.cause).toEqual({ kind: 'cancelled', by: 'timeout' });
    expect([world.result('g'), codeOf(world, 'g'), world.finished?.verdict]).toEqual([
      'failed',
      'STEP_TIMEOUT',
      'failed',
    ]);
  });

  test('is over only when something was stopped by it', () => {
    const world = begin([group('g', [action('a')], MINUTE)]).ring('g');
    expect(world.end('g/a').result('g')).toBe('succeeded');
  });

  test('ends with the group', () => {
    const world = begin([group('g', [action('a')], MINUTE)]).end('g/a');
    const [timer] = world.events('timer.started');
    expect(world.stopped).toContain(timer?.op);
    expect([world.run.ops.size, world.result('g')]).toEqual([0, 'succeeded']);
  });

  test('begins anew with each attempt at the group', () => {
    const world = begin([group('g', [action('a')], { ...MINUTE, retry })]);
    world.ring('g').end('g/a', STOPPED);
    expect([world.events('timer.started').length, world.attempts('g/a')]).toEqual([2, 2]);
    world.end('g/a', FAIL);
    expect(world.settled('g')?.cause).toEqual({ kind: 'retries-exhausted', attempts: 2 });
  });

  test('is forgotten with the attempt that failed before it was over', () => {
    const world = begin([group('g', [action('a')], { ...MINUTE, retry: { ...retry, delayMs: 5 } })]);
    world.end('g/a', FAIL);
    const [limit, pause] = world.events('timer.started');
    expect([world.stopped, pause?.purpose]).toEqual([[limit?.op], 'retry']);
    world.apply({ type: 'timer.ended', node: 'g', op: limit?.op ?? 0 });
    world.rest().ring('g').end('g/a');
    expect(world.result('g')).toBe('succeeded');
  });

  test('of all attempts is over once, and no retry covers it', () => {
    const total = { totalTimeoutMs: 100_000, timeoutMs: 60_000, retry: { ...retry, attempts: 9 } };
    const world = begin([group('g', [action('a')], total)])
      .ring('g')
      .end('g/a', STOPPED);
    expect(world.events('timer.started').map(({ limit }) => limit)).toEqual(['timeout', 'total-timeout']);
    world.ring('g').end('g/a', STOPPED);
    expect([world.result('g'), codeOf(world, 'g'), world.attempts('g/a')]).toEqual(['failed', 'STEP_TOTAL_TIMEOUT', 2]);
  });

  test('of a step inside is over, and a retry of the whole begins it anew', () => {
    const world = begin([group('g', [action('a')], { retry })]);
    const late = problem('STEP_TOTAL_TIMEOUT', 'All attempts together took longer than 1s.');
    world.end('g/a', { outcome: 'timed-out', error: late }).end('g/a');
    expect([world.result('g'), world.attempts('g/a')]).toEqual(['succeeded', 2]);
  });

  test('goes on over a crash, by the wall clock', () => {
    const world = begin([group('g', [action('a')], MINUTE)]);
    const due = world.started.find((work) => work.kind === 'timer');
    world.pass(59_000).crash().rest();
    const again = world.started.findLast((work) => work.kind === 'timer');
    expect(again).toEqual(due);
    world.ring('g').end('g/a', STOPPED);
    expect(codeOf(world, 'g')).toBe('STEP_TIMEOUT');
  });

  test('bounds branches and races; who has won has won', () => {
    const world = begin([
      choose('c', [[null, [action('a')]]], MINUTE),
      composite('race', 'r', [{ nodes: [action('a'), action('b')] }], MINUTE),
    ]);
    world.ring('c').end('c/a', STOPPED).end('r/a').ring('r').end('r/b', STOPPED);
    expect([codeOf(world, 'c'), world.result('r')]).toEqual(['STEP_TIMEOUT', 'succeeded']);
  });

  test('of a group inside one is its own', () => {
    const world = begin([group('o', [group('i', [action('a')], { ...MINUTE, continueOnError: true }), action('b')])]);
    world.ring('o/i').end('o/i/a', STOPPED).end('o/b');
    expect([codeOf(world, 'o/i'), world.result('o')]).toEqual(['STEP_TIMEOUT', 'succeeded']);
  });
});

describe('the time of a try', () => {
  const tried = (parts: readonly (readonly PlanNode[] | null)[]) =>
    begin([
      composite(
        'try',
        't',
        parts.map((nodes) => nodes && { nodes }),
        MINUTE,
      ),
    ]);

  test('is no failure for its own catch, and its finally runs', () => {
    const world = tried([[action('a')], [action('c')], [action('f')]])
      .ring('t')
      .end('t/a', STOPPED)
      .end('t/finally/f');
    expect([world.attempts('t/catch/c'), world.result('t/finally/f'), codeOf(world, 't')]).toEqual([
      0,
      'succeeded',
      'STEP_TIMEOUT',
    ]);
  });

  test('bounds its catch, and not its finally', () => {
    const world = tried([[action('a')], [action('c')], [action('f')]])
      .end('t/a', FAIL)
      .ring('t');
    world.end('t/catch/c', STOPPED).end('t/finally/f');
    expect(codeOf(world, 't')).toBe('STEP_TIMEOUT');
    const cleaning = tried([[action('a')], null, [action('f')]])
      .end('t/a')
      .ring('t');
    expect([cleaning.stopped, cleaning.end('t/finally/f').result('t')]).toEqual([[], 'succeeded']);
  });
});

describe('the time of what is done again', () => {
  const total = { totalTimeoutMs: 60_000 };

  test('is over for all items; none is begun after it', () => {
    const world = begin([each(action('e'), plain(['a', 'b', 'c']), { max: 1 }, total)]);
    world.end('e[a]').ring('e').end('e[b]', STOPPED);
    expect([codeOf(world, 'e'), world.result('e[a]'), world.attempts('e[c]')]).toEqual([
      'STEP_TOTAL_TIMEOUT',
      'succeeded',
      0,
    ]);
  });

  test('is over in an iteration, or between two', () => {
    const inside = begin([loop(action('l'), { max: 3 }, total)])
      .ring('l')
      .end('l#1', STOPPED);
    expect([codeOf(inside, 'l'), inside.attempts('l#2')]).toEqual(['STEP_TOTAL_TIMEOUT', 0]);
    const between = begin([loop(action('l'), { max: 3, delayMs: 5 }, total)]).end('l#1');
    const [limit] = between.events('timer.started');
    between.apply({ type: 'timer.ended', node: 'l', op: limit?.op ?? 0 });
    expect([codeOf(between.rest(), 'l'), between.run.ops.size]).toEqual(['STEP_TOTAL_TIMEOUT', 0]);
  });
});

describe('the time of a run', () => {
  const timed = (nodes: readonly PlanNode[]) => {
    const made = plan(nodes, { onFailure: [set('why', { code: value('error.code') })], finally: [action('f')] });
    return new World({ ...made, root: { ...made.root, ...MINUTE } }, { timers: false }).rest();
  };

  test('is over: the steps are stopped, and what belongs to its end is done', () => {
    const world = timed([action('a'), action('b', { needs: [0] })])
      .ring('')
      .end('a', STOPPED)
      .end('finally/f');
    expect(world.settled('on-failure/why')?.outputs).toEqual({ code: 'RUN_TIMEOUT' });
    expect([world.result('finally/f'), world.finished?.verdict, world.finished?.error?.code]).toEqual([
      'succeeded',
      'failed',
      'RUN_TIMEOUT',
    ]);
  });

  test('does not bound its end', () => {
    const world = timed([action('a')])
      .end('a')
      .ring('')
      .end('finally/f');
    expect([world.stopped.length, world.finished?.verdict]).toEqual([0, 'succeeded']);
  });

  test('begins anew when the run is resumed', () => {
    const world = timed([action('a')])
      .ring('')
      .end('a', STOPPED)
      .end('finally/f')
      .resume()
      .rest();
    world.end('a').end('finally/f');
    expect(world.finished?.verdict).toBe('succeeded');
  });
});
