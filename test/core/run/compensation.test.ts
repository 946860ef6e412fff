import { describe, expect, test } from 'vitest';
import { COMPENSATE_HOOK, type HookSpec, ON_SUCCESS_HOOK, type PlanNode } from '../../../src/core/plan/plan.ts';
import {
  action,
  child,
  composite,
  each,
  equal,
  group,
  list,
  lit,
  loop,
  type More,
  object,
  plain,
  plan,
  ref,
  value,
  when,
} from './plans.ts';
import { type Reply, runOf, World } from './world.ts';

const FAIL: Reply = { outcome: 'failed' };

function undoneBy(...nodes: readonly PlanNode[]): { readonly hooks: readonly HookSpec[] } {
  return { hooks: [{ slot: COMPENSATE_HOOK, body: { nodes } }] };
}
const UNDO = undoneBy(action('compensate'));
const undo = (undoes?: readonly string[], more: More = {}): PlanNode =>
  composite('compensate', 'undo', [], { ...more, ...(undoes && { undoes }) });
const ALL = { onFailure: [undo()] };
/** The undoings, in the order in which they began. */
const undone = (world: World): readonly string[] =>
  world.events('attempt.started').flatMap(({ node }) => (node.endsWith('/compensate') ? [node] : []));

const three = (more: More = {}): readonly PlanNode[] =>
  list([action('a', UNDO), action('b', { ...UNDO, ...more }), action('c')]);

describe('compensate', () => {
  test('undoes what has succeeded, the last first, each once', () => {
    const world = runOf(plan(three(), ALL), { c: FAIL });
    expect(undone(world)).toEqual(['b/compensate', 'a/compensate']);
    expect(world.settled('on-failure/undo')).toMatchObject({ result: 'succeeded', outputs: { undone: ['b', 'a'] } });
    expect(world.finished).toMatchObject({ verdict: 'failed', counts: { succeeded: 4, failed: 1 } });
  });

  test('goes by the end, not by the place', () => {
    const world = new World(plan([action('a', UNDO), action('b', UNDO), action('c', { needs: [0, 1] })], ALL)).rest();
    world.end('b').end('a').end('c', FAIL);
    world.end('a/compensate').end('b/compensate');
    expect(undone(world)).toEqual(['a/compensate', 'b/compensate']);
  });

  test('undoes one step at a time', () => {
    const world = new World(plan(three(), ALL)).rest().end('a').end('b').end('c', FAIL);
    expect(undone(world)).toEqual(['b/compensate']);
    world.end('b/compensate');
    expect(undone(world)).toEqual(['b/compensate', 'a/compensate']);
  });

  test('leaves alone what failed, was skipped, or says nothing', () => {
    const nodes = list([action('a', UNDO), action('s', { ...UNDO, if: when(lit(false)) }), action('x', UNDO)]);
    expect(undone(runOf(plan(nodes, ALL), { x: FAIL }))).toEqual(['a/compensate']);
  });

  test('is skipped where there is nothing to undo', () => {
    const world = runOf(plan([action('a', UNDO)], ALL), { a: FAIL });
    expect(world.settled('on-failure/undo')).toMatchObject({ result: 'skipped', cause: { kind: 'nothing-to-undo' } });
  });

  test('does nothing after a success, nor after a cancel, as all of `on-failure`', () => {
    expect(undone(runOf(plan(three(), ALL)))).toEqual([]);
    const world = new World(plan(three(), ALL)).rest().end('a');
    world.command({ kind: 'cancel', node: '' });
    world.rest().end('b', { outcome: 'cancelled' });
    expect([undone(world), world.finished?.verdict]).toEqual([[], 'cancelled']);
  });

  test('undoes the named ones, with what is inside of them', () => {
    const nodes = list([action('a', UNDO), group('g', [action('x', UNDO)]), action('c')]);
    const world = runOf(plan(nodes, { onFailure: [undo(['g'])] }), { c: FAIL });
    expect(undone(world)).toEqual(['g/x/compensate']);
  });

  test('reaches into groups, items, iterations and child workflows', () => {
    const nodes = list([
      group('g', [action('x', UNDO)], UNDO),
      each(action('e', UNDO), plain(['p', 'q']), { max: 1 }),
      loop(action('l', UNDO), { max: 2 }),
      child('w', [action('y', UNDO)]),
      action('z'),
    ]);
    expect(undone(runOf(plan(nodes, ALL), { z: FAIL }))).toEqual([
      'w/y/compensate',
      'l#2/compensate',
      'l#1/compensate',
      'e[q]/compensate',
      'e[p]/compensate',
      'g/compensate',
      'g/x/compensate',
    ]);
  });

  test('of a child workflow undoes that one only, and the run does not do it again', () => {
    const inner = child('w', [action('y', UNDO), action('z', { needs: [0] })], ALL);
    const world = runOf(plan(list([action('a', UNDO), inner]), ALL), { 'w/z': FAIL });
    expect(undone(world)).toEqual(['w/y/compensate', 'a/compensate']);
    expect(world.result('w/on-failure/undo')).toBe('succeeded');
  });

  test('shows the step as `self`, the steps beside it, its item, and the inputs of its file', () => {
    const texts = {
      self: value('self.outputs.v'),
      step: value('steps.first.outputs.v'),
      item: value('item'),
      input: value('inputs.i'),
    };
    const seen = undoneBy(action('compensate', { with: object(texts) }));
    const inner = list([action('first'), each(action('e', seen), plain(['p']))]);
    const file = {
      inputs: { i: { type: 'string', required: true, schema: {} } as const },
      with: object({ i: plain('in') }),
    };
    const world = runOf(plan(list([child('w', inner, file), action('z')]), ALL), {
      'w/first': { outputs: { v: 1 } },
      'w/e[p]': { outputs: { v: 2 } },
      z: FAIL,
    });
    const work = world.started.find(({ kind, node }) => kind === 'attempt' && node === 'w/e[p]/compensate');
    expect(work).toMatchObject({ request: { self: 2, step: 1, item: 'p', input: 'in' } });
  });

  test('that skips itself had nothing to undo', () => {
    const none = undoneBy(action('compensate', { if: when(equal(ref('self.outputs.made'), lit(true))) }));
    const world = runOf(plan(list([action('a', none), action('b')]), ALL), {
      a: { outputs: { made: false } },
      b: FAIL,
    });
    expect([undone(world), world.result('on-failure/undo')]).toEqual([[], 'succeeded']);
  });

  test('also undoes a step of which only what follows its success failed', () => {
    const told = { slot: ON_SUCCESS_HOOK, body: { nodes: [action('tell')] } } as const;
    const world = runOf(plan([action('a', { hooks: [told, ...UNDO.hooks] })], ALL), { 'a/on-success/tell': FAIL });
    expect([world.result('a'), undone(world)]).toEqual(['failed', ['a/compensate']]);
  });

  test('undoes a step that was done again once, as it was done last', () => {
    const retry = { attempts: 2, delayMs: 0, backoff: 'constant', factor: 1 } as const;
    const seen = undoneBy(action('compensate', { with: object({ v: value('self.outputs.v') }) }));
    let tries = 0;
    const world = new World(plan([group('g', list([action('a', seen), action('b')]), { retry })], ALL), {
      reply: ({ node }) => (node === 'g/b' ? FAIL : { outputs: { v: ++tries } }),
    }).go();
    expect([world.attempts('g/a'), undone(world)]).toEqual([2, ['g/a/compensate']]);
    const work = world.started.find(({ node, kind }) => kind === 'attempt' && node === 'g/a/compensate');
    expect(work).toMatchObject({ request: { v: 2 } });
  });
});

describe('an undoing that fails', () => {
  test('keeps none of the others from being undone, and fails the step', () => {
    const world = runOf(plan(three(), ALL), { c: FAIL, 'b/compensate': FAIL });
    expect(undone(world)).toEqual(['b/compensate', 'a/compensate']);
    expect(world.settled('on-failure/undo')).toMatchObject({
      result: 'failed',
      error: { code: 'RUN_COMPENSATION_FAILED', message: 'What undoes `b` failed, so what it did still stands.' },
    });
    expect(world.finished?.verdict).toBe('failed');
  });

  test('is tried again where the resumed run fails again; what was undone is done again first', () => {
    const world = runOf(plan(three(), ALL), { c: FAIL, 'b/compensate': FAIL });
    world.resume().go();
    expect([world.attempts('a'), world.attempts('b'), world.result('b')]).toEqual([2, 1, 'kept']);
    expect(undone(world)).toEqual(['b/compensate', 'a/compensate', 'b/compensate', 'a/compensate']);
  });

  test('is forgotten where the resumed run succeeds', () => {
    const replies: Record<string, Reply> = { c: FAIL, 'b/compensate': FAIL };
    const world = runOf(plan(three(), ALL), replies);
    replies['c'] = {};
    world.resume().go();
    expect([world.finished?.verdict, undone(world).length]).toEqual(['succeeded', 2]);
    expect([world.result('a'), world.result('b')]).toEqual(['succeeded', 'kept']);
  });
});

describe('a resume', () => {
  test('in the middle of it goes on where it was, and undoes nothing twice', () => {
    const world = new World(plan(three(), ALL)).rest().end('a').end('b').end('c', FAIL).end('b/compensate');
    world.crash().rest().end('a/compensate');
    expect(undone(world)).toEqual(['b/compensate', 'a/compensate', 'a/compensate']); // the last was cut off
    expect(world.settled('on-failure/undo')).toMatchObject({ result: 'succeeded' });
  });

  test('does again what was undone, and all of a group that was', () => {
    const nodes = list([group('g', list([action('x'), action('y')]), UNDO), action('k'), action('c')]);
    const world = runOf(plan(nodes, ALL), { c: FAIL });
    world.resume().go();
    const again = ['g/x', 'g/y', 'k', 'c'].map((path) => world.attempts(path));
    expect(again).toEqual([2, 2, 1, 2]);
  });

  test('under an edited plan does again what was undone', () => {
    const world = runOf(plan(three(), ALL), { c: FAIL });
    world.resume(plan([...three(), action('d')], ALL)).go();
    expect([world.attempts('a'), world.attempts('b')]).toEqual([2, 2]);
  });

  test('of a child that is tried again does again what was undone, though it was kept before', () => {
    const retry = { attempts: 2, delayMs: 0, backoff: 'constant', factor: 1 } as const;
    const inner = child('w', list([action('y', UNDO), action('z')]), ALL, { retry });
    const world = runOf(plan([inner]), { 'w/z': FAIL });
    expect(world.attempts('w/y')).toBe(2);
    const replies: Record<string, Reply> = {};
    const kept = new World(plan([inner]), { reply: (work) => replies[work.node] ?? {} }).rest();
    kept.end('w/y');
    replies['w/z'] = FAIL;
    kept.resume(plan([inner, action('other')])).go();
    const results = kept.events('step.settled').flatMap(({ node, result }) => (node === 'w/y' ? [result] : []));
    expect([kept.attempts('w/y'), results]).toEqual([2, ['succeeded', 'kept', 'succeeded']]);
  });
});
