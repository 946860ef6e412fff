/** A stop, a limit or late news that comes between two decisions: every moment of a node has an answer to it. */
import { describe, expect, test } from 'vitest';
import { ENV_RUN_CALL } from '../../../src/core/expr/ast.ts';
import type { PlanNode } from '../../../src/core/plan/plan.ts';
import { ON_SUCCESS_HOOK } from '../../../src/core/plan/plan.ts';
import type { RunEvent } from '../../../src/core/run/event.ts';
import { next } from '../../../src/core/run/next.ts';
import {
  action,
  approval,
  call,
  child,
  composite,
  each,
  expression,
  group,
  lit,
  loop,
  plain,
  plan,
  race,
  set,
} from './plans.ts';
import { World } from './world.ts';

const CANCEL = { kind: 'cancel', node: 'a' } as const;

const until = (nodes: readonly PlanNode[], type: RunEvent['type'], path: string): World =>
  new World(plan(nodes)).until(type, path);

describe('a step that is cancelled right after it was opened', () => {
  test.each<[string, PlanNode]>([
    ['a group', group('a', [action('b')])],
    ['a choose', composite('choose', 'a', [{ nodes: [action('b')] }], { conditions: [null] })],
    ['a try', composite('try', 'a', [{ nodes: [action('b')] }])],
    ['a race', race('a', [action('b')])],
    ['a loop', loop(action('a'), { max: 2 })],
    ['a fan-out', each(action('a'), plain(['x', 'y']))],
    ['a child workflow', child('a', [action('b')])],
  ])('begins nothing of %s', (_kind, node) => {
    const world = until([node], 'node.opened', 'a');
    world.command(CANCEL);
    world.rest();
    expect(world.settled('a')).toMatchObject({ result: 'cancelled', cause: { kind: 'cancelled', by: 'user' } });
    expect([world.events('attempt.started'), world.events('scope.opened').length]).toEqual([[], 1]);
  });
});

describe('a step that is cancelled', () => {
  test('while someone who knows is waited for waits no longer', () => {
    const world = new World(plan([action('a', { idempotent: false })])).rest().crash().rest();
    world.command(CANCEL);
    expect(world.rest().settled('a')).toMatchObject({ result: 'cancelled' });
  });

  test('after nobody has answered in time is cancelled, not failed', () => {
    const world = new World(plan([approval('a', 'Go on?', { timeoutMs: 5 })]), { timers: false }).rest();
    const [asked] = world.events('wait.started');
    world.apply({ type: 'timer.ended', node: 'a', op: world.events('timer.started')[0]?.op ?? 0 });
    const answer = next(world.run);
    expect(answer).toMatchObject({ type: 'wait.ended', op: asked?.op, error: { code: 'STEP_APPROVAL_TIMEOUT' } });
    world.apply(answer as RunEvent);
    world.command(CANCEL);
    expect(world.rest().result('a')).toBe('cancelled');
  });

  test('while it does what follows its success is cancelled as that is', () => {
    const hooks = [{ slot: ON_SUCCESS_HOOK, body: { nodes: [action('h')] } }] as const;
    const world = new World(plan([action('a', { hooks })])).rest().end('a');
    world.command(CANCEL);
    world.end('a/on-success/h', { outcome: 'cancelled' });
    expect(world.settled('a')).toMatchObject({ result: 'cancelled' });
  });

  test('is asked nothing of what it ensures, where nobody has looked yet', () => {
    const ensures = [{ kind: 'exists', globs: plain(['f']) }] as const;
    const world = new World(plan([group('a', [action('b')], { ensures })])).rest();
    world.command(CANCEL);
    world.end('a/b'); // its success came first
    expect([world.result('a/b'), world.result('a')]).toEqual(['succeeded', 'cancelled']);
    expect(world.events('check.started')).toEqual([]);
  });

  test('settles, though a value that it waits for with others comes later, and those go on', () => {
    const env = { V: { kind: 'value', expression: expression(call(ENV_RUN_CALL, lit('date'))) } } as const;
    const world = new World(plan([action('b'), group('a', [action('c')])], { env })).rest();
    const [asked] = world.events('capture.started');
    expect(world.events('capture.started')).toHaveLength(1);
    world.command(CANCEL);
    expect(world.rest().result('a')).toBe('cancelled');
    const [key = ''] = asked?.captures.map((one) => one.key) ?? [];
    world.apply({ type: 'capture.ended', node: 'b', op: asked?.op ?? 0, values: { [key]: 'noon' } });
    expect(world.rest().attempts('b')).toBe(1);
  });
});

describe('a limit that is over', () => {
  test('between two iterations ends the loop', () => {
    const world = new World(plan([loop(action('a'), { max: 3 }, { timeoutMs: 60_000 })]), { timers: false }).rest();
    const [limit] = world.events('timer.started');
    const { op } = world.started.find((one) => one.kind === 'attempt') ?? { op: 0 };
    world.apply({ type: 'attempt.ended', node: 'a#1', op, outcome: 'succeeded', durationMs: 1 });
    for (let event = next(world.run); event !== null; event = next(world.run)) {
      world.apply(event);
      if (event.type === 'scope.closed') break;
    }
    world.apply({ type: 'timer.ended', node: 'a', op: limit?.op ?? 0 });
    world.rest();
    expect(world.settled('a')).toMatchObject({ result: 'failed', error: { code: 'STEP_TIMEOUT' } });
    expect(world.events('scope.opened').filter(({ node }) => node === 'a')).toHaveLength(1);
  });

  test('lets a look at what was done go on: that has a time of its own', () => {
    const ensures = [{ kind: 'exists', globs: plain(['f']) }] as const;
    const world = new World(plan([group('a', [set('b')], { ensures, timeoutMs: 60_000 })]), { timers: false }).rest();
    const [[limit], [look]] = [world.events('timer.started'), world.events('check.started')];
    world.apply({ type: 'timer.ended', node: 'a', op: limit?.op ?? 0 });
    world.rest();
    expect(world.stopped).not.toContain(look?.op);
    world.apply({ type: 'check.ended', node: 'a', op: look?.op ?? 0, holds: true });
    expect(world.rest().result('a')).toBe('succeeded');
  });
});

test('what waits for a place while the run is paused begins when it goes on', () => {
  const world = until([action('b'), action('a')], 'attempt.started', 'b');
  world.command({ kind: 'pause', cause: 'user' });
  world.rest();
  expect(world.attempts('a')).toBe(0);
  world.command({ kind: 'resume' });
  expect(world.rest().attempts('a')).toBe(1);
});
