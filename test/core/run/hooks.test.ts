import { describe, expect, test } from 'vitest';
import { type HookSpec, ON_FAILURE_HOOK, ON_SUCCESS_HOOK, type PlanNode } from '../../../src/core/plan/plan.ts';
import {
  action,
  approval,
  child,
  composite,
  each,
  equal,
  failing,
  group,
  list,
  lit,
  loop,
  type More,
  plain,
  plan,
  race,
  ref,
  set,
  value,
  when,
} from './plans.ts';
import { type Reply, runOf, World } from './world.ts';

const FAIL: Reply = { outcome: 'failed' };

function hooked(success: readonly PlanNode[], failure: readonly PlanNode[] = []): { readonly hooks: HookSpec[] } {
  return {
    hooks: [
      { slot: ON_SUCCESS_HOOK, body: { nodes: success } },
      { slot: ON_FAILURE_HOOK, body: { nodes: failure } },
    ],
  };
}

describe('a hook', () => {
  const HOOKS = hooked([action('told')], [action('mourned')]);
  const STEPS: readonly (readonly [what: string, step: PlanNode])[] = [
    ['an action', action('a', HOOKS)],
    ['a group', group('a', [action('in')], HOOKS)],
    ['a loop', loop(action('a'), { max: 1 }, HOOKS)],
    ['a fan-out', each(action('a'), plain(['x']), {}, HOOKS)],
    ['a race', race('a', [action('in')], HOOKS)],
    ['a try', composite('try', 'a', [{ nodes: [action('in')] }], HOOKS)],
    ['a child workflow', child('a', [action('in')], {}, HOOKS)],
  ];
  test.each(STEPS)('of %s follows its success, and comes before its end', (_, step) => {
    const world = runOf(plan([step, action('b', { needs: [0] })]));
    expect(world.result('a')).toBe('succeeded');
    expect(world.result('a/on-success/told')).toBe('succeeded');
    expect(world.attempts('a/on-failure/mourned')).toBe(0);
    const order = world.events('step.settled').map(({ node }) => node);
    expect(order.indexOf('a/on-success/told')).toBeLessThan(order.indexOf('a'));
    expect(world.finished?.verdict).toBe('succeeded');
  });

  const failures: Readonly<Record<string, Reply>> = { a: FAIL, 'a/in': FAIL, 'a#1': FAIL, 'a[x]': FAIL };
  test.each(STEPS)('of %s follows its failure', (_, step) => {
    const world = runOf(plan([step]), failures);
    expect([world.result('a'), world.result('a/on-failure/mourned')]).toEqual(['failed', 'succeeded']);
    expect(world.attempts('a/on-success/told')).toBe(0);
    expect(world.finished?.verdict).toBe('failed');
  });

  test('follows the last attempt only', () => {
    const retry = { attempts: 3, delayMs: 0, backoff: 'constant', factor: 1 } as const;
    const world = runOf(plan([action('a', { ...HOOKS, retry })]), { a: FAIL });
    expect([world.attempts('a'), world.attempts('a/on-failure/mourned')]).toEqual([3, 1]);
  });

  test('that fails after a success fails the step, by its own failure', () => {
    const world = runOf(plan([action('a', HOOKS), action('b', { needs: [0] })]), { 'a/on-success/told': FAIL });
    expect(world.settled('a')).toMatchObject({ result: 'failed', cause: { kind: 'hook', hook: 'on-success' } });
    expect(world.settled('b')?.cause).toMatchObject({ kind: 'need-failed', need: 'a' });
    expect(world.finished).toMatchObject({ verdict: 'failed', error: { code: 'STEP_FAILED' } });
  });

  test('that fails after a failure changes nothing', () => {
    const world = runOf(plan([failing('a', 'my own', HOOKS)]), { 'a/on-failure/mourned': FAIL });
    expect(world.settled('a')).toMatchObject({ result: 'failed', error: { message: 'my own' } });
    expect(world.finished?.counts).toMatchObject({ failed: 2 });
  });

  test('of a step whose failure is allowed fails nothing', () => {
    const world = runOf(plan([action('a', { ...HOOKS, allowFailure: true })]), {
      a: FAIL,
      'a/on-failure/mourned': FAIL,
    });
    expect(world.finished).toMatchObject({
      verdict: 'succeeded with allowed failures',
      counts: { failed: 0, allowed: 2 },
    });
  });

  test('sees its step as `self`, and why it failed as `error`', () => {
    const seen: More = { if: when(equal(ref('error.code'), lit('STEP_TIMEOUT'))) };
    const hooks = hooked(
      [set('s', { out: value('self.outputs.v'), how: value('self.result') })],
      [set('f', { out: value('self.outputs.v'), how: value('self.result') }), set('t', {}, seen)],
    );
    const good = runOf(plan([action('a', hooks)]), { a: { outputs: { v: 7 } } });
    expect(good.settled('a/on-success/s')?.outputs).toEqual({ out: 7, how: 'succeeded' });
    const bad = runOf(plan([action('a', hooks)]), { a: { outcome: 'timed-out', outputs: { v: 8 } } });
    expect(bad.settled('a/on-failure/f')?.outputs).toEqual({ out: 8, how: 'failed' });
    expect(bad.result('a/on-failure/t')).toBe('succeeded');
  });

  test('is left out when the step is skipped or cancelled, and cancelled with it', () => {
    const skipped = runOf(plan([action('a', { ...HOOKS, if: when(lit(false)) })]));
    expect(skipped.settled('a/on-success/told')).toBeUndefined();
    const world = new World(plan([action('a', HOOKS)]), { reply: (work) => (work.node === 'a' ? {} : undefined) }).go();
    world.command({ kind: 'cancel', node: '' });
    world.go();
    expect(world.stopped).toHaveLength(1);
  });

  test('of a failure stays that of a failure when it is cancelled, whatever failed', () => {
    const late = approval('c', 'Go on?', { ...HOOKS, timeoutMs: 5 });
    const steps = plan([action('a', HOOKS), group('g', [failing('b')], HOOKS), late, failing('f', 'no', HOOKS)]);
    const paths = ['a', 'g', 'c', 'f'];
    const isHook = (node: string): boolean => node.includes('on-failure');
    const world = new World(steps, { reply: ({ node }) => (isHook(node) ? undefined : FAIL) }).go().pass(5).go();
    world.command({ kind: 'cancel', node: '' });
    for (const path of paths) world.end(`${path}/on-failure/mourned`, { outcome: 'cancelled' });
    world.go();
    const hooks = paths.map((path) => world.result(`${path}/on-failure/mourned`));
    expect(hooks).toEqual(paths.map(() => 'cancelled'));
    expect(paths.map((path) => world.result(path))).toEqual(paths.map(() => 'failed'));
    expect(world.finished?.verdict).toBe('cancelled');
  });

  test('of what giga does itself takes it along when it is cancelled after a success', () => {
    const world = new World(plan([set('s', {}, HOOKS)]), { reply: () => undefined }).go();
    world.command({ kind: 'cancel', node: '' });
    world.end('s/on-success/told', { outcome: 'cancelled' }).go();
    expect(world.result('s')).toBe('cancelled');
  });

  test('does not run again for a step that is kept', () => {
    const steps = plan(list([action('a', HOOKS), action('b')]));
    const world = runOf(steps, { b: FAIL });
    world.resume(steps).go();
    expect([world.result('a'), world.result('b')]).toEqual(['kept', 'failed']);
    expect(world.attempts('a/on-success/told')).toBe(1);
  });
});

describe('what follows the success of a run', () => {
  const more = { onSuccess: [action('party')], onFailure: [action('sob')], finally: [action('clean')] };
  test('comes before its end, and only after a success', () => {
    const good = runOf(plan([action('a')], more));
    expect(good.events('step.settled').map(({ node }) => node)).toEqual(['a', 'on-success/party', 'finally/clean', '']);
    const bad = runOf(plan([action('a')], more), { a: FAIL });
    expect(bad.events('step.settled').map(({ node }) => node)).toEqual(['a', 'on-failure/sob', 'finally/clean', '']);
  });
  test('fails the run when it fails, and its end comes all the same', () => {
    const world = runOf(plan([action('a')], more), { 'on-success/party': FAIL });
    expect(world.finished?.verdict).toBe('failed');
    expect(world.result('finally/clean')).toBe('succeeded');
    expect(world.attempts('on-failure/sob')).toBe(0);
  });
  test('has the order of a list: after a failure the rest is skipped', () => {
    const world = runOf(plan([action('a')], { onSuccess: list([action('x'), action('y')]) }), {
      'on-success/x': FAIL,
    });
    expect(world.settled('on-success/y')?.cause.kind).toBe('need-failed');
  });
});

describe('a finally that also runs at an interrupt', () => {
  const steps = plan(list([action('a'), action('b')]), { finally: [action('clean')], finallyOnInterruptMs: 50 });
  const open = (): World => new World(steps, { reply: ({ node }) => (node === 'finally/clean' ? {} : undefined) });
  const pause = (world: World): World => {
    world.command({ kind: 'pause', cause: 'signal', signal: 'SIGINT' });
    return world.rest();
  };
  const paths = (world: World): readonly string[] => world.events('attempt.started').map(({ node }) => node);

  test('begins when what was under way has ended, and nothing else begins', () => {
    const world = pause(open().rest());
    expect(paths(world)).toEqual(['a']);
    world.end('a', { outcome: 'interrupted' }).go();
    expect(paths(world)).toEqual(['a', 'finally/clean']);
    expect(world.events('scope.closed').at(-1)).toMatchObject({ slot: -3, result: 'succeeded' });
    expect(world.finished).toBeUndefined();
  });

  test('runs again at the end of the run, and counts once', () => {
    const world = pause(open().rest());
    world.end('a', { outcome: 'interrupted' }).go();
    world.resume();
    world.rest().end('a').end('b').go();
    expect(paths(world)).toEqual(['a', 'finally/clean', 'a', 'b', 'finally/clean']);
    expect(world.finished).toMatchObject({ verdict: 'succeeded', counts: { succeeded: 3 } });
  });

  test('that was cut off is forgotten when the run goes on', () => {
    const world = new World(steps, { reply: () => undefined }).rest();
    pause(world).end('a', { outcome: 'interrupted' });
    expect(paths(world)).toEqual(['a', 'finally/clean']);
    world.resume().rest();
    world.end('a').end('b').end('finally/clean');
    expect(world.finished).toMatchObject({ verdict: 'succeeded', counts: { succeeded: 3, failed: 0 } });
  });

  test('that was cut off in a group and in a hook is forgotten when the run goes on', () => {
    const last = [group('g', [action('clean')]), action('h', hooked([action('told')]))];
    const world = new World(plan([action('a')], { finally: last, finallyOnInterruptMs: 50 }), {
      reply: () => undefined,
    }).rest();
    pause(world).end('a', { outcome: 'interrupted' }).go();
    world.end('finally/h').go();
    expect(paths(world)).toEqual(['a', 'finally/h', 'finally/g/clean', 'finally/h/on-success/told']);
    world.resume().rest();
    world.end('a').go();
    world.end('finally/h').go();
    world.end('finally/g/clean').go();
    world.end('finally/h/on-success/told').go();
    expect(world.finished).toMatchObject({ verdict: 'succeeded', counts: { succeeded: 4, failed: 0 } });
  });

  test.each([
    ['it is not told to', plan([action('a')], { finally: [action('clean')] }), 'signal'],
    ['nobody interrupts but a user pauses', steps, 'user'],
  ] as const)('does not begin when %s', (_, one, cause) => {
    const world = new World(one, { reply: () => undefined }).rest();
    world.command({ kind: 'pause', cause });
    world.rest().end('a', { outcome: 'interrupted' });
    expect(paths(world)).toEqual(['a']);
  });

  test('does not begin a second time when the run is at its end', () => {
    const world = new World(steps, { reply: ({ node }) => (node === 'finally/clean' ? undefined : {}) }).go();
    pause(world).end('finally/clean', { outcome: 'interrupted' });
    expect(paths(world)).toEqual(['a', 'b', 'finally/clean']);
  });
});
