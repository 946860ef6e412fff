/** The time of what holds other steps, when it is over at a moment that makes a difference: what is stopped, what fails, and how it is told. */
import { describe, expect, test } from 'vitest';
import type { PlanNode } from '../../../src/core/plan/plan.ts';
import type { Probe } from '../../../src/core/plan/proof.ts';
import { action, composite, each, failing, group, loop, type PlanMore, plain, plan } from './plans.ts';
import { type Reply, World } from './world.ts';

const FAIL: Reply = { outcome: 'failed' };
const STOPPED: Reply = { outcome: 'cancelled' };
const MINUTE = { timeoutMs: 60_000 };
const PROBE: Probe = { kind: 'probe', action: 'run', with: plain({ script: 'x' }), source: 'x' };
const begin = (nodes: readonly PlanNode[], more: PlanMore = {}): World => {
  const made = plan(nodes, more);
  return new World(made, { timers: false }).rest();
};
/** The time of the whole run. */
const limited = (nodes: readonly PlanNode[], more: PlanMore): World => {
  const made = plan(nodes, more);
  return new World({ ...made, root: { ...made.root, ...MINUTE } }, { timers: false }).rest();
};
const stops = (world: World) => world.events('cancel.requested').map(({ node, cause }) => [node, cause]);
const errorOf = (world: World, path: string) => world.settled(path)?.error;

describe('time that is over stops nothing', () => {
  test('of what a run does after its steps', () => {
    const world = limited([failing('a')], { onFailure: [action('b')] }).ring('');
    expect(stops(world)).toEqual([]);
    expect(world.end('on-failure/b').finished?.error?.code).toBe('STEP_FAIL');
  });

  test('of the end of a `try`, which fails by its own failure', () => {
    const world = begin([composite('try', 't', [{ nodes: [action('a')] }, null, { nodes: [action('z')] }], MINUTE)]);
    world.end('t/a').ring('t');
    expect([stops(world), world.stopped]).toEqual([[], []]);
    expect(world.end('t/finally/z', FAIL).settled('t')).toMatchObject({
      result: 'failed',
      cause: { kind: 'children' },
    });
  });

  test('of what is being cancelled', () => {
    const world = begin([group('g', [action('a')], MINUTE)]);
    world.command({ kind: 'cancel', node: 'g' });
    expect(stops(world.rest().ring('g'))).toEqual([['g', 'user']]);
    expect(world.end('g/a', STOPPED).settled('g')?.cause).toEqual({ kind: 'cancelled', by: 'user' });
  });

  test('of a race that has a winner', () => {
    const world = begin([composite('race', 'r', [{ nodes: [action('a'), action('b')] }], MINUTE)])
      .end('r/a')
      .ring('r');
    expect(stops(world)).toEqual([]);
    expect(world.end('r/b', STOPPED).result('r')).toBe('succeeded');
  });

  test('of a group whose steps have all ended, and which is only looked at', () => {
    const world = begin([group('g', [action('a')], { ...MINUTE, ensures: [PROBE] })])
      .end('g/a')
      .ring('g');
    expect(stops(world)).toEqual([]);
  });
});

describe('time that is over is what fails', () => {
  test('a group one of whose steps had failed before', () => {
    const world = begin([group('g', [action('a'), action('b')], MINUTE)])
      .end('g/a', FAIL)
      .ring('g');
    expect(errorOf(world.end('g/b', STOPPED), 'g')?.code).toBe('STEP_TIMEOUT');
  });

  test('a `try`, whatever its end fails by after that', () => {
    const world = begin([composite('try', 't', [{ nodes: [action('a')] }, null, { nodes: [action('z')] }], MINUTE)]);
    world.ring('t').end('t/a', STOPPED).end('t/finally/z', FAIL);
    const [body, end] = world.events('scope.closed').filter(({ node }) => node === 't');
    expect([body?.error?.code, end?.error?.code]).toEqual(['STEP_TIMEOUT', undefined]);
  });

  test.each<[string, PlanNode, string]>([
    ['loop', loop(action('l'), { max: 2 }, MINUTE), 'l#1'],
    ['fan-out', each(action('l'), plain(['x']), {}, MINUTE), 'l[x]'],
  ])('a %s as a whole, and not what it was at', (_, node, path) => {
    const world = begin([node]).ring('l').end(path, STOPPED);
    expect(world.events('scope.closed').find((one) => one.node === 'l')?.error).toBeUndefined();
    expect(errorOf(world, 'l')?.code).toBe('STEP_TIMEOUT');
  });

  test('a loop whose iteration had failed by itself when it was stopped', () => {
    const inner = group('l', [action('a'), action('b')]);
    const world = begin([loop(inner, { max: 2 }, MINUTE)])
      .end('l#1/a', FAIL)
      .ring('l')
      .end('l#1/b', STOPPED);
    expect(errorOf(world, 'l')?.code).toBe('STEP_TIMEOUT');
  });
});

describe('it is told', () => {
  const stopped = ', and what was under way in it was stopped.';

  test('which time it was, and how long', () => {
    const total = { totalTimeoutMs: 90_000 };
    const world = begin([group('g', [action('a')], MINUTE), group('h', [action('a')], total)]);
    world.ring('g').end('g/a', STOPPED).ring('h').end('h/a', STOPPED);
    expect(errorOf(world, 'g')?.message).toBe(`Step \`g\` took longer than its \`timeout\` of 1m${stopped}`);
    expect(errorOf(world, 'h')).toMatchObject({
      code: 'STEP_TOTAL_TIMEOUT',
      message: `Step \`h\` took longer than its \`total-timeout\` of 1m30s${stopped}`,
    });
  });

  test('that it was the run', () => {
    const { finished } = limited([action('a')], {})
      .ring('')
      .end('a', STOPPED);
    expect(finished?.error).toMatchObject({
      code: 'RUN_TIMEOUT',
      message: 'The run took longer than its `timeout` of 1m.',
    });
  });
});
