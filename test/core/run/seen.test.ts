/** What expressions see of a run where they stand: outputs that were cut, the environment as a whole, errors, items and iterations. */
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import type { PlanNode } from '../../../src/core/plan/plan.ts';
import { ON_FAILURE_HOOK } from '../../../src/core/plan/plan.ts';
import {
  action,
  awaiting,
  call,
  child,
  composite,
  each,
  equal,
  expression,
  failing,
  group,
  input,
  lit,
  loop,
  object,
  plain,
  plan,
  ref,
  set,
  value,
} from './plans.ts';
import { NOON, type Reply, runOf, World } from './world.ts';

const live = (nodes: readonly PlanNode[], replies: Readonly<Record<string, Reply>> = {}, more = {}): World =>
  runOf(plan(nodes, more), replies, NOON);
/** What a step that computes values gave. */
const gave = (world: World, path = 'see'): Json | undefined => world.settled(path)?.outputs;

describe('the environment as a whole', () => {
  const env = { A: plain('1'), T: value(call('now')) };

  test('is what its variables evaluate to, also where something of it is captured first', () => {
    const world = live([set('see', { all: value(call('toJSON', ref('env'))) })], {}, { env });
    expect(JSON.parse((gave(world) as { all: string }).all)).toEqual({ A: '1', T: 'noon' });
  });

  test('is asked by name, where the name is computed, too', () => {
    const world = live([set('see', { v: value(call('env', lit('T'))) })], {}, { env });
    expect(gave(world)).toEqual({ v: 'noon' });
  });

  test('is seen by an `if`', () => {
    const test1 = {
      expression: expression(equal(call('contains', call('toJSON', ref('env')), lit('noon')), lit(true))),
    };
    const world = live([action('a', { if: { ...test1, replacesJoin: false } })], {}, { env });
    expect(world.result('a')).toBe('succeeded');
  });

  test('that has no value is what who reads it fails of', () => {
    const broken = { A: value(call('fromJSON', lit('{'))) };
    const world = live([set('see', { all: value(call('toJSON', ref('env'))) })], {}, { env: broken });
    expect(world.settled('see')?.error?.code).toBe('EXPR_JSON');
  });

  test('is that of the step where the step itself is asked', () => {
    const own = { with: object({ script: value(call('toJSON', ref('env'))) }), env: { B: plain('2') } };
    const world = live([action('a', own)], {}, { env: { A: plain('1') } });
    const [work] = world.started.filter((one) => one.kind === 'attempt');
    expect(work?.request).toEqual({ script: '{\n  "A": "1",\n  "B": "2"\n}' });
  });
});

describe('the environment of a step', () => {
  const envs = (world: World) => world.started.flatMap((work) => (work.kind === 'attempt' ? [work.env] : []));

  test('is taken from outside anew for each step that reads it, and its own is put over it', () => {
    let count = 0;
    const made = plan([action('a', { env: { B: plain('2') } }), action('b', { needs: [0] })], {
      env: { T: value(call('now')) },
    });
    const world = new World(made, {
      reply: () => ({}),
      capture: ({ captures }) => ({ values: { [captures[0]?.key ?? '']: `t${++count}` } }),
    }).go();
    expect(envs(world)).toEqual([{ T: 't1', B: '2' }, { T: 't2' }]);
  });

  test('is that of its file where a child workflow gives something of it', () => {
    const outputs = { v: { value: value('env.E') } };
    const inside = child('c', [action('a')], { env: { E: plain('in') }, outputs });
    const [closed] = live([inside], {}, { env: { E: plain('out') } }).events('scope.closed');
    expect(closed).toMatchObject({ node: 'c', outputs: { v: 'in' } });
  });
});

describe('outputs that were cut off', () => {
  const CUT = { outputs: { stdout: 'x', 'stdout-truncated': true, v: 1 } };

  test.each(['fan.outputs', 'fan.items'])('of items can be read but for their text: steps.%s', (path) => {
    const fan = each(action('fan'), plain(['x', 'y']), { maxFailures: 1, failFast: false });
    const first: PlanNode = set('see', { v: value(call('length', ref(`steps.${path}`))) }, { needs: [0] });
    const world = live([fan, first], { 'fan[x]': CUT, 'fan[y]': { outcome: 'failed' } });
    expect(gave(world)).toEqual({ v: 2 });
  });

  test('are what reading them as text or lines fails of, and not reading another', () => {
    const outputs = { a: { value: value('self.outputs.v') } };
    expect(live([action('a', { outputs })], { a: CUT }).settled('a')?.outputs).toEqual({ a: 1 });
    for (const path of ['self.stdout', 'self.lines', 'self.json', 'self.outputs.stdout']) {
      const world = live([action('a', { outputs: { t: { value: value(path) } } })], { a: CUT });
      expect(world.settled('a')?.error?.code, path).toBe('STEP_OUTPUT_TRUNCATED');
    }
  });
});

test('what cannot be read is what a text fails of, also where a variable is evaluated after it', () => {
  const text = call('format', lit('{0} {1}'), ref('self.stdout'), ref('env.T'));
  const cut = { outputs: { stdout: 'x', 'stdout-truncated': true } };
  const node = action('a', { outputs: { v: { value: value(text) } } });
  const world = live([node], { a: cut }, { env: { T: value(call('now')) } });
  expect(world.settled('a')?.error?.code).toBe('STEP_OUTPUT_TRUNCATED');
});

describe('`self`', () => {
  const seen = (path: string, reply: Reply, node: (outputs: object) => PlanNode): Json | undefined => {
    const world = live([node({ outputs: { v: { value: value(path) } } })], { a: reply });
    return (world.settled('a')?.outputs as { v?: Json } | undefined)?.v;
  };
  const run = (more: object) => action('a', more);

  test.each<[string, Reply, Json]>([
    ['self.stdout', { outputs: {} }, null],
    ['self.lines', { outputs: {} }, []],
    ['self.lines', { outputs: { stdout: '' } }, []],
    ['self.lines', { outputs: { stdout: 'a\r\nb' } }, ['a', 'b']],
    ['self.json', { outputs: {} }, null],
    ['self.json', { outputs: { stdout: '{"k":[1]}', json: 'of its own' } }, { k: [1] }],
    ['self.log', { outputs: {}, log: 'l' }, 'l'],
    ['self.log', { outputs: { log: 'of its own' } }, 'of its own'],
    ['self.exit-code', { outputs: {} }, null],
    ['self.outputs', { outputs: {} }, {}],
    ['self.unheard-of', { outputs: {} }, null],
  ])('%s of %j is %j', (path, reply, json) => {
    expect(seen(path, reply, run)).toEqual(json);
  });

  test('of an answer over http has the `json` that came', () => {
    const http = (more: object): PlanNode => ({ ...action('a', more), action: 'http' });
    expect(seen('self.json', { outputs: { json: { k: 1 } } }, http)).toEqual({ k: 1 });
  });

  test('of a wait for such an answer does, too; of a wait for an event it is none', () => {
    const probe = { kind: 'probe', action: 'http', with: plain({ url: 'u' }), source: 'u', everyMs: 5 } as const;
    const json = { outputs: { v: { value: value('self.json') } } };
    const world = live([awaiting('a', probe, json)]);
    const [check] = world.started.filter((one) => one.kind === 'check');
    world.apply({ type: 'check.ended', node: 'a', op: check?.op ?? 0, holds: true, outputs: { json: { k: 1 } } });
    expect(world.go().settled('a')?.outputs).toMatchObject({ v: { k: 1 } });
    const event = live([awaiting('a', { kind: 'event', name: 'go' }, json)]);
    event.command({ kind: 'signal', name: 'go', data: 1 });
    expect(event.go().settled('a')?.outputs).toMatchObject({ v: null });
  });
});

describe('`error`', () => {
  test('is null as a whole where nothing has failed', () => {
    expect(gave(live([set('see', { e: value(call('toJSON', ref('error'))) })]))).toEqual({ e: '{}' });
  });

  test('has what failed where something has', () => {
    const see = set('see', { e: value(call('keys', ref('error'))), c: value('error.code') });
    const world = runOf(plan([failing('a')], { onFailure: [see] }), {}, NOON);
    expect(gave(world, 'on-failure/see')).toEqual({ e: ['code', 'message', 'step', 'exit-code'], c: 'STEP_FAIL' });
  });
});

describe('the outputs of a run', () => {
  test('see the steps of all its parts, the last part first', () => {
    const outputs = { body: { value: value('steps.a.outputs.v') }, end: { value: value('steps.z.outputs.v') } };
    const world = runOf(plan([set('a', { v: plain(1) })], { finally: [set('z', { v: plain(2) })], outputs }), {});
    expect(world.finished?.outputs).toEqual({ body: 1, end: 2 });
  });

  test('have null for a step that is nowhere', () => {
    const world = runOf(plan([set('a')], { outputs: { v: { value: value('steps.gone.outputs.v') } } }), {});
    expect(world.finished?.outputs).toEqual({ v: null });
  });
});

describe('the item of a fan-out', () => {
  test('is that of the one around which has the name', () => {
    const inner = each(
      action('b', { with: object({ script: value('matrix.os'), item: value('item'), pkg: value('pkg') }) }),
      { kind: 'matrix', axes: [['os', plain(['linux'])]] },
    );
    const world = live([each(group('a', [inner]), plain(['x']), { as: 'pkg' })]);
    const [work] = world.started.filter((one) => one.kind === 'attempt');
    expect(work?.request).toEqual({ script: 'linux', item: 'x', pkg: 'x' });
  });

  test('is in a key of an inner one that of the outer, by its own name', () => {
    const filter = expression(equal(ref('pkg'), lit('x')));
    const inner = each(action('b'), plain([1, 2]), { filter });
    const world = live([each(group('a', [inner]), plain(['x', 'y']), { as: 'pkg' })]);
    expect(world.events('attempt.started').map(({ node }) => node)).toEqual(['a[x]/b[1]', 'a[x]/b[2]']);
  });

  test('may be null, and a list may have any values', () => {
    const key = expression(call('toJSON', ref('item')));
    const world = live([each(action('a'), plain([null, { b: 1 }, 'x']), { key, filter: expression(lit(true)) })]);
    expect(world.events('node.opened')[1]?.items).toEqual([null, { b: 1 }, 'x']);
  });

  test('that was kept has succeeded, as `loop.last` has', () => {
    const items = { expression: expression(equal(ref('loop.last.result'), lit('succeeded'))), replacesJoin: false };
    const world = live([loop(action('a', { if: items }), { max: 2 })]);
    expect([world.result('a#1'), world.result('a#2')]).toEqual(['skipped', 'skipped']);
  });
});

test('what follows a failure sees the log of the attempt', () => {
  const see = set('see', { l: value('self.log') });
  const hooks = [{ slot: ON_FAILURE_HOOK, body: { nodes: [see] } }] as const;
  const world = live([action('a', { hooks })], { a: { outcome: 'failed', log: 'logs/a' } });
  expect(gave(world, 'a/on-failure/see')).toEqual({ l: 'logs/a' });
});

test('an input of a child workflow that does not fit is told with what it is', () => {
  const inputs = { n: input('integer', { required: true, description: 'how often' }) };
  const world = live([child('c', [action('a')], { inputs, with: object({ n: plain(null) }) })]);
  expect(world.settled('c')?.error).toMatchObject({ code: 'STEP_INPUT_INVALID', hint: 'It is: how often' });
});

test('a `try` whose catch was cancelled is cancelled', () => {
  const node = composite('try', 'a', [{ nodes: [failing('b')] }, { nodes: [action('c')] }]);
  const world = runOf(plan([node]), {}, { reply: () => undefined });
  world.command({ kind: 'cancel', node: 'a/catch/c' });
  world.end('a/catch/c', { outcome: 'cancelled' });
  expect(world.result('a')).toBe('cancelled');
});
