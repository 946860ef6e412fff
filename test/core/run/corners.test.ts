/** Where two constructs meet: each is a rule of the language that neither of them has alone. */
import { describe, expect, test } from 'vitest';
import type { Expr } from '../../../src/core/expr/ast.ts';
import { COMPENSATE_HOOK, type Matrix, ON_SUCCESS_HOOK, type PlanNode } from '../../../src/core/plan/plan.ts';
import { MAX_ITEMS } from '../../../src/core/run/over-items.ts';
import {
  action,
  approval,
  both,
  call,
  child,
  composite,
  each,
  expression,
  failing,
  group,
  input,
  list,
  lit,
  object,
  plain,
  plan,
  ref,
  set,
  value,
} from './plans.ts';
import { NOON, type Reply, runOf, World } from './world.ts';

const FAIL: Reply = { outcome: 'failed' };
const undoneBy = (more = {}) => ({
  hooks: [{ slot: COMPENSATE_HOOK, body: { nodes: [action('compensate', more)] } }] as const,
});
const undo = (undoes?: readonly string[]): PlanNode =>
  composite('compensate', 'undo', [], { ...(undoes && { undoes }) });
const undone = (world: World): readonly string[] =>
  world.events('attempt.started').flatMap(({ node }) => (node.endsWith('compensate') ? [node] : []));

describe('compensate', () => {
  test('in a child workflow means its own steps by their ids', () => {
    const file = { onFailure: [undo(['a'])] };
    const inner = child('w', list([action('a', undoneBy()), action('b', undoneBy()), action('c')]), file);
    const world = runOf(plan([action('a', undoneBy()), inner]), { 'w/c': FAIL });
    expect(undone(world)).toEqual(['w/a/compensate']);
  });

  test('that fails for several steps names them all, and has tried each', () => {
    const steps = list([action('a', undoneBy()), action('b', undoneBy()), action('c')]);
    const replies = { c: FAIL, 'a/compensate': FAIL, 'b/compensate': FAIL };
    const world = runOf(plan(steps, { onFailure: [undo()] }), replies);
    expect(undone(world)).toEqual(['b/compensate', 'a/compensate']);
    expect(world.settled('on-failure/undo')?.error?.message).toBe(
      'What undoes `b`, `a` failed, so what they did still stands.',
    );
  });

  test('that is cancelled undoes what it has begun, and no more', () => {
    const steps = list([action('a', undoneBy()), action('b', undoneBy()), action('c')]);
    const world = new World(plan(steps, { onFailure: [undo()] })).rest().end('a').end('b').end('c', FAIL);
    world.command({ kind: 'cancel', node: 'on-failure/undo' });
    world.rest();
    const { op = 0 } = world.started.findLast(({ kind }) => kind === 'attempt') ?? {};
    world.apply({ type: 'attempt.ended', node: 'b/compensate', op, outcome: 'cancelled', durationMs: 1 });
    world.rest();
    expect([world.result('on-failure/undo'), undone(world)]).toEqual(['cancelled', ['b/compensate']]);
  });

  test('sees the environment of the child workflow that the step was of', () => {
    const step = action('a', undoneBy());
    const inner = child('w', [step], { env: { T: value(call('now')) } });
    const world = runOf(plan(list([inner, action('z')]), { onFailure: [undo()] }), { z: FAIL }, NOON);
    const work = world.started.findLast((one) => one.kind === 'attempt' && one.node === 'w/a/compensate');
    expect(work).toMatchObject({ env: { T: 'noon' } });
  });
});

describe('a rejection that goes back', () => {
  const service = (id: string, more = {}) => ({ ...action(id, more), action: 'service' });
  const back = (more = {}) => approval('gate', 'Go on?', { onReject: { to: 'draft', max: 3 }, ...more });
  const reject = (world: World, node = 'gate'): World => {
    const asked = world.events('wait.started').findLast((one) => one.node === node);
    const digest = String(asked?.data.digest);
    const said = { verdict: 'reject', by: 'bob', form: null, comment: null, at: world.now } as const;
    world.command({ kind: 'answer', node, digest, ...said });
    return world.rest();
  };

  test('first releases the services in what it sends back; one that stays serves what is done anew', () => {
    const nodes = [
      service('stays'),
      action('draft', { needs: [0] }),
      service('goes', { needs: [1] }),
      back({ needs: [1, 2] }),
    ];
    const world = new World(plan(nodes)).rest();
    world.apply({ type: 'attempt.serving', node: 'stays', op: 1, outputs: {} });
    world.rest().end('draft');
    const { op = 0 } = world.started.findLast(({ node }) => node === 'goes') ?? {};
    world.apply({ type: 'attempt.serving', node: 'goes', op, outputs: {} });
    reject(world.rest());
    expect(world.events('service.released').map(({ node }) => node)).toEqual(['goes']);
    world.end('goes');
    expect(world.events('scope.reworked')[0]?.steps).toEqual(['draft', 'goes', 'gate']);
    expect([world.attempts('stays'), world.attempts('draft')]).toEqual([1, 2]);
  });

  test('is what a step sees of it, until another sends it back', () => {
    const nodes = [
      set('draft', { why: value('rework.by') }),
      set('other', { why: value('rework.by') }),
      approval('first', 'Go on?', { needs: [0], onReject: { to: 'draft', max: 1 } }),
      approval('second', 'Go on?', { needs: [1], onReject: { to: 'other', max: 1 } }),
    ];
    const world = reject(reject(new World(plan(nodes)).rest(), 'first'), 'second');
    expect([world.settled('draft')?.outputs, world.settled('other')?.outputs]).toEqual([
      { why: 'bob' },
      { why: 'bob' },
    ]);
  });
});

describe('a matrix', () => {
  const of = (more: Partial<Matrix>): World =>
    runOf(plan([each(action('a'), { kind: 'matrix', axes: [['n', plain([1, 2])]], ...more })]));
  const many = Array.from({ length: 400 }, (_, index) => index);

  test.each<[string, Partial<Matrix>, string]>([
    ['an axis too long', { axes: [['n', plain(Array.from({ length: MAX_ITEMS + 1 }, () => 0))]] }, 'more than'],
    [
      'too many combinations',
      {
        axes: [
          ['n', plain(many)],
          ['m', plain(many)],
        ],
      }, // prettier is not asked
      'more than',
    ],
    ['what is no object', { include: plain([1]) }, '`include` in the matrix of step `a` is no list of objects.'],
    ['what is no list', { exclude: plain('x') }, '`exclude` in the matrix of step `a` is no list.'],
  ])('with %s fails', (_what, more, message) => {
    expect(of(more).settled('a')).toMatchObject({ result: 'failed', error: { code: 'STEP_ITEMS_INVALID' } });
    expect(of(more).settled('a')?.error?.message).toContain(message);
  });
});

test('a key of an item that nobody could read is told as what it is', () => {
  const key = expression(call('join', call('range', lit(300)), lit('')));
  const world = runOf(plan([each(action('a'), plain(['x']), { key })]));
  expect(world.settled('a')?.error?.message).toBe('The key of item 0 of step `a` is longer than 256 characters.');
});

test('the group of a run must have a name', () => {
  const made = plan([action('a')]);
  const claim = { of: 'group', name: plain(' ') } as const;
  const world = runOf({ ...made, root: composite('try', 'root', made.root.bodies, { rethrow: true, claim }) });
  expect(world.finished?.error).toMatchObject({
    code: 'STEP_LOCK_NAME',
    message: 'The name of the group of the run is empty, or longer than 256 characters.',
  });
});

describe('a step that is done once in all runs', () => {
  const ONCE = { once: plain('k') };

  test('tells that it is done, also where it gave nothing', () => {
    const world = new World(plan([action('a', ONCE)])).go();
    const { op = 0 } = world.started.findLast(({ kind }) => kind === 'attempt') ?? {};
    world.apply({ type: 'attempt.ended', node: 'a', op, outcome: 'succeeded', durationMs: 1 });
    expect(world.rest().result('a')).toBe('succeeded');
    expect(world.doneBy('a')).toMatchObject({ run: 'r1', node: 'a', outputs: {} });
  });

  test('and was refused its key asks the next process for nothing of it', () => {
    const hooks = [{ slot: ON_SUCCESS_HOOK, body: { nodes: [action('h')] } }] as const;
    const world = new World(plan([action('a', { ...ONCE, hooks }), action('b')]), { claims: false }).rest();
    const [asked] = world.started.filter(({ kind }) => kind === 'claim');
    const done = { run: 'r0', node: 'a', endedAt: 5, outputs: {} };
    world.apply({ type: 'claim.ended', node: 'a', op: asked?.op ?? 0, done });
    world.crash().rest();
    expect(world.started.filter(({ kind }) => kind === 'claim')).toHaveLength(1);
    expect(world.result('a')).toBe('kept');
  });
});

test('a value that the time of a fingerprint does not have is that of the time it is', () => {
  const standing = call('startsWith', call('now'), lit('1970'));
  const broken: Expr = {
    kind: 'binary',
    at: 0,
    op: '||',
    left: both(standing, call('fromJSON', lit('{'))),
    right: lit('x'),
  };
  const world = runOf(plan([action('a', { with: object({ script: value(broken) }) })]), {}, NOON);
  expect([world.result('a'), world.started.find(({ kind }) => kind === 'attempt')]).toMatchObject([
    'succeeded',
    { request: { script: 'x' } },
  ]);
});

test('what a group gives may be of the environment that its steps have', () => {
  const outputs = { v: { value: value('env.X') } };
  const world = runOf(plan([group('a', [action('b')], { env: { X: plain('1') }, outputs })]));
  expect(world.events('scope.closed').find(({ node }) => node === 'a')?.outputs).toEqual({ v: '1' });
});

test('an artifact of a step is asked of each attempt, and is part of its fingerprint', () => {
  const made = (path: string) =>
    plan([action('a', { artifacts: object({ paths: plain([path]), ifNone: plain('warn') }) })]);
  const [one, other] = [runOf(made('x')), runOf(made('y'))];
  expect(one.started).toMatchObject([{ artifacts: { paths: ['x'], ifNone: 'warn' } }]);
  const prints = [one, other].map((world) => world.events('attempt.started')[0]?.fingerprint);
  expect(prints[0]).not.toBe(prints[1]);
});

test('an input that a step of a child workflow gives on is part of what it is kept by, given or not', () => {
  const inner = action('b', { outputs: { v: { value: value('inputs.x') } } });
  const world = runOf(plan([child('a', [inner], { inputs: { x: input() }, with: object({}) })]));
  expect(world.settled('a/b')?.outputs).toEqual({ v: null });
  expect(world.events('attempt.started')[0]?.parts).toHaveProperty('input x');
});

describe('inputs that are named', () => {
  test.each([
    ['in a text', { kind: 'text', parts: ['a ', expression(ref('inputs.x'))], nulls: 'empty' }],
    ['in a list', { kind: 'list', items: [value('inputs.x'), plain(1)] }],
  ] as const)('%s are told as what changed', (_where, script) => {
    const made = plan([action('a', { with: object({ script }) })], { inputs: { x: input() } });
    const world = runOf(made, {}, { inputs: { x: 'v' } });
    expect(world.events('attempt.started')[0]?.parts).toHaveProperty('input x');
  });
});

describe('what is resumed with `strict`', () => {
  const changed = { count: 1, files: ['src/a.ts'] };
  const nodes = [action('a'), action('b', { files: object({ cwd: plain(''), globs: plain(['*']) }) })];

  test('runs again what may have read a file that others changed, and keeps what says what it reads', () => {
    const world = runOf(plan(nodes), {}, NOON);
    world.crash();
    world.apply({ type: 'run.opened', host: 'h', giga: '0', pid: 3, changed });
    world.command({ kind: 'resume', plan: world.run.planHash, rerun: [], strict: true });
    world.go();
    expect([world.result('a'), world.result('b')]).toEqual(['succeeded', 'kept']);
  });
});

test('a run that fails and has nothing to answer it with is failed by its first failure', () => {
  expect(runOf(plan([failing('a', 'why'), action('b')])).finished).toMatchObject({ error: { message: 'why' } });
});
