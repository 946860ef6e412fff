/** `max` of a group: who has a place in it, who gives it up, and who is the next to take it. */
import { describe, expect, test } from 'vitest';
import { ENV_RUN_CALL } from '../../../src/core/expr/ast.ts';
import type { PlanNode } from '../../../src/core/plan/plan.ts';
import { requestsOf } from '../../../src/core/run/approval.ts';
import { action, approval, call, expression, group, lit, type More, object, plain, plan, wait, when } from './plans.ts';
import { World } from './world.ts';

const RETRY = { attempts: 2, delayMs: 5, backoff: 'constant', factor: 1 } as const;
const CACHE = {
  with: object({ inputs: plain([]), outputs: plain([]), key: plain(null), env: plain([]), ttlMs: plain(null) }),
};
const service = (id: string, more: More = {}) => ({ ...action(id, more), action: 'service' });
const inGroup = (nodes: readonly PlanNode[], max: number) =>
  new World(plan([group('g', nodes, { max })]), { timers: false }).rest();
const started = (world: World) => world.events('attempt.started').map(({ node }) => node.slice('g/'.length));
function serve(world: World, id = 's'): World {
  const { op = 0 } = world.events('attempt.started').findLast(({ node }) => node === `g/${id}`) ?? {};
  world.apply({ type: 'attempt.serving', node: `g/${id}`, op, outputs: {} });
  return world.rest();
}
/** The world answers what a step asked for before its attempt. */
function answer(world: World, type: 'claim.ended' | 'cache.ended', node: string): World {
  const { op = 0 } = world.started.findLast((one) => one.node === node) ?? {};
  world.apply({ type, node, op });
  return world.rest();
}

describe('a free place', () => {
  const claim = { of: 'lock', name: plain('db') } as const;
  test.each<[string, (id: string) => PlanNode, (world: World) => void]>([
    ['a group', (id) => group(id, [action('i')]), (world) => world.end('g/first/i')],
    ['a wait', (id) => wait(id, '1s'), (world) => world.ring('g/first')],
    [
      'what has a lock',
      (id) => action(id, { claim }),
      (world) => answer(world, 'claim.ended', 'g/first').end('g/first'),
    ],
    [
      'what is done once',
      (id) => action(id, { once: plain(id) }),
      (world) => answer(world, 'claim.ended', 'g/first').end('g/first'),
    ],
    [
      'what may be cached',
      (id) => action(id, { cache: CACHE }),
      (world) => answer(world, 'cache.ended', 'g/first').end('g/first'),
    ],
  ])('is taken by %s before any action that only waits for it', (_kind, make, end) => {
    const world = new World(plan([group('g', [action('x'), make('first'), make('second')], { max: 1 })]), {
      timers: false,
      claims: false,
    });
    world.rest();
    expect(started(world)).not.toContain('x');
    end(world);
    expect(world.result('g/first')).toBe('succeeded');
    expect([world.attempts('g/x'), world.run.byPath.get('g/second')?.begun]).toEqual([0, true]);
  });

  test('is for the next one, while those before it wait for a value from outside', () => {
    const env = { V: { kind: 'value', expression: expression(call(ENV_RUN_CALL, lit('date'))) } } as const;
    const world = inGroup([action('x'), action('a', { env }), action('b', { env }), action('c')], 1).end('g/x');
    expect(world.events('capture.started')).toHaveLength(1);
    expect(started(world)).toEqual(['x', 'c']);
  });

  test('does not come of a step that is skipped', () => {
    const world = inGroup([action('a', { if: when(lit(false)) }), action('b'), action('c')], 1);
    expect([world.result('g/a'), started(world)]).toEqual(['skipped', ['b']]);
  });

  test('comes of a service when it serves, and not again when it ends', () => {
    const world = serve(inGroup([service('s'), action('a', { needs: [0] }), action('b')], 1));
    world.end('g/s', { outcome: 'failed' });
    expect([world.result('g/s'), started(world)]).toEqual(['failed', ['s', 'a']]);
  });
});

describe('a step keeps its place', () => {
  test('beside those that a rejection sends back', () => {
    const members = [
      action('draft'),
      approval('gate', 'Go on?', { needs: [0], onReject: { to: 'draft', max: 1 } }),
      action('done'),
      action('ready'),
      action('slow'),
      action('later'),
    ];
    const world = inGroup(members, 2).end('g/draft').end('g/done').end('g/ready');
    expect(started(world)).toEqual(['draft', 'done', 'ready', 'slow']);
    const { digest = '' } = requestsOf(world.run)[0] ?? {};
    const verdict = { verdict: 'reject', by: 'bob', form: null, comment: null, at: world.now };
    world.command({ kind: 'answer', node: 'g/gate', digest, ...verdict });
    expect(started(world.rest())).toEqual(['draft', 'done', 'ready', 'slow', 'draft']);
  });

  test('between two attempts, also where the service that it needs starts again', () => {
    const members = [service('s'), action('a', { needs: [0], retry: RETRY }), action('b', { needs: [0] })];
    const world = serve(inGroup(members, 1)).end('g/a', { outcome: 'failed' });
    serve(world.crash().rest());
    expect(started(world)).toEqual(['s', 'a', 's']);
    expect(started(world.ring('g/a'))).toEqual(['s', 'a', 's', 'a']);
  });

  test('once, whatever has ended before the service that it needs starts again', () => {
    const needs = { needs: [0] };
    const members = [service('s'), action('a', needs), action('b', needs), action('c', needs)];
    const world = serve(inGroup(members, 1)).end('g/a');
    expect(started(serve(world.crash().rest()))).toEqual(['s', 'a', 'b', 's', 'b']);
  });

  test('beside services of which one needs the other', () => {
    const members = [service('s'), service('t', { needs: [0] }), action('x'), action('y')];
    const world = serve(serve(inGroup(members, 1)), 't');
    expect(started(serve(world.crash().rest()))).toEqual(['s', 't', 'x', 's', 'x']);
  });

  test('of a group that is to begin anew', () => {
    const inner = group('a', [action('i')], { needs: [0], retry: RETRY });
    const world = serve(inGroup([service('s'), inner, action('b', { needs: [0] })], 1));
    world.end('g/a/i', { outcome: 'failed' });
    const { op = 0 } = world.events('timer.started')[0] ?? {};
    world.apply({ type: 'timer.ended', node: 'g/a', op });
    serve(world.crash().rest());
    expect(started(world)).toEqual(['s', 'a/i', 's', 'a/i']);
  });
});
