/** A `finally` that also runs at a signal: when it does not begin, and what is left of it when the run goes on. */
import { describe, expect, test } from 'vitest';
import { type HookSpec, ON_SUCCESS_HOOK, type PlanNode } from '../../../src/core/plan/plan.ts';
import { FINALLY_SLOT } from '../../../src/core/run/scope.ts';
import { action, group, list, plain, plan } from './plans.ts';
import { World } from './world.ts';

const ON_INTERRUPT = { finallyOnInterruptMs: 50 };
const made = (last: readonly PlanNode[] = [action('clean')]) => plan([action('a')], { finally: last, ...ON_INTERRUPT });
const started = (world: World) => world.events('attempt.started').map(({ node }) => node);
const pause = (world: World): World => {
  world.command({ kind: 'pause', cause: 'signal', signal: 'SIGINT' });
  return world.rest();
};

describe('it does not begin', () => {
  test('before the run has', () => {
    const world = pause(new World(made()));
    expect([world.run.interrupted, world.events('scope.opened')]).toEqual([false, []]);
    world.command({ kind: 'resume' });
    expect(started(world.rest())).toEqual(['a']);
  });

  test('before the first step of the run can', () => {
    const world = pause(new World(made()).until('node.opened', ''));
    expect([world.run.interrupted, started(world)]).toEqual([false, []]);
    expect(world.events('scope.opened').map(({ slot }) => slot)).toEqual([0]);
  });

  test('when the end of the run has come and gone', () => {
    const world = new World(made()).rest().end('a');
    const { op = 0 } = world.events('attempt.started').at(-1) ?? {};
    world.apply({ type: 'attempt.ended', node: 'finally/clean', op, outcome: 'succeeded', durationMs: 1 });
    world.until('scope.closed', '');
    expect(world.events('scope.closed').at(-1)).toMatchObject({ slot: FINALLY_SLOT });
    expect(pause(world).run.interrupted).toBe(false);
    expect(world.finished).toMatchObject({ verdict: 'succeeded', counts: { succeeded: 2 } });
  });
});

describe('when the run goes on in the middle of it', () => {
  test('what it did counts no more, and what it does is stopped', () => {
    const hooks: readonly HookSpec[] = [{ slot: ON_SUCCESS_HOOK, body: { nodes: [action('told')] } }];
    const locked = action('locked', { claim: { of: 'lock', name: plain('db') } });
    const last = [...list([action('first'), group('g', [action('in'), locked])]), action('h', { hooks })];
    const world = pause(new World(made(last)).rest())
      .end('a', { outcome: 'interrupted' })
      .go();
    world.end('finally/first').go().end('finally/h').go();
    expect(started(world).slice(1)).toEqual([
      'finally/first',
      'finally/h',
      'finally/g/in',
      'finally/g/locked',
      'finally/h/on-success/told',
    ]);
    expect(world.run.counts.succeeded).toBe(1);
    const under = world.started.filter((one) => /told|in$|locked/.test(one.node)).map(({ op }) => op);
    world.command({ kind: 'resume' });
    expect(world.stopped.toSorted((a, b) => a - b)).toEqual(under);
    expect([world.run.counts.succeeded, world.run.byPath.has('finally/g/in'), world.run.claims.size]).toEqual([
      0,
      false,
      0,
    ]);
  });

  test('the places of its steps are free again', () => {
    const steps = plan([action('a'), action('b')], { finally: [action('clean')], concurrency: 1, ...ON_INTERRUPT });
    const world = pause(new World(steps).rest()).end('a');
    expect(started(world)).toEqual(['a', 'finally/clean']);
    world.command({ kind: 'resume' });
    expect(started(world.rest())).toEqual(['a', 'finally/clean', 'b']);
  });
});
