/** What a step sees of the steps around it, of what it is done for, of its own work and of the run: each by its name, and no more. */
import { describe, expect, test } from 'vitest';
import type { Expr } from '../../../src/core/expr/ast.ts';
import type { Json } from '../../../src/core/json.ts';
import { COMPENSATE_HOOK, ON_FAILURE_HOOK, ON_SUCCESS_HOOK, type PlanNode } from '../../../src/core/plan/plan.ts';
import {
  action,
  awaiting,
  call,
  child,
  composite,
  each,
  failing,
  group,
  lit,
  loop,
  object,
  plain,
  plan,
  ref,
  set,
  value,
  when,
} from './plans.ts';
import { NOON, opOf, type Reply, runOf, World } from './world.ts';

const FAIL: Reply = { outcome: 'failed' };
const CUT: Reply = { outputs: { stdout: 'x', 'stdout-truncated': true, V: 1, v: 2 } };
const see = (expr: Expr | string, id = 'see', more = {}) => set(id, { v: value(expr) }, more);
const keys = (path: string): Expr => call('keys', ref(path));
const itemOf = (path: string, at: number, name: string): Expr => ({
  kind: 'member',
  at: 0,
  of: { kind: 'index', at: 0, of: ref(path), index: lit(at) },
  name,
});
/** What a step saw, or why it failed. */
function saw(world: World, path = 'see'): Json | undefined {
  const settled = world.settled(path);
  return settled?.error?.code ?? settled?.outputs?.v;
}
const seen = (nodes: readonly PlanNode[], replies: Readonly<Record<string, Reply>> = {}, path = 'see') =>
  saw(runOf(plan(nodes), replies, NOON), path);
const after = { needs: [0], join: 'all-done' } as const;

describe('`steps`', () => {
  test('has each step once, also where the outputs of the run are made', () => {
    const outputs = { v: { value: value(keys('steps')) } };
    const world = runOf(plan([set('a')], { finally: [set('z')], outputs }));
    expect(world.finished?.outputs).toEqual({ v: ['z', 'a'] });
  });

  test('has nulls of a step that has not ended', () => {
    const all = value(call('toJSON', ref('steps.a')));
    const world = new World(plan([action('a'), set('see', { v: all })])).rest();
    expect(JSON.parse(String(saw(world)))).toMatchObject({
      result: null,
      conclusion: null,
      outcome: null,
      cause: null,
    });
  });

  test.each<[string, PlanNode, Reply, readonly [string, string, string]]>([
    ['succeeded', action('a'), {}, ['succeeded', 'success', 'success']],
    ['failed', action('a'), FAIL, ['failed', 'failure', 'failure']],
    ['failed and may', action('a', { continueOnError: true }), FAIL, ['failed', 'success', 'failure']],
    [
      'was skipped, and may fail',
      action('a', { continueOnError: true, if: when(lit(false)) }),
      {},
      ['skipped', 'skipped', 'skipped'],
    ],
  ])('tells how a step ended that %s', (_, node, reply, told) => {
    const words = ['result', 'conclusion', 'outcome'].map((word) => see(`steps.a.${word}`, word, after));
    const world = runOf(plan([node, ...words]), { a: reply });
    expect(['result', 'conclusion', 'outcome'].map((word) => saw(world, word))).toEqual(told);
  });

  test('tells a step that was kept as one that succeeded', () => {
    const made = plan([action('a'), see('steps.a.result', 'see', after), see('steps.a.outcome', 'too', after)]);
    const world = runOf(made)
      .resume({ ...made, description: 'new' })
      .go();
    expect([world.result('a'), saw(world), saw(world, 'too')]).toEqual(['kept', 'succeeded', 'success']);
  });

  test('has items of a fan-out alone, and those once all have ended', () => {
    expect(seen([action('a'), see(keys('steps.a'), 'see', after)])).not.toContain('items');
    const items = call('length', ref('steps.fan.items'));
    const nodes = [each(action('fan'), plain(['x'])), see(items, 'early'), see(items, 'see', after)];
    const world = new World(plan(nodes)).rest().end('fan[x]');
    expect([saw(world, 'early'), saw(world)]).toEqual([0, 1]);
  });

  test('tells how long a group took with all that is in it', () => {
    const world = new World(plan([group('g', [action('a')]), see('steps.g.duration-ms', 'see', after)])).rest();
    world.pass(500).end('g/a');
    expect(saw(world)).toBeGreaterThanOrEqual(500);
    expect(saw(world)).toBeLessThan(1_000);
  });
});

describe('outputs that were cut off', () => {
  test('have all names but that of the text, and each by its exact name first', () => {
    expect(seen([action('a'), see(keys('steps.a.outputs'), 'see', after)], { a: CUT })).toEqual([
      'stdout-truncated',
      'V',
      'v',
    ]);
    expect(seen([action('a'), see('steps.a.outputs.v', 'see', after)], { a: CUT })).toBe(2);
    expect(seen([action('a'), see('steps.a.outputs.STDOUT-TRUNCATED', 'see', after)], { a: CUT })).toBe(true);
    const odd = { outputs: { ...CUT.outputs, undefined: 1 } };
    expect(seen([action('a'), see('steps.a.outputs.nothing', 'see', after)], { a: odd })).toBeNull();
  });

  test.each<[Reply, string, Json]>([
    [{}, 'stdout', 'STEP_OUTPUT_TRUNCATED'],
    [CUT, 'stdout', 'STEP_OUTPUT_TRUNCATED'],
    [CUT, 'v', 2],
    [FAIL, 'stdout', 'STEP_OUTPUT_TRUNCATED'],
  ])('of an item, beside one of %j, are read but for the text: %s', (other, name, told) => {
    const fan = each(action('fan'), plain(['x', 'y']), { failFast: false });
    const nodes = [fan, see(itemOf('steps.fan.outputs', 0, name), 'see', after)];
    expect(seen(nodes, { 'fan[x]': CUT, 'fan[y]': other })).toEqual(told);
  });
});

describe('`self`', () => {
  const self = (expr: Expr | string, reply: Reply, node: (more: object) => PlanNode = (more) => action('a', more)) =>
    seen([node({ outputs: { v: { value: value(expr) } } })], { a: reply }, 'a');
  const http = (more: object): PlanNode => ({ ...action('a', more), action: 'http' });

  test('has these names', () => {
    const names = ['outputs', 'result', 'exit-code', 'stdout', 'stderr', 'log', 'attempt', 'duration-ms'];
    expect(self(keys('self'), {})).toEqual(names);
  });

  test('is nothing where there is none', () => {
    expect(seen([see('self.stdout')])).toBe('EXPR_UNKNOWN_CONTEXT');
  });

  test('has the lines of a text, however they end', () => {
    expect(self('self.lines', { outputs: { stdout: 'a\nb\r\nc' } })).toEqual(['a', 'b', 'c']);
  });

  test.each<[string, Json]>([
    ['{"k":null}', { k: null }],
    ['{"k":[{"l":1}]}', { k: [{ l: 1 }] }],
    ['null', null],
  ])('reads %s as what it is', (stdout, json) => {
    expect(self('self.json', { outputs: { stdout } })).toEqual(json);
  });

  test('of what came over http without a `json` reads the text', () => {
    expect(self('self.json', { outputs: { stdout: '[1]' } }, http)).toEqual([1]);
  });

  test('of a program that was asked now and then has no `json` of its own', () => {
    const what = { kind: 'probe', action: 'run', with: plain({ script: 'x' }), source: 'x', everyMs: 5 } as const;
    const world = runOf(plan([awaiting('a', what, { outputs: { v: { value: value('self.json') } } })]));
    const outputs = { json: 'of its own', stdout: '[1]' };
    world.apply({ type: 'check.ended', node: 'a', op: opOf(world, 'a'), holds: true, outputs });
    expect(saw(world.go(), 'a')).toEqual([1]);
  });

  test('is seen in a hook, also inside a group there, and not beside the step', () => {
    const body = { nodes: [group('g', [see('self.stdout')])] };
    const hooked = action('a', { hooks: [{ slot: ON_SUCCESS_HOOK, body }] });
    const world = runOf(plan([hooked, see('self.stdout', 'beside', after)]), { a: { outputs: { stdout: 'x' } } });
    expect([saw(world, 'a/on-success/g/see'), saw(world, 'beside')]).toEqual(['x', 'EXPR_UNKNOWN_CONTEXT']);
  });
});

describe('`error`', () => {
  const answered = (...nodes: readonly PlanNode[]) =>
    runOf(plan([composite('try', 't', [{ nodes: [failing('a')] }, { nodes }])]));

  test('is seen inside a group of a catch, and not in a child workflow there', () => {
    const world = answered(group('g', [see('error.code')]), child('c', [see('error.code')]));
    expect([saw(world, 't/catch/g/see'), saw(world, 't/catch/c/see')]).toEqual(['STEP_FAIL', null]);
  });

  test('is that of the step in its hook, and none of a body of whatever fails beside it', () => {
    const hooks = [{ slot: ON_FAILURE_HOOK, body: { nodes: [group('g', [see('error.code')])] } }] as const;
    expect(seen([action('a', { hooks })], { a: FAIL }, 'a/on-failure/g/see')).toBe('STEP_FAILED');
    const inner = composite('try', 'u', [{ nodes: [see('error.code')] }, null, null]);
    expect(saw(answered(inner), 't/catch/u/see')).toBe('STEP_FAIL');
    const reads = action('b', { with: object({ v: value('error.code') }) });
    const fan = runOf(plan([each(reads, plain(['x', 'y']), { failFast: false, max: 1 })]), { 'b[x]': FAIL });
    expect(fan.started).toMatchObject([{ request: { v: null } }, { request: { v: null } }]);
  });
});

test('what undoes a step sees no failure of the group that it was in', () => {
  const undone = action('x', {
    hooks: [{ slot: COMPENSATE_HOOK, body: { nodes: [see('error.code', 'compensate')] } }],
  });
  const hooks = [{ slot: ON_FAILURE_HOOK, body: { nodes: [action('h')] } }] as const;
  const failed = group('g', [undone, failing('f', 'no', { needs: [0] })], { hooks });
  const world = runOf(plan([failed], { onFailure: [composite('compensate', 'undo', [])] }));
  expect(world.settled('g/x/compensate')).toMatchObject({ result: 'succeeded', outputs: { v: null } });
});

describe('`loop`, `item` and `index`', () => {
  const request = (world: World) => world.started.flatMap((work) => (work.kind === 'attempt' ? [work.request] : []));
  const hooked = (id: string, path: string): PlanNode => {
    const body = { nodes: [action('h', { with: object({ v: value(path) }) })] };
    return action(id, { hooks: [{ slot: ON_SUCCESS_HOOK, body }] });
  };

  test('are those of the loop around, through groups', () => {
    const inner = group('g', [group('h', [action('a', { with: object({ n: value('loop.iteration') }) })])]);
    expect(request(runOf(plan([loop(inner, { max: 2 })])))).toEqual([{ n: 1 }, { n: 2 }]);
  });

  test('are those of what is around where a hook reads them', () => {
    const { hooks = [] } = hooked('b', 'loop.iteration');
    const twice = loop(group('g', [loop(action('b'), { max: 1 }, { hooks })]), { max: 2 });
    expect(request(runOf(plan([twice]))).filter((one) => JSON.stringify(one).includes('"v"'))).toEqual([
      { v: 1 },
      { v: 2 },
    ]);
    const inner = each(action('b'), plain(['x']), {}, { hooks: hooked('b', 'index').hooks ?? [] });
    const outer = each(group('g', [inner]), plain(['y', 'z']), { max: 1 });
    expect(request(runOf(plan([outer]))).filter((one) => JSON.stringify(one).includes('"v"'))).toEqual([
      { v: 0 },
      { v: 1 },
    ]);
  });

  test('are those of the fan-out around where the list of an inner one is made', () => {
    const inner = each(action('b'), value('item'));
    const world = runOf(plan([each(group('g', [inner]), plain([['x'], ['y', 'z']]), { max: 1 })]));
    expect(world.events('attempt.started').map(({ node }) => node)).toEqual(['g[0]/b[x]', 'g[1]/b[y]', 'g[1]/b[z]']);
  });
});

describe('of a run', () => {
  test('is seen that it was taken up again', () => {
    const nodes = [action('a'), see('run.resumed', 'see', after), see('run.attempt', 'nth', after)];
    const world = new World(plan(nodes)).rest().crash().rest().end('a');
    expect([saw(world), saw(world, 'nth')]).toEqual([true, 2]);
  });

  test('are seen the names of its secrets, and of the repository what was asked for', () => {
    expect(saw(runOf(plan([see(keys('secrets'))], { secrets: ['B', 'A'] })))).toEqual(['B', 'A']);
    const world = new World(plan([see('git.branch')])).rest();
    const [asked] = world.events('capture.started');
    expect(asked?.captures).toEqual([{ key: expect.any(String), kind: 'git', args: [] }]);
  });
});
