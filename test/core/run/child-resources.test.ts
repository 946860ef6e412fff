/** Locks and services inside child workflows, and child workflows that hold a lock or need a service. */
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import type { PlanNode } from '../../../src/core/plan/plan.ts';
import { action, child, group, input, type More, object, plain, plan, value } from './plans.ts';
import { World } from './world.ts';

const lock = (name: ReturnType<typeof plain>): More => ({ claim: { of: 'lock', name } });
const service = (id: string, more: More = {}) => ({ ...action(id, more), action: 'service' });
const says = (id: string, text: string, more: More = {}) =>
  action(id, { with: object({ script: value(text) }), ...more });
const claims = (world: World) => world.events('claim.started').map(({ node, name }) => `${node} ${name}`);
const started = (world: World) => world.events('attempt.started').map(({ node }) => node);
const released = (world: World) => world.events('service.released').map(({ node }) => node);

function grant(world: World, node: string): World {
  const work = world.started.findLast((one) => one.kind === 'claim' && one.node === node);
  world.apply({ type: 'claim.ended', node, op: work?.op ?? 0 });
  return world.rest();
}
function serve(world: World, node: string, outputs: JsonObject): World {
  const work = world.started.findLast((one) => one.kind === 'attempt' && one.node === node);
  world.apply({ type: 'attempt.serving', node, op: work?.op ?? 0, outputs });
  return world.rest();
}
function requestOf(world: World, node: string) {
  const work = world.started.findLast((one) => one.kind === 'attempt' && one.node === node);
  return work?.kind === 'attempt' ? (work.request as JsonObject).script : undefined;
}

describe('a lock', () => {
  test('inside a child has the name that its inputs make; one of the step is made outside, and held to the end of the child', () => {
    const deploy = child(
      'deploy',
      [action('upload', lock(value('inputs.to')))],
      { inputs: { to: input() }, with: object({ to: plain('eu') }), finally: [action('clean')] },
      lock(value('inputs.to')),
    );
    const world = new World(plan([deploy], { inputs: { to: input() } }), { claims: false, inputs: { to: 'outer' } });
    expect(claims(world.rest())).toEqual(['deploy outer']);
    expect(world.events('node.opened').some(({ node }) => node === 'deploy')).toBe(false);
    expect(claims(grant(world, 'deploy'))).toEqual(['deploy outer', 'deploy/upload eu']);
    const [outer, inner] = world.events('claim.started').map(({ op }) => op);
    grant(world, 'deploy/upload').end('deploy/upload');
    expect(world.stopped).toEqual([inner]);
    world.end('deploy/finally/clean');
    expect([world.stopped, world.finished?.verdict]).toEqual([[inner, outer], 'succeeded']);
  });

  test('of the step is had again before anything inside of it goes on', () => {
    const deploy = child('deploy', [action('a'), action('b', { needs: [0] })], {}, lock(plain('db')));
    const world = grant(new World(plan([deploy]), { claims: false }).rest(), 'deploy').end('deploy/a');
    world.crash().rest();
    expect(started(world)).toEqual(['deploy/a', 'deploy/b']);
    expect(started(grant(world, 'deploy'))).toEqual(['deploy/a', 'deploy/b', 'deploy/b']);
    expect(world.end('deploy/b').finished?.verdict).toBe('succeeded');
  });
});

describe('a service', () => {
  test('inside a child serves its steps, and is gone before its end', () => {
    const tests = child('tests', [service('api'), says('ask', 'steps.api.outputs.port', { needs: [0] })], {
      finally: [action('clean')],
    });
    const world = serve(new World(plan([tests])).rest(), 'tests/api', { pid: 1, port: 80 });
    expect(requestOf(world, 'tests/ask')).toBe(80);
    expect(released(world.end('tests/ask'))).toEqual(['tests/api']);
    expect(started(world)).not.toContain('tests/finally/clean');
    expect(started(world.end('tests/api'))).toContain('tests/finally/clean');
    expect(world.end('tests/finally/clean').finished?.verdict).toBe('succeeded');
  });

  test.each([
    ['a child', (nodes: readonly PlanNode[]) => child('g', nodes, { concurrency: 1 })],
    ['a group', (nodes: readonly PlanNode[]) => group('g', nodes, { max: 1 })],
  ])('that serves leaves its place among the members at once of %s, and takes one to start again', (_, around) => {
    const nodes = [
      service('s'),
      service('t', { needs: [0] }),
      action('a', { needs: [1] }),
      action('b', { needs: [0] }),
    ];
    const world = serve(serve(new World(plan([around(nodes)])).rest(), 'g/s', {}), 'g/t', {});
    expect(started(world)).toEqual(['g/s', 'g/t', 'g/a']);
    world.end('g/a').crash().rest();
    expect(started(world).slice(3)).toEqual(['g/b', 'g/s']);
    serve(world, 'g/s', {});
    expect(started(world).slice(5)).toEqual(['g/b']);
    expect(world.end('g/b').end('g/s').finished?.verdict).toBe('succeeded');
  });

  test('that starts again for steps that are kept lets the end of the child be kept, too', () => {
    const tests = child('tests', [service('api'), action('ask', { needs: [0] })], { finally: [action('clean')] });
    const world = serve(new World(plan([tests, action('last')])).rest(), 'tests/api', {});
    world.end('tests/ask').end('tests/api').end('tests/finally/clean').end('last', { outcome: 'failed' });
    serve(world.resume().rest(), 'tests/api', {}).end('tests/api').end('last');
    expect(['tests/ask', 'tests/finally/clean', 'last'].map((path) => world.result(path))).toEqual([
      'kept',
      'kept',
      'succeeded',
    ]);
    expect(world.finished?.verdict).toBe('succeeded');
  });

  test('that a child needs serves until its end, and is there again before it goes on', () => {
    const tests = child(
      'tests',
      [says('a', 'inputs.port'), action('b', { needs: [0] })],
      {
        inputs: { port: input('integer') },
        with: object({ port: value('steps.api.outputs.port') }),
        finally: [action('clean')],
      },
      { needs: [0] },
    );
    const world = serve(new World(plan([service('api'), tests])).rest(), 'api', { pid: 1, port: 80 });
    expect(requestOf(world, 'tests/a')).toBe(80);
    world.end('tests/a').crash().rest();
    expect(started(world)).toEqual(['api', 'tests/a', 'tests/b', 'api']);
    serve(world, 'api', { pid: 2, port: 80 }).end('tests/b');
    expect([started(world).slice(4), released(world)]).toEqual([['tests/b', 'tests/finally/clean'], []]);
    expect(released(world.end('tests/finally/clean'))).toEqual(['api']);
    expect(world.end('api').finished?.verdict).toBe('succeeded');
  });
});
