/** What a step holds while it is at work, and what holds it back: claims, hooks, services that start again, and stops. */
import { describe, expect, test } from 'vitest';
import { problem } from '../../../src/core/diagnostic/diagnostic.ts';
import { type HookSpec, ON_FAILURE_HOOK, ON_SUCCESS_HOOK, type PlanNode } from '../../../src/core/plan/plan.ts';
import type { ClaimEnded } from '../../../src/core/run/event.ts';
import { viewStep } from '../../../src/core/run/view.ts';
import { action, awaiting, call, failing, group, type More, object, plain, plan, set, value } from './plans.ts';
import { NOON, type Reply, World } from './world.ts';

const FAIL: Reply = { outcome: 'failed' };
const DB = { claim: { of: 'lock', name: plain('db') } } as const;
const BUSY = problem('STEP_LOCK_NAME', 'busy');
const RETRY = { retry: { attempts: 2, delayMs: 5, backoff: 'constant', factor: 1 } } as const;
const hook = (slot: HookSpec['slot'], ...nodes: readonly PlanNode[]): { readonly hooks: readonly HookSpec[] } => ({
  hooks: [{ slot, body: { nodes } }],
});
const service = (id: string, more: More = {}) => ({ ...action(id, more), action: 'service' });
const begin = (...nodes: readonly PlanNode[]) => new World(plan(nodes), { claims: false, timers: false }).rest();
const claimsOf = (world: World, node: string) =>
  world.started.filter((one) => one.kind === 'claim' && one.node === node);
function grant(world: World, node: string, more: Partial<ClaimEnded> = {}): World {
  const { op = 0 } = claimsOf(world, node).at(-1) ?? {};
  world.apply({ type: 'claim.ended', node, op, ...more });
  return world.rest();
}
function serve(world: World): World {
  const { op = 0 } = world.events('attempt.started').findLast(({ node }) => node === 's') ?? {};
  world.apply({ type: 'attempt.serving', node: 's', op, outputs: {} });
  return world.rest();
}
const started = (world: World) => world.events('attempt.started').map(({ node }) => node);

describe('a claim', () => {
  test('that is refused fails the step, and there is nothing to give up', () => {
    const world = grant(begin(action('a', DB)), 'a', { error: BUSY });
    expect(world.settled('a')).toMatchObject({
      result: 'failed',
      cause: { kind: 'error' },
      error: { message: 'busy' },
    });
    expect(world.stopped).toEqual([]);
  });

  test('that was refused is not asked for again by who comes after', () => {
    const world = grant(begin(action('a', { ...DB, ...hook(ON_FAILURE_HOOK, action('h')) })), 'a', { error: BUSY });
    expect(started(world.crash().rest())).toEqual(['a/on-failure/h', 'a/on-failure/h']);
    expect(claimsOf(world, 'a')).toHaveLength(1);
  });

  test('may have a name of 256 characters', () => {
    const world = begin(action('a', { claim: { of: 'lock', name: plain('x'.repeat(256)) } }));
    expect(claimsOf(world, 'a')).toHaveLength(1);
  });

  test('of a run may have a name that is taken from outside', () => {
    const made = plan([action('a')]);
    const claim = { of: 'group', name: value(call('now')) } as const;
    const world = new World({ ...made, root: { ...made.root, claim } }, NOON);
    expect(world.rest().events('capture.started')).toHaveLength(1);
    expect(world.go().events('claim.started')).toMatchObject([{ node: '', of: 'group', name: 'noon' }]);
  });

  test('waits in a queue, unless the plan says otherwise; what is open waits in any case', () => {
    const busy = { claim: { ...DB.claim, onConflict: 'fail' } } as const;
    const world = grant(begin(group('g', [action('x')], busy), group('h', [action('x')], DB)), 'g').crash();
    const conflict = (node: string) => claimsOf(world, node).map((work) => 'onConflict' in work && work.onConflict);
    expect([conflict('g'), conflict('h')]).toEqual([
      ['fail', 'queue'],
      ['queue', 'queue'],
    ]);
  });

  test('is no part of the time of the step, but where it had it before', () => {
    const world = begin(action('a', DB), action('b', DB)).pass(500);
    const startOf = (node: string) => viewStep(world.run, node)?.startedAt;
    grant(world, 'a');
    const first = world.events('claim.ended')[0]?.at;
    expect(startOf('a')).toBe(first);
    grant(grant(world.crash().pass(500), 'a'), 'b');
    expect([startOf('a'), startOf('b')]).toEqual([first, world.events('claim.ended').at(-1)?.at]);
  });

  test('of what is done once tells its success, also where what follows that failed; a lock tells nothing', () => {
    const fails = hook(ON_SUCCESS_HOOK, failing('f'));
    const world = begin(
      action('a', { once: plain('k'), ...fails }),
      action('b', DB),
      action('c', { once: plain('c') }),
    );
    grant(grant(grant(world, 'a'), 'b'), 'c');
    world
      .end('a', { outputs: { v: 1 } })
      .end('b')
      .end('c', FAIL);
    expect([world.result('a'), world.result('b'), world.result('c')]).toEqual(['failed', 'succeeded', 'failed']);
    expect([world.doneBy('a')?.outputs, world.doneBy('b'), world.doneBy('c')]).toEqual([
      { v: 1 },
      undefined,
      undefined,
    ]);
  });

  test('of what was done elsewhere says whether its outputs are all there', () => {
    const causeOf = (more: object) => {
      const done = { run: 'r0', node: 'x', endedAt: 3, ...more };
      return grant(begin(action('a', { once: plain('k') })), 'a', { done }).settled('a')?.cause;
    };
    const cause = { kind: 'once', key: 'k', run: 'r0', node: 'x', endedAt: 3 };
    expect(causeOf({ outputs: {} })).toEqual(cause);
    expect(causeOf({})).toEqual({ ...cause, partial: true });
  });
});

describe('what is open and has not its claim again', () => {
  test('lets nothing in it begin anew, but what is over end', () => {
    const world = grant(begin(group('g', [action('a', RETRY), group('h', [action('x')])], DB)), 'g');
    const [a, x] = world.events('attempt.started');
    world.apply({ type: 'attempt.ended', node: 'g/h/x', op: x?.op ?? 0, outcome: 'succeeded', durationMs: 1 });
    world.until('step.settled', 'g/h/x');
    world.apply({ type: 'attempt.ended', node: 'g/a', op: a?.op ?? 0, outcome: 'failed', durationMs: 1 });
    world.crash().rest();
    expect([world.result('g/h'), world.events('timer.started')]).toEqual(['succeeded', []]);
    expect(grant(world, 'g').events('timer.started')).toHaveLength(1);
  });

  test('stays so when it is refused', () => {
    const world = grant(begin(group('g', [action('x')], DB)), 'g')
      .crash()
      .rest();
    grant(world, 'g', { error: BUSY });
    expect(started(world)).toEqual(['g/x']);
  });
});

test('what follows a step waits for the service that this needs, when that starts again', () => {
  const world = serve(begin(service('s'), action('a', { needs: [0], ...hook(ON_SUCCESS_HOOK, action('h')) }))).end('a');
  expect(started(world.crash().rest())).toEqual(['s', 'a', 'a/on-success/h', 's']);
  expect(started(serve(world)).at(-1)).toBe('a/on-success/h');
});

test('what follows a step comes to its end also while the run is paused', () => {
  const world = begin(set('s', {}, hook(ON_SUCCESS_HOOK, action('h'))));
  world.command({ kind: 'pause', cause: 'user' });
  expect(world.end('s/on-success/h').result('s')).toBe('succeeded');
});

test('a service that has ended leaves one place, not two', () => {
  const world = serve(new World(plan([service('s'), action('a'), action('b')], { concurrency: 1 })).rest());
  expect(started(world.end('s'))).toEqual(['s', 'a']);
});

describe('a stop', () => {
  test('has the cause that came first, and is told once', () => {
    const world = begin(group('g', [action('a'), action('b')], { failFast: true })).end('g/a', FAIL);
    world.command({ kind: 'cancel', node: '' });
    expect(world.stopped).toHaveLength(1);
    world.rest().end('g/b', { outcome: 'cancelled' });
    expect(world.settled('g/b')?.cause).toEqual({ kind: 'cancelled', by: 'fail-fast' });
  });

  test('comes once to a group of which a member fails in the same moment', () => {
    const world = begin(group('g', [failing('a'), action('b')], { failFast: true }));
    expect(world.events('cancel.requested')).toMatchObject([{ cause: 'fail-fast' }]);
    const stopped = new World(plan([group('g', [failing('a'), action('b')], { failFast: true })]));
    stopped.until('step.settled', 'g/a').command({ kind: 'cancel', node: 'g' });
    stopped.rest();
    expect(stopped.events('cancel.requested')).toMatchObject([{ cause: 'user' }]);
    expect(stopped.settled('g/b')?.cause).toEqual({ kind: 'cancelled', by: 'user' });
  });

  test('by a time that is over elsewhere cancels a group as any other', () => {
    const world = begin(group('g', [action('a')]));
    world.command({ kind: 'cancel', node: 'g', cause: 'timeout' });
    world.rest().end('g/a', { outcome: 'cancelled' });
    expect(world.settled('g')?.cause).toEqual({ kind: 'cancelled', by: 'timeout' });
  });

  test('by a time that is over cancels what waits, also when its own is over in the same moment', () => {
    const world = begin(awaiting('w', { kind: 'file', path: plain('x') }, { timeoutMs: 50 }));
    world.apply({ type: 'timer.ended', node: 'w', op: world.events('timer.started')[0]?.op ?? 0 });
    world.command({ kind: 'cancel', node: 'w', cause: 'timeout' });
    expect(world.rest().settled('w')?.cause).toEqual({ kind: 'cancelled', by: 'timeout' });
  });

  test('that comes when what follows a step is over comes too late', () => {
    const world = begin(action('a', hook(ON_SUCCESS_HOOK, set('h'))));
    world.apply({ type: 'attempt.ended', node: 'a', op: 1, outcome: 'succeeded', durationMs: 1 });
    world.until('scope.closed', 'a').command({ kind: 'cancel', node: 'a' });
    expect(world.rest().result('a')).toBe('succeeded');
  });

  test('leaves alone what has ended, and a look at what a group has done', () => {
    const ensures = [{ kind: 'exists', globs: plain(['f']) }] as const;
    const world = begin(group('g', [set('a'), group('h', [set('b')], { ensures })]));
    expect(world.events('check.started')).toHaveLength(1);
    world.command({ kind: 'cancel', node: 'g' });
    expect([world.stopped, world.run.byPath.get('g/a')?.stop, world.run.byPath.get('g/h')?.stop]).toEqual([
      [],
      null,
      'user',
    ]);
  });

  test('reaches the look at what a step waits for', () => {
    const probe = {
      kind: 'probe',
      action: 'run',
      with: object({ script: plain('x') }),
      source: 'x',
      everyMs: 5,
    } as const;
    const world = begin(awaiting('w', probe));
    world.command({ kind: 'cancel', node: 'w' });
    expect(world.stopped).toEqual(world.events('check.started').map(({ op }) => op));
  });
});
