import { describe, expect, test } from 'vitest';
import type { Claim, PlanNode } from '../../../src/core/plan/plan.ts';
import { action, call, composite, each, group, list, loop, type More, plain, plan, set, value, when } from './plans.ts';
import { World } from './world.ts';

const lock = (name: string): More => ({ claim: { of: 'lock', name: plain(name) } });
const DB = lock('db');
const waiting = (nodes: readonly PlanNode[], more: Parameters<typeof plan>[1] = {}) =>
  new World(plan(nodes, more), { claims: false }).rest();
/** The host answers the claim of a step. */
function grant(world: World, node: string, more: { readonly error?: never } = {}): World {
  const work = world.started.findLast((one) => one.kind === 'claim' && one.node === node);
  world.apply({ type: 'claim.ended', node, op: work?.op ?? 0, ...more });
  return world.rest();
}
const claims = (world: World) => world.events('claim.started').map(({ node, name }) => `${node} ${name}`);
const started = (world: World) => world.events('attempt.started').map(({ node }) => node);

describe('a lock', () => {
  test('is asked for before the step has a place, and is given up when it settles', () => {
    const world = waiting([action('a', DB), action('b', DB), action('c')], { concurrency: 1 });
    expect([claims(world), started(world)]).toEqual([['a db', 'b db'], ['c']]);
    world.end('c');
    grant(world, 'a');
    expect(started(world)).toEqual(['c', 'a']);
    const { op } = world.events('claim.started')[0] ?? {};
    expect(world.stopped).toEqual([]);
    world.end('a');
    expect(world.stopped).toEqual([op]);
    grant(world, 'b').end('b');
    expect(world.finished?.verdict).toBe('succeeded');
  });

  test('is waited for with the values of now, not those of when it was asked for', () => {
    const server = { ...action('s'), action: 'service' };
    const reader = action('a', { ...DB, needs: [0], with: value('steps.s.outputs.port') });
    const nodes = [server, { ...reader, if: when(call('always'), true) }];
    const serves = (world: World, port: number): World => {
      const { op = 0 } = world.events('attempt.started').findLast(({ node }) => node === 's') ?? {};
      world.apply({ type: 'attempt.serving', node: 's', op, outputs: { port } });
      return world.rest();
    };
    const world = grant(serves(waiting(nodes), 80), 'a')
      .end('a')
      .end('s');
    serves(world.resume(plan([...nodes, action('z')])).rest(), 90);
    grant(world.end('s', { outcome: 'failed', outputs: { port: 91 } }), 'a');
    expect(world.started.findLast((one) => one.kind === 'attempt')).toMatchObject({ node: 'a', request: 91 });
  });

  test('is held over all attempts', () => {
    const retry = { attempts: 2, delayMs: 5, backoff: 'constant', factor: 2 } as const;
    const world = waiting([action('a', { ...DB, retry })]);
    grant(world, 'a').end('a', { outcome: 'failed' });
    world.go().end('a');
    expect([claims(world), world.attempts('a'), world.result('a')]).toEqual([['a db'], 2, 'succeeded']);
  });

  test('of a group is held while it is open; of a loop and a fan-out by each time', () => {
    const world = waiting([group('g', [action('x'), action('y')], DB)]);
    expect([claims(world), started(world), world.events('node.opened').length]).toEqual([['g db'], [], 1]);
    grant(world, 'g').end('g/x');
    expect(world.stopped).toEqual([]);
    world.end('g/y');
    expect(world.stopped.length).toBe(1);

    const again = new World(plan([loop(action('l', DB), { max: 2 }), each(action('e', DB), plain(['p', 'q']))]), {
      reply: () => ({}),
    }).go();
    expect(claims(again).toSorted()).toEqual(['e[p] db', 'e[q] db', 'l#1 db', 'l#2 db']);
  });

  test('that a cancelled step waits for is given up', () => {
    const world = waiting([action('a', DB)]);
    world.command({ kind: 'cancel', node: '' });
    world.rest();
    expect([world.result('a'), world.stopped.length, world.finished?.verdict]).toEqual(['cancelled', 1, 'cancelled']);
    expect(grant(world, 'a').attempts('a')).toBe(0);
  });

  test('is asked for again by the next writer, before anything inside goes on', () => {
    const world = waiting([group('g', list([action('x'), action('y')]), DB), action('a', lock('other'))]);
    grant(world, 'g');
    grant(world, 'a').end('g/x');
    world.crash().rest();
    expect(world.started.slice(-2).map((work) => [work.kind, work.node])).toEqual([
      ['claim', 'g'],
      ['claim', 'a'],
    ]);
    expect(started(world)).toEqual(
      ['g/x', 'a', 'g/y'].toSorted((p, q) => started(world).indexOf(p) - started(world).indexOf(q)),
    );
    expect(world.attempts('g/y')).toBe(1);
    grant(world, 'a');
    expect([world.attempts('a'), world.attempts('g/y')]).toEqual([2, 1]);
    grant(world, 'g');
    expect(world.attempts('g/y')).toBe(2);
    world.end('g/y').end('a');
    expect([world.finished?.verdict, claims(world).length]).toEqual(['succeeded', 2]);
  });

  test('is not asked for by a step that is kept, or skipped', () => {
    const world = new World(plan([action('a', DB)]), { reply: () => ({}) }).go();
    world.resume(plan([action('a', DB), action('b')])).go();
    expect([world.result('a'), claims(world)]).toEqual(['kept', ['a db']]);
  });

  test('with a name that is no text fails the step', () => {
    const named = (name: Claim['name']) => new World(plan([action('a', { claim: { of: 'lock', name } })])).rest();
    expect(named(value('run.none')).settled('a')?.error?.code).toBe('STEP_LOCK_NAME');
    expect(named(plain(' ')).settled('a')?.error?.code).toBe('STEP_LOCK_NAME');
    expect(named(plain('x'.repeat(257))).settled('a')?.error?.code).toBe('STEP_LOCK_NAME');
  });

  test('costs each step its own claim and no more, however many want it', () => {
    const many = (count: number): number => {
      const items = plain(Array.from({ length: count }, (_, index) => index));
      const world = new World(plan([each(action('e', DB), items)]), { reply: () => ({}) }).go();
      expect(world.finished?.verdict).toBe('succeeded');
      return world.run.touches / count;
    };
    expect(many(400) / many(40)).toBeLessThan(1.2);
  });
});

describe('the group of a run', () => {
  const inGroup = (onConflict: NonNullable<Claim['onConflict']> | null = null) => {
    const made = plan([action('a')], { finally: [action('f')] });
    const claim: Claim = { of: 'group', name: plain('deploy'), ...(onConflict && { onConflict }) };
    return { ...made, root: composite('try', 'root', made.root.bodies, { rethrow: true, claim }) };
  };

  test('is asked for before anything begins', () => {
    const world = new World(inGroup(), { claims: false }).rest();
    expect([claims(world), world.events('node.opened').length]).toEqual([[' deploy'], 0]);
    expect(started(grant(world, ''))).toEqual(['a']);
  });

  test('that is refused ends the run, and nothing of it has run', () => {
    const world = new World(inGroup('fail'), { claims: false }).rest();
    const { op = 0 } = world.started[0] ?? {};
    expect(world.started).toMatchObject([{ kind: 'claim', of: 'group', onConflict: 'fail' }]);
    const error = { code: 'RUN_GROUP_HELD', severity: 'error', message: 'held' } as const;
    world.apply({ type: 'claim.ended', node: '', op, error });
    world.rest();
    expect([world.finished?.verdict, world.finished?.error?.code, started(world)]).toEqual([
      'failed',
      'RUN_GROUP_HELD',
      [],
    ]);
  });

  test('is waited for when a run goes on, whatever a beginning would do', () => {
    const world = new World(inGroup('fail'), { claims: false }).rest();
    grant(world, '');
    world.crash().rest();
    expect(world.started.at(-1)).toMatchObject({ kind: 'claim', onConflict: 'queue' });
    expect(world.attempts('a')).toBe(1);
    grant(world, '').end('a').end('finally/f');
    expect([world.attempts('a'), world.finished?.verdict]).toEqual([2, 'succeeded']);
  });

  test('is had again before the end of a run that is cancelled', () => {
    const world = new World(inGroup(), { claims: false }).rest();
    grant(world, '');
    world.crash();
    world.command({ kind: 'cancel', node: '' });
    world.rest();
    expect([world.result('a'), world.attempts('finally/f')]).toEqual(['cancelled', 0]);
    grant(world, '').end('finally/f');
    expect(world.finished?.verdict).toBe('cancelled');
  });
});

test('what is computed may have a lock, too', () => {
  const world = waiting([set('s', { v: plain(1) }, DB)]);
  expect(world.result('s')).toBeUndefined();
  expect(grant(world, 's').result('s')).toBe('succeeded');
});
