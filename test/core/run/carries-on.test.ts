/** What a step that settles hands on to those after it: its failure, that it runs again, and that a service is there, or no more. */
import { describe, expect, test } from 'vitest';
import { ON_SUCCESS_HOOK, type PlanNode } from '../../../src/core/plan/plan.ts';
import { requestsOf } from '../../../src/core/run/approval.ts';
import { action, approval, call, equal, group, list, lit, type More, plain, plan, set, when } from './plans.ts';
import { type Reply, World } from './world.ts';

const FAIL: Reply = { outcome: 'failed' };
const service = (id: string, more: More = {}) => ({ ...action(id, more), action: 'service' });
const begin = (nodes: readonly PlanNode[], more: Parameters<typeof plan>[1] = {}) =>
  new World(plan(nodes, more)).rest();
const started = (world: World) => world.events('attempt.started').map(({ node }) => node);
function serve(world: World, node = 's'): World {
  const { op = 0 } = world.events('attempt.started').findLast((one) => one.node === node) ?? {};
  world.apply({ type: 'attempt.serving', node, op, outputs: {} });
  return world.rest();
}
const AFTER_FAILURE = { if: when(call('failure'), true) };

describe('a failure', () => {
  test('is heard of by all that comes after it in a list', () => {
    const world = begin(list([action('a'), action('b'), set('r', {}, AFTER_FAILURE)])).end('a', FAIL);
    expect([world.result('b'), world.result('r')]).toEqual(['skipped', 'succeeded']);
    const before = begin(list([set('r', {}, AFTER_FAILURE), action('a')])).end('a', FAIL);
    expect(before.result('r')).toBe('skipped');
  });

  test('is carried on by what was cancelled before it came', () => {
    const nodes = [
      action('a'),
      action('b', { needs: [0] }),
      action('slow'),
      set('r', {}, { needs: [1, 2], ...AFTER_FAILURE }),
    ];
    const world = begin(nodes);
    world.command({ kind: 'cancel', node: 'b' });
    world.rest().end('a', FAIL).end('slow');
    expect([world.result('b'), world.result('r')]).toEqual(['cancelled', 'succeeded']);
  });

  test('asks what waits for nothing but a place once more', () => {
    const fine = { needs: [1], join: 'all-done', if: when(equal(call('failure'), lit(false)), true) } as const;
    const world = begin([action('a'), action('b', { needs: [0] }), action('c', fine)], { concurrency: 1 });
    world.command({ kind: 'cancel', node: 'b' });
    world.rest().end('a', FAIL);
    expect([world.result('b'), world.result('c'), started(world)]).toEqual(['cancelled', 'skipped', ['a']]);
  });

  test('of a service is heard of by what comes after it in a list and waits for a place', () => {
    const world = serve(begin([service('s'), action('c'), { ...action('a'), after: 1 }], { concurrency: 1 }));
    world.end('s', FAIL).end('c');
    expect([started(world), world.settled('a')?.cause]).toEqual([['s', 'c'], { kind: 'need-failed', need: 's' }]);
  });

  test('is that of the step that failed first, also after others were sent back', () => {
    const nodes = [
      action('draft'),
      approval('gate', 'Go on?', { needs: [0], onReject: { to: 'draft', max: 1 } }),
      action('later'),
      action('sooner'),
    ];
    const world = begin(nodes).end('draft').end('sooner', FAIL).end('later', FAIL);
    const { digest = '' } = requestsOf(world.run)[0] ?? {};
    const verdict = { verdict: 'reject', by: 'bob', form: null, comment: null, at: world.now };
    world.command({ kind: 'answer', node: 'gate', digest, ...verdict });
    world.rest();
    world.command({ kind: 'cancel', node: 'draft' });
    world.end('draft', { outcome: 'cancelled' });
    expect(world.run.root?.error?.node).toBe('sooner');
  });
});

describe('a service in a list', () => {
  test('starts again before the step after it, and before what is open after it goes on', () => {
    const nodes = list([service('s'), action('a'), group('g', [action('x'), action('y', { needs: [0] })])]);
    const world = serve(begin(nodes)).end('a');
    world.crash().rest();
    expect(started(world)).toEqual(['s', 'a', 'g/x', 's']);
    serve(world).end('g/x').end('g/y').end('s');
    expect([started(world).slice(4), world.finished?.verdict]).toEqual([['g/x', 'g/y'], 'succeeded']);

    const steps = serve(begin(list([service('s'), action('a'), action('b')]))).end('a');
    expect(started(steps.crash().rest())).toEqual(['s', 'a', 'b', 's']);
    expect(started(serve(steps))).toEqual(['s', 'a', 'b', 's', 'b']);
  });

  test('keeps nobody waiting who does not come after it', () => {
    const world = serve(begin([service('s'), group('g', [action('x')]), action('a', { needs: [0] })]));
    expect(started(world.crash().rest())).toEqual(['s', 'g/x', 'a', 's', 'g/x']);
  });

  test('that ends by itself serves no more, and was good', () => {
    const world = serve(begin([service('s'), action('a'), action('b', { needs: [0, 1] })]));
    world.end('s').end('a').end('b');
    expect([world.result('s'), world.result('b')]).toEqual(['succeeded', 'succeeded']);
  });

  test('that is to run again takes what comes after it along, and nothing else does', () => {
    const nodes = (script: string) => list([service('s'), action('a'), action('z', { with: plain({ script }) })]);
    const world = serve(begin(nodes('1')))
      .end('a')
      .end('z')
      .end('s');
    expect(world.finished?.verdict).toBe('succeeded');
    world.resume(plan(nodes('2')), { rerun: ['z'], downstream: true }).rest();
    serve(world);
    expect([world.result('a'), world.attempts('z')]).toEqual(['kept', 2]);
    world.end('z').end('s');
    world.resume(undefined, { rerun: ['s'], downstream: true }).rest();
    serve(world);
    expect(world.attempts('a')).toBe(2);
  });
});

describe('a step that runs again by command', () => {
  test('after the success of an action takes along what needs that, and of a group nothing', () => {
    const hooks = [{ slot: ON_SUCCESS_HOOK, body: { nodes: [action('h')] } }] as const;
    const nodes = [
      action('a', { hooks }),
      group('g', [action('x')], { hooks }),
      action('y', { needs: [0] }),
      action('z', { needs: [1] }),
    ];
    const world = new World(plan(nodes), { reply: () => ({}) }).go();
    world.resume(undefined, { rerun: ['a', 'g/on-success/h'], downstream: true }).go();
    expect(['a', 'g/x', 'y', 'z'].map((path) => [path, world.attempts(path)])).toEqual([
      ['a', 2],
      ['g/x', 1],
      ['y', 2],
      ['z', 1],
    ]);
  });
});
