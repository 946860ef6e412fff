import { describe, expect, test } from 'vitest';
import type { PlanNode } from '../../../src/core/plan/plan.ts';
import { action, group, list, type More, plain, plan, set, value } from './plans.ts';
import { type Reply, World } from './world.ts';

const FAIL: Reply = { outcome: 'failed' };
const service = (id: string, more: More = {}) => ({ ...action(id, more), action: 'service' });
const needs = (...indexes: number[]): More => ({ needs: indexes });
const begin = (nodes: readonly PlanNode[], more: Parameters<typeof plan>[1] = {}) =>
  new World(plan(nodes, more)).rest();
function serve(world: World, path: string, outputs = { pid: 7, port: 80 }): World {
  const work = world.started.findLast((one) => one.kind === 'attempt' && one.node === path);
  world.apply({ type: 'attempt.serving', node: path, op: work?.op ?? 0, outputs });
  return world.rest();
}
const started = (world: World) => world.events('attempt.started').map(({ node }) => node);
const released = (world: World) => world.events('service.released').map(({ node }) => node);

describe('a service', () => {
  test('serves those that need it, and is stopped when the last of them has ended', () => {
    const world = begin([service('s'), action('a', needs(0)), action('b', needs(0)), action('c')], { concurrency: 2 });
    expect(started(world)).toEqual(['s', 'c']);
    serve(world, 's');
    expect(started(world)).toEqual(['s', 'c', 'a']); // it has no place of its own any more
    world.end('a').end('c').end('b', FAIL);
    expect([released(world), world.stopped, world.result('s')]).toEqual([['s'], [1], undefined]);
    world.end('s');
    expect([world.result('s'), world.finished?.verdict]).toEqual(['succeeded', 'failed']);
  });

  test('gives its outputs while it serves', () => {
    const world = begin([
      service('s'),
      set('r', { got: value('steps.s.outputs.port'), is: value('steps.s.result') }, needs(0)),
    ]);
    serve(world, 's').end('s');
    expect(world.settled('r')?.outputs).toEqual({ got: 80, is: 'succeeded' });
    expect(world.settled('s')?.outputs).toEqual({ pid: 7, port: 80 });
  });

  test('in a list serves all that come after it; without anybody the rest of its scope', () => {
    const world = begin(list([service('s'), action('a'), action('b')]));
    serve(world, 's').end('a');
    expect([started(world), released(world)]).toEqual([['s', 'a', 'b'], []]);
    world.end('b');
    expect(released(world)).toEqual(['s']);

    const alone = begin([service('s'), service('t'), action('a')]);
    serve(serve(alone, 's'), 't');
    expect(released(alone)).toEqual([]);
    expect(released(alone.end('a'))).toEqual(['s', 't']);
    expect(released(serve(begin([service('s')]), 's'))).toEqual(['s']);
  });

  test('that another service needs outlives it', () => {
    const world = begin([service('s'), service('t', needs(0)), action('a', needs(1))]);
    serve(serve(world, 's'), 't').end('a');
    expect(released(world)).toEqual(['t']);
    expect(released(world.end('t'))).toEqual(['t', 's']);
  });

  test('that dies while it serves has failed, and with it what has not begun', () => {
    const world = begin([service('s'), action('a', needs(0)), action('b', needs(0, 1))]);
    serve(world, 's').end('s', FAIL);
    expect([world.result('s'), world.result('b')]).toEqual(['failed', undefined]);
    world.end('a');
    expect([world.result('a'), world.result('b'), world.settled('b')?.cause]).toEqual([
      'succeeded',
      'skipped',
      { kind: 'need-failed', need: 's' },
    ]);
    expect(world.finished?.verdict).toBe('failed');
    const inList = begin(list([service('s'), action('a'), action('b')]));
    serve(inList, 's').end('s', FAIL).end('a');
    expect(inList.settled('b')?.cause).toEqual({ kind: 'need-failed', need: 's' });
  });

  test('is tried again before it was ready, and never after', () => {
    const retry = { attempts: 3, delayMs: 0, backoff: 'constant', factor: 2 } as const;
    const world = begin([service('s', { retry }), action('a', needs(0))]);
    world.end('s', FAIL);
    serve(world, 's').end('s', FAIL);
    expect([world.attempts('s'), world.result('s')]).toEqual([2, 'failed']);
  });

  test('is cancelled with what it stands in', () => {
    const world = serve(begin([group('g', [service('s'), action('a', needs(0))])]), 'g/s');
    world.command({ kind: 'cancel', node: 'g' });
    expect(world.stopped.length).toBe(2);
    world.end('g/a', { outcome: 'cancelled' }).end('g/s', { outcome: 'cancelled' });
    expect([world.result('g/s'), world.result('g')]).toEqual(['cancelled', 'cancelled']);
  });

  test('starts again under another writer before what still needs it goes on', () => {
    const nodes = [service('s'), action('a', needs(0)), action('b', needs(0)), group('g', [action('x')], needs(0))];
    const world = serve(begin(nodes), 's').end('a');
    world.crash().rest();
    expect(started(world).slice(-1)).toEqual(['s']);
    serve(world, 's');
    expect(started(world).slice(-2).toSorted()).toEqual(['b', 'g/x']);
    expect(world.attempts('a')).toBe(1);
    world.end('b').end('g/x');
    expect(released(world)).toEqual(['s']);
    world.end('s');
    expect([world.finished?.verdict, world.attempts('s')]).toEqual(['succeeded', 2]);
  });

  test('that nobody needs any more does not start again', () => {
    const world = serve(begin([service('s'), action('a', needs(0)), action('c')]), 's').end('a');
    world.crash().rest();
    expect([world.attempts('s'), world.result('s')]).toEqual([1, 'succeeded']);
  });

  test('that starts again leaves no more than its own place to others', () => {
    const members = [service('s'), action('a', needs(0)), action('b', needs(0))];
    const world = serve(begin([group('g', members, { max: 1 })], { concurrency: 3 }), 'g/s');
    serve(world.crash().rest(), 'g/s');
    expect(started(world)).toEqual(['g/s', 'g/a', 'g/s', 'g/a']);
  });

  test('may be cut off any number of times while it serves', () => {
    const world = begin([service('s'), action('a', needs(0))]);
    for (let op = 1; op <= 15; op++) {
      world.apply({ type: 'attempt.serving', node: 's', op, outputs: {} });
      world.crash().rest();
    }
    expect([world.attempts('s'), world.result('s')]).toEqual([16, undefined]);
  });

  test('that fails to start again is the end of what waits for it', () => {
    const world = serve(begin([service('s'), action('a', needs(0))]), 's');
    world.crash().rest();
    world.end('s', FAIL);
    expect([world.result('a'), world.finished?.verdict]).toEqual(['skipped', 'failed']);
  });

  test('is never kept, and what needs it is, whatever its number is now', () => {
    const nodes = (script: string) => [
      service('s'),
      action('a', needs(0)),
      action('b', { needs: [0, 1], with: plain({ script }) }),
    ];
    const world = serve(begin(nodes('one')), 's')
      .end('a')
      .end('b', FAIL)
      .end('s');
    world.resume(plan(nodes('two'))).rest();
    expect(started(world).slice(-1)).toEqual(['s']);
    serve(world, 's', { pid: 8, port: 80 });
    expect([world.result('a'), started(world).at(-1)]).toEqual(['kept', 'b']);
    world.end('b').end('s');
    expect(world.finished?.verdict).toBe('succeeded');
  });
});
