/** What is looked at after a step, as it is handed to whoever looks; what it is evaluated from; and how it is told. */
import { describe, expect, test } from 'vitest';
import type { Template } from '../../../src/core/expr/ast.ts';
import { DEFAULT_GRACE_MS, type PlanNode } from '../../../src/core/plan/plan.ts';
import type { Ensure, Probe } from '../../../src/core/plan/proof.ts';
import {
  action,
  awaiting,
  both,
  call,
  child,
  equal,
  expression,
  group,
  lit,
  type More,
  object,
  plain,
  plan,
  ref,
  value,
} from './plans.ts';
import { NOON, opOf, type Reply, runOf, World } from './world.ts';

const PROBE: Probe = { kind: 'probe', action: 'run', with: plain({ script: 'x' }), source: 'test -f x' };
const asking = (...paths: readonly string[]): Probe => ({
  ...PROBE,
  with: object(Object.fromEntries(paths.map((path) => [path, value(path)]))),
});
const holds = (path: string, json: number): Ensure => ({
  kind: 'output',
  holds: expression(equal(ref(path), lit(json)), `${path} == ${json}`),
});
const globs = (...texts: readonly (string | Template)[]): Template => ({
  kind: 'list',
  items: texts.map((text) => (typeof text === 'string' ? plain(text) : text)),
});
/** The last look that was asked for. */
const lookOf = (world: World) => world.started.findLast((one) => one.kind === 'ensure');
const looked = (nodes: readonly PlanNode[], replies: Readonly<Record<string, Reply>> = {}, more = {}) =>
  lookOf(runOf(plan(nodes, more), replies, NOON));
const requestOf = (nodes: readonly PlanNode[], replies: Readonly<Record<string, Reply>> = {}) => {
  const [asked] = looked(nodes, replies)?.asked ?? [];
  return asked?.kind === 'probe' ? asked.request : undefined;
};
/** What is said of it where it does not hold. */
function told(world: World, node: string) {
  world.apply({ type: 'check.ended', node, op: opOf(world, node), holds: false });
  const { error } = (node === '' ? world.rest().finished : world.rest().settled(node)) ?? {};
  return [error?.code, error?.message, error?.hint];
}

describe('a look', () => {
  test.each<[Partial<Probe>, object]>([
    [{}, { secrets: [], clearEnv: false, graceMs: DEFAULT_GRACE_MS }],
    [
      { secrets: ['S'], clearEnv: true, graceMs: 7 },
      { secrets: ['S'], clearEnv: true, graceMs: 7 },
    ],
    [{ clearEnv: 'around' }, { secrets: [], clearEnv: true, graceMs: DEFAULT_GRACE_MS }],
  ])('by a program says all of how it is run: %j', (more, manner) => {
    const look = looked([action('a', { ensures: [{ ...PROBE, ...more }] })], {}, { env: { A: plain('1') } });
    expect(look).toEqual({
      kind: 'ensure',
      node: 'a',
      op: 2,
      asked: [{ kind: 'probe', action: 'run', source: 'test -f x', request: { script: 'x' }, ...manner }],
      env: { A: '1' },
      stepKey: 'r1/a/1',
    });
  });

  test.each([
    ['', ['dist/**', '!./x'], ['dist/**', '!x']],
    ['pkg', ['./dist/**', '!x'], ['pkg/dist/**', '!pkg/x']],
    ['a/b//', ['x'], ['a/b/x']],
    ['$1$&', ['x'], ['$1$&/x']],
  ])('at files in %j is at these in the workspace: %j', (cwd, given, wanted) => {
    const ensures: readonly Ensure[] = [{ kind: 'exists', globs: globs(...given), cwd: plain(cwd) }];
    expect(looked([action('a', { ensures })])?.asked).toEqual([{ kind: 'exists', globs: wanted, before: null }]);
  });

  test('at what changed needs first what its files are called by, and then how they were', () => {
    const ensures: readonly Ensure[] = [
      { kind: 'files-changed', globs: globs(value(call('now'))) },
      { kind: 'commit' },
    ];
    const world = new World(plan([action('a', { ensures })]), NOON).go();
    expect(
      world.events('capture.started').map(({ captures }) => captures.map(({ kind, args }) => [kind, args])),
    ).toEqual([
      [['now', []]],
      [
        ['state', ['noon']],
        ['head', []],
      ],
    ]);
  });
});

describe('what is looked at is evaluated from', () => {
  test('what the step gave, and computed of that, and what is around it', () => {
    const ensures = [
      asking('self.outputs.v', 'self.outputs.w', 'self.duration-ms', 'self.result', 'steps.b.outputs.x'),
    ];
    const node = action('a', { needs: [0], ensures, outputs: { w: { value: value('self.outputs.v') } } });
    expect(requestOf([action('b'), node], { a: { outputs: { v: 1 } }, b: { outputs: { x: 2 } } })).toEqual({
      'self.outputs.v': 1,
      'self.outputs.w': 1,
      'self.duration-ms': 5,
      'self.result': 'succeeded',
      'steps.b.outputs.x': 2,
    });
  });

  test('what is inside a group, and what that gives', () => {
    const more: More = {
      outputs: { w: { value: value('steps.x.outputs.v') } },
      ensures: [asking('steps.x.outputs.v', 'self.outputs.w', 'self.result', 'self.duration-ms', 'env.E')],
      env: { E: plain('in') },
    };
    expect(requestOf([group('g', [action('x')], more)], { 'g/x': { outputs: { v: 1 } } })).toEqual({
      'steps.x.outputs.v': 1,
      'self.outputs.w': 1,
      'self.result': 'succeeded',
      'self.duration-ms': 0,
      'env.E': 'in',
    });
  });

  test('what is around a child workflow, and what that gives', () => {
    const ensures = [asking('steps.x.outputs.v', 'self.outputs.w')];
    const inside = child(
      'c',
      [action('x')],
      { outputs: { w: { value: value('steps.x.outputs.v') } } },
      { ensures, needs: [0] },
    );
    const replies = { x: { outputs: { v: 'out' } }, 'c/x': { outputs: { v: 'in' } } };
    expect(requestOf([action('x'), inside], replies)).toEqual({ 'steps.x.outputs.v': 'out', 'self.outputs.w': 'in' });
  });

  test('nothing that a group does not give', () => {
    const ensures = [asking('self.outputs.w')];
    expect(requestOf([group('g', [action('x')], { ensures })])).toEqual({ 'self.outputs.w': null });
  });

  test('what holds of a step inside holds for the group', () => {
    const ensures = [holds('steps.x.outputs.v', 1)];
    expect(runOf(plan([group('g', [action('x')], { ensures })]), { 'g/x': { outputs: { v: 1 } } }).result('g')).toBe(
      'succeeded',
    );
  });

  test('nothing of what was looked at before: a condition that was waited for is another', () => {
    const what = { kind: 'condition', until: expression(lit(true)), everyMs: 5 } as const;
    const world = runOf(plan([awaiting('w', what, { ensures: [PROBE] })]));
    expect(world.events('check.started').map(({ about }) => about)).toEqual([undefined, 'ensures']);
    expect(world.result('w')).toBeUndefined();
  });
});

describe('a step that did nothing', () => {
  const HINT = '`ensures` says what must be true afterwards.';

  test('is told as such, and so is a run', () => {
    const world = runOf(plan([action('a', { ensures: [PROBE] })]));
    const message = 'Step `a` did its work, and what it ensures does not hold.';
    expect(told(world, 'a')).toEqual(['STEP_HOLLOW', message, HINT]);
    const made = plan([action('a')]);
    const run = runOf({ ...made, root: { ...made.root, ensures: [PROBE] } });
    const ofRun = 'The run did its work, and what it ensures does not hold.';
    expect(told(run, '')).toEqual(['STEP_HOLLOW', ofRun, HINT]);
  });

  test('is told with every value that was found, the long ones in part', () => {
    const wants = both(equal(ref('self.outputs.v'), lit(1)), equal(ref('self.outputs.w'), lit(2)));
    const node = action('a', { ensures: [{ kind: 'output', holds: expression(wants, 'v and w') }] });
    const hintOf = (v: string | number, w: string | number): string | undefined =>
      runOf(plan([node]), { a: { outputs: { v, w } } }).settled('a')?.error?.hint;
    expect(hintOf(1, 3)).toBe('Found: self.outputs.v is 1, self.outputs.w is 3.');
    expect(hintOf(1, 'x'.repeat(98))).toContain(`self.outputs.w is "${'x'.repeat(98)}".`);
    expect(hintOf(1, 'x'.repeat(99))).toContain(`self.outputs.w is "${'x'.repeat(99)}….`);
    const { error } = runOf(plan([node]), { a: { outputs: { v: 0 } } }).settled('a') ?? {};
    expect(error?.message).toBe('Step `a` did its work, and `v and w` does not hold.');
  });
});
