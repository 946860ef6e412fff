import { describe, expect, test } from 'vitest';
import { COMPENSATE_HOOK } from '../../../src/core/plan/plan.ts';
import type { OnceDone, Recorded, RunEvent } from '../../../src/core/run/event.ts';
import { onceFacts } from '../../../src/core/run/once-facts.ts';
import { action, composite, list, type More, plain, plan, value } from './plans.ts';
import { World } from './world.ts';

const once = (key: string) => ({ once: plain(key) });
const LOCK: More = { claim: { of: 'lock', name: plain('db') } };
const RETRY = { retry: { attempts: 2, delayMs: 0, backoff: 'constant', factor: 1 } as const };
const DONE: OnceDone = { run: 'other', node: 'b', endedAt: 7, outputs: { v: 'theirs' } };

/** The host answers the last claim of a step. */
function grant(world: World, node: string, more: { readonly done?: OnceDone } = {}): World {
  const work = world.started.findLast((one) => one.kind === 'claim' && one.node === node);
  world.apply({ type: 'claim.ended', node, op: work?.op ?? 0, ...more });
  return world.rest();
}
const waiting = (...nodes: Parameters<typeof plan>[0]) => new World(plan(nodes), { claims: false }).rest();

describe('a step that is done once', () => {
  test('asks for its key after its lock, and has both while it works', () => {
    const world = waiting(action('a', { ...LOCK, ...once('k') }));
    expect(world.events('claim.started').map(({ of }) => of)).toEqual(['lock']);
    grant(world, 'a');
    expect([world.events('claim.started').map(({ of }) => of), world.attempts('a')]).toEqual([['lock', 'once'], 0]);
    grant(world, 'a');
    expect(world.started.at(-1)).toMatchObject({ kind: 'attempt', guarded: true });
    world.end('a');
    expect(world.stopped).toEqual([2, 1]);
  });

  test('is kept, with the outputs of who did it, where that is done', () => {
    const world = waiting(action('a', once('k')), action('b', { needs: [0], with: value('steps.a.outputs.v') }));
    grant(world, 'a', { done: DONE });
    expect(world.settled('a')).toMatchObject({
      result: 'kept',
      outputs: { v: 'theirs' },
      cause: { kind: 'once', key: 'k', run: 'other', node: 'b', endedAt: 7 },
    });
    expect(world.started.at(-1)).toMatchObject({ node: 'b', request: 'theirs' });
    expect([world.attempts('a'), world.stopped]).toEqual([0, []]);
  });

  test('says where the outputs were too large to be kept', () => {
    const { outputs: _outputs, ...small } = DONE;
    const world = grant(waiting(action('a', once('k'))), 'a', { done: small });
    expect(world.settled('a')).toMatchObject({ outputs: {}, cause: { partial: true } });
    expect(world.finished).toMatchObject({ verdict: 'succeeded', counts: { kept: 1 } });
  });

  test('tells its success, and nothing where it failed', () => {
    const told = (outcome: 'succeeded' | 'failed') => {
      const world = grant(waiting(action('a', once('k'))), 'a');
      const end: RunEvent = { type: 'attempt.ended', node: 'a', op: 2, outcome, outputs: { v: 1 }, durationMs: 1 };
      world.apply(end);
      return world.rest().doneBy('a');
    };
    expect(told('succeeded')).toMatchObject({ run: 'r1', node: 'a', outputs: { v: 1 } });
    expect(told('failed')).toBeUndefined();
  });

  test('under a later writer asks again, and hears that another was faster: also between two attempts', () => {
    const world = grant(waiting(action('a', once('k'))), 'a');
    world.crash().rest();
    expect(world.attempts('a')).toBe(1);
    grant(world, 'a', { done: DONE });
    expect([world.attempts('a'), world.result('a')]).toEqual([1, 'kept']);

    const failed = grant(waiting(action('a', { ...once('k'), ...RETRY })), 'a');
    failed.apply({ type: 'attempt.ended', node: 'a', op: 2, outcome: 'failed', durationMs: 1 });
    failed.crash().rest();
    grant(failed, 'a', { done: DONE });
    expect([failed.attempts('a'), failed.result('a')]).toEqual([1, 'kept']);
  });

  test('with a key that is no text fails', () => {
    const keyed = (key: Parameters<typeof plain>[0]) => waiting(action('a', { once: plain(key) })).settled('a')?.error;
    for (const key of [null, '', ' ', 'x'.repeat(257), 7]) expect(keyed(key)?.code).toBe('STEP_LOCK_NAME');
    expect(keyed('')?.message).toBe('The key of `once` of step `a` is empty, or longer than 256 characters.');
  });

  test('that another run did is not undone by this one', () => {
    const undoing = { hooks: [{ slot: COMPENSATE_HOOK, body: { nodes: [action('compensate')] } }] } as const;
    const world = new World(
      plan(list([action('a', { ...once('k'), ...undoing }), action('b')]), {
        onFailure: [composite('compensate', 'undo', [])],
      }),
      { claims: false },
    ).rest();
    grant(world, 'a', { done: DONE }).end('b', { outcome: 'failed' });
    expect(world.settled('on-failure/undo')).toMatchObject({ result: 'skipped' });
  });
});

describe('what a journal says of a key', () => {
  const claim = (node = 'a', name = 'k'): RunEvent => ({ type: 'claim.started', node, op: 1, of: 'once', name });
  const start = (node = 'a'): RunEvent => ({ type: 'attempt.started', node, op: 2, attempt: 1, fingerprint: 'f' });
  const end = (outcome: 'succeeded' | 'failed' | 'cancelled' | 'interrupted' | 'in-doubt', node = 'a'): RunEvent => ({
    type: 'attempt.ended',
    node,
    op: 2,
    outcome,
    outputs: { v: 1 },
    durationMs: 1,
  });
  const settled = (result: 'succeeded' | 'failed' | 'cancelled', node = 'a'): RunEvent => ({
    type: 'step.settled',
    node,
    result,
    cause: { kind: 'attempt' },
    ...(result === 'succeeded' && { outputs: { w: 2 } }),
  });
  const opened: RunEvent = { type: 'run.opened', host: 'h', giga: '0', pid: 2 };
  const replanned: RunEvent = { type: 'run.replanned', plan: 'p' };
  const undone = (path: string): RunEvent => ({
    type: 'scope.closed',
    node: 'on-failure/undo',
    slot: 0,
    result: 'succeeded',
    outputs: {},
    undone: path,
  });
  const facts = (events: readonly RunEvent[]) => {
    const records = events.map((event, seq): Recorded => ({ ...event, seq, epoch: 1, at: seq, durableUpTo: -1 }));
    return onceFacts(records, 'r', 'k');
  };

  const TABLE: readonly (readonly [what: string, events: readonly RunEvent[], kind: string])[] = [
    ['nothing', [], 'free'],
    ['it was asked for only', [claim()], 'free'],
    ['it was begun', [claim(), start()], 'doubt'],
    ['its run was opened again', [claim(), start(), opened], 'doubt'],
    ['it was interrupted', [claim(), start(), end('interrupted')], 'doubt'],
    ['its attempt ended well, and it has not settled', [claim(), start(), end('succeeded')], 'doubt'],
    ['it failed, and may be tried again', [claim(), start(), end('failed')], 'free'],
    ['it failed', [claim(), start(), end('failed'), settled('failed')], 'free'],
    ['what was computed from it failed', [claim(), start(), end('succeeded'), settled('failed')], 'free'],
    ['it was cancelled', [claim(), start(), end('cancelled'), settled('cancelled')], 'free'],
    ['it was cut off, and then given up', [claim(), start(), opened, settled('cancelled')], 'doubt'],
    ['it is in doubt', [claim(), start(), end('in-doubt'), settled('failed')], 'doubt'],
    ['it succeeded', [claim(), start(), end('succeeded'), settled('succeeded')], 'done'],
    ['it was undone', [claim(), start(), end('succeeded'), settled('succeeded'), undone('a')], 'undone'],
    [
      'it was undone with its group, and done again',
      [
        claim('g/a'),
        start('g/a'),
        end('succeeded', 'g/a'),
        settled('succeeded', 'g/a'),
        undone('g'),
        replanned,
        claim('g/a'),
        start('g/a'),
        end('succeeded', 'g/a'),
        settled('succeeded', 'g/a'),
      ],
      'done',
    ],
    ['the step has another key in a later plan', [claim(), replanned, claim('a', 'other'), start()], 'free'],
    ['the step has none in a later plan', [claim(), replanned, start()], 'free'],
    ['it was cut off, and a later plan has no such step', [claim(), start(), replanned], 'doubt'],
    [
      'another step did it later',
      [claim(), start(), replanned, claim('b'), start('b'), end('succeeded', 'b'), settled('succeeded', 'b')],
      'done',
    ],
    ['another key', [claim('a', 'other'), start(), end('succeeded'), settled('succeeded')], 'free'],
  ];
  test.each(TABLE)('%s: %s', (_, events, kind) => {
    expect(facts(events).kind).toBe(kind);
  });

  test('names the success, with its outputs', () => {
    const done = { run: 'r', node: 'a', endedAt: 3, outputs: { v: 1, w: 2 } };
    expect(facts([claim(), start(), end('succeeded'), settled('succeeded')])).toEqual({ kind: 'done', done });
  });

  test('counts a step of which what follows its success failed', () => {
    const hook: RunEvent = {
      type: 'step.settled',
      node: 'a',
      result: 'failed',
      cause: { kind: 'hook', hook: 'on-success' },
    };
    expect(facts([claim(), start(), end('succeeded'), hook]).kind).toBe('done');
  });
});
