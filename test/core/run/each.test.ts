import { describe, expect, test } from 'vitest';
import type { Template } from '../../../src/core/expr/ast.ts';
import type { Json } from '../../../src/core/json.ts';
import type { EachSpec, Matrix } from '../../../src/core/plan/plan.ts';
import { action, each, equal, expression, group, lit, loop, object, plain, plan, ref, set, value } from './plans.ts';
import { type Reply, runOf, World } from './world.ts';

const FAIL: Reply = { outcome: 'failed' };
const SHOW = object({ item: value('item'), index: value('index') });
const reader = set(
  'reader',
  { out: value('steps.s.outputs'), items: value('steps.s.items') },
  { needs: [0], join: 'all-done' },
);

function run(items: Template, spec: Partial<EachSpec> = {}, replies: Readonly<Record<string, Reply>> = {}): World {
  return runOf(plan([each(action('s', { with: SHOW }), items, spec), reader]), replies);
}
const started = (world: World): readonly string[] => world.events('attempt.started').map(({ node }) => node);
const by = (path: string) => expression(ref(path));

describe('the list of a for-each', () => {
  const objects: readonly Json[] = [
    { n: 'x', s: 2 },
    { n: 'y', s: 1 },
    { n: 'x', s: 3 },
  ];
  test.each<readonly [string, Json, Partial<EachSpec>, readonly string[]]>([
    ['texts are their own keys', ['b', 'a'], {}, ['s[b]', 's[a]']],
    ['numbers too', [3, 1.5], {}, ['s[3]', 's[1.5]']],
    ['repetitions are known by their place', ['a', 'a'], {}, ['s[0]', 's[1]']],
    ['so are objects', objects, {}, ['s[0]', 's[1]', 's[2]']],
    ['and texts too long for a key', ['x'.repeat(300), 'a'], {}, ['s[0]', 's[1]']],
    ['an object has its keys', { eu: 1, us: 2 }, {}, ['s[eu]', 's[us]']],
    ['a key of its own', objects.slice(0, 2), { key: by('item.n') }, ['s[x]', 's[y]']],
    ['what would end a key is encoded', ['a/b', '[c]', '100%#'], {}, ['s[a%2Fb]', 's[%5Bc%5D]', 's[100%25%23]']],
    ['distinct keeps the first', objects, { distinct: by('item.n'), key: by('item.s') }, ['s[2]', 's[1]']],
    ['sorted', objects, { sort: { by: by('item.s'), desc: false }, key: by('item.s') }, ['s[1]', 's[2]', 's[3]']],
    [
      'sorted down, cut',
      objects,
      { sort: { by: by('item.s'), desc: true }, key: by('item.s'), limit: plain(2) },
      ['s[3]', 's[2]'],
    ],
    ['filtered first', ['a', 'b', 'a'], { filter: expression(equal(ref('index'), lit(1))) }, ['s[b]']],
  ])('%s', (_name, items, spec, paths) => {
    expect(started(run(plain(items), spec))).toEqual(paths);
  });

  test.each<readonly [string, Json, Partial<EachSpec>, string]>([
    ['a text', 'a', {}, 'STEP_ITEMS_INVALID'],
    ['null', null, {}, 'STEP_ITEMS_INVALID'],
    ['a mixture to sort', ['a', 1], { sort: { by: by('item'), desc: false } }, 'STEP_ITEMS_INVALID'],
    ['a limit that is none', ['a'], { limit: plain('two') }, 'STEP_ITEMS_INVALID'],
    ['too many', Array.from({ length: 100_001 }, () => 0), {}, 'STEP_ITEMS_INVALID'],
    ['two of a key', ['a', 'b'], { key: expression(lit('k')) }, 'STEP_ITEM_KEY'],
    ['no key', ['a'], { key: expression(lit(null)) }, 'STEP_ITEM_KEY'],
    ['an empty key', [''], { key: by('item') }, 'STEP_ITEM_KEY'],
    ['too few', ['a'], { min: 2 }, 'STEP_TOO_FEW_ITEMS'],
  ])('is refused: %s', (_name, items, spec, code) => {
    const world = run(plain(items), spec);
    expect([world.finished?.error?.code, started(world)]).toEqual([code, []]);
  });

  test('is taken once, and may be empty', () => {
    const world = run(value('steps.none.outputs'), {});
    expect(world.result('s')).toBe('failed');
    expect(run(plain([])).settled('s')).toMatchObject({ result: 'skipped', cause: { kind: 'no-items' } });
    const [opened] = run(plain([{ n: 1 }]))
      .events('node.opened')
      .filter(({ node }) => node === 's');
    expect(opened).toMatchObject({ count: 1, keys: ['0'], items: [{ n: 1 }] });
    const [plainKeys] = run(plain(['a']))
      .events('node.opened')
      .filter(({ node }) => node === 's');
    expect(plainKeys).not.toHaveProperty('items');
  });
});

describe('what comes of the items', () => {
  test('is a list in their order, whatever the order of their ends', () => {
    const world = new World(
      plan([each(action('s', { with: SHOW }), plain(['a', 'b', 'c']), { maxFailures: 1 }), reader]),
    ).rest();
    world.end('s[c]', { outputs: { v: 3 } }).end('s[a]', { outputs: { v: 1 } });
    world.end('s[b]', {
      ...FAIL,
      outputs: { 'exit-code': 4 },
      error: { code: 'STEP_FAILED', severity: 'error', message: 'no', exitCode: 4 },
    });
    expect(world.settled('reader')?.outputs).toEqual({
      out: [{ v: 1 }, null, { v: 3 }],
      items: [
        { key: 'a', item: 'a', result: 'succeeded', outputs: { v: 1 }, error: null },
        {
          key: 'b',
          item: 'b',
          result: 'failed',
          outputs: null,
          error: { code: 'STEP_FAILED', message: 'no', step: 's[b]', 'exit-code': 4 },
        },
        { key: 'c', item: 'c', result: 'succeeded', outputs: { v: 3 }, error: null },
      ],
    });
    expect(world.finished).toMatchObject({
      verdict: 'succeeded with allowed failures',
      counts: { failed: 0, allowed: 1 },
    });
  });

  test.each<readonly [Partial<EachSpec>, readonly string[], string]>([
    [{ max: 1 }, ['s[a]', 's[b]'], 'failed'],
    [{ max: 1, failFast: false }, ['s[a]', 's[b]', 's[c]', 's[d]', 's[e]'], 'failed'],
    [{ max: 1, maxFailures: 1 }, ['s[a]', 's[b]', 's[c]', 's[d]', 's[e]'], 'succeeded'],
    [{ max: 1, maxFailures: { percent: 20 } }, ['s[a]', 's[b]', 's[c]', 's[d]', 's[e]'], 'succeeded'],
    [{ max: 1, maxFailures: { percent: 19 } }, ['s[a]', 's[b]'], 'failed'],
  ])('%j of five of which the second fails', (spec, paths, result) => {
    const world = run(plain(['a', 'b', 'c', 'd', 'e']), spec, { 's[b]': FAIL });
    expect([started(world), world.result('s')]).toEqual([paths, result]);
  });

  test('a fail-fast stops those that run, and what it never began is cancelled', () => {
    const world = new World(plan([each(action('s'), plain(['a', 'b', 'c']), { max: 2 }), reader])).rest();
    world.end('s[a]', FAIL).end('s[b]', { outcome: 'cancelled' });
    expect(world.settled('s[b]')?.cause).toEqual({ kind: 'cancelled', by: 'fail-fast' });
    const items = world.settled('reader')?.outputs?.items as readonly { readonly result: string }[]; // as the fan-out gives it
    expect(items.map(({ result }) => result)).toEqual(['failed', 'cancelled', 'cancelled']);
    expect(world.finished?.error?.code).toBe('STEP_FAILED');
  });

  test('an item of a group is a group, and the outer item is seen by its name', () => {
    const inner = each(action('in', { with: object({ pair: value('outer'), own: value('item') }) }), plain([1]));
    const world = runOf(plan([each(group('out', [inner]), plain(['x', 'y']), { as: 'Outer' })]));
    expect(started(world)).toEqual(['out[x]/in[1]', 'out[y]/in[1]']);
    expect(world.started.map((work) => work.kind === 'attempt' && work.request)).toEqual([
      { pair: 'x', own: 1 },
      { pair: 'y', own: 1 },
    ]);
  });

  test('items loop, and iterations retry', () => {
    const retry = { attempts: 2, delayMs: 0, backoff: 'constant', factor: 1 } as const;
    const once = loop(action('s', { retry, with: SHOW }), { max: 2 });
    const world = new World(plan([each(once, plain(['a', 'b']))])).rest();
    world.end('s[a]#1').end('s[a]#2', FAIL).end('s[a]#2').end('s[b]#1').end('s[b]#2');
    expect([world.attempts('s[a]#2'), world.finished?.verdict]).toEqual([2, 'succeeded']);
  });
});

describe('a matrix', () => {
  const matrix = (more: Partial<Matrix> = {}): Matrix => ({
    kind: 'matrix',
    axes: [
      ['os', plain(['l', 'm'])],
      ['v', plain(['1', '2'])],
    ],
    ...more,
  });
  const ran = (more: Partial<Matrix>): readonly string[] =>
    started(runOf(plan([each(action('s', { with: object({ m: value('matrix') }) }), matrix(more))]))).map((path) =>
      path.slice(2, -1),
    );

  test.each<readonly [string, Partial<Matrix>, readonly string[]]>([
    ['every combination', {}, ['os=l,v=1', 'os=l,v=2', 'os=m,v=1', 'os=m,v=2']],
    ['without the excluded', { exclude: plain([{ os: 'l' }, { os: 'm', v: '2' }]) }, ['os=m,v=1']],
    [
      'with one more',
      { include: plain([{ os: 'b', v: '9' }]) },
      ['os=l,v=1', 'os=l,v=2', 'os=m,v=1', 'os=m,v=2', 'os=b,v=9'],
    ],
    [
      'an included value joins those it fits',
      { include: plain([{ os: 'l', x: 1 }]) },
      ['os=l,v=1', 'os=l,v=2', 'os=m,v=1', 'os=m,v=2'],
    ],
    ['only included ones', { axes: [], include: plain([{ x: 1 }, { x: 2 }]) }, ['x=1', 'x=2']],
  ])('%s', (_name, more, keys) => {
    expect(ran(more)).toEqual(keys);
  });

  // The example of GitHub's documentation.
  test('includes as GitHub Actions does', () => {
    const spec: Matrix = {
      kind: 'matrix',
      axes: [
        ['fruit', plain(['apple', 'pear'])],
        ['animal', plain(['cat', 'dog'])],
      ],
      include: plain([
        { color: 'green' },
        { color: 'pink', animal: 'cat' },
        { fruit: 'apple', shape: 'circle' },
        { fruit: 'banana' },
        { fruit: 'banana', animal: 'cat' },
      ]),
    };
    const world = runOf(plan([each(action('s', { with: value('matrix') }), spec)]));
    expect(world.started.map((work) => work.kind === 'attempt' && work.request)).toEqual([
      { fruit: 'apple', animal: 'cat', color: 'pink', shape: 'circle' },
      { fruit: 'apple', animal: 'dog', color: 'green', shape: 'circle' },
      { fruit: 'pear', animal: 'cat', color: 'pink' },
      { fruit: 'pear', animal: 'dog', color: 'green' },
      { fruit: 'banana' },
      { fruit: 'banana', animal: 'cat' },
    ]);
  });

  test('refuses an axis that is no list', () => {
    const world = runOf(plan([each(action('s'), matrix({ axes: [['os', plain('linux')]] }))]));
    expect(world.finished?.error?.code).toBe('STEP_ITEMS_INVALID');
  });
});

describe('a resume of a fan-out', () => {
  const step = (items: readonly Json[]) =>
    plan([each(action('s', { with: object({ item: value('item') }) }), plain(items))]);

  test('does only what is missing', () => {
    const world = runOf(step(['a', 'b', 'c']), { 's[b]': FAIL });
    world.resume().rest();
    expect(['a', 'c'].map((key) => world.result(`s[${key}]`))).toEqual(['kept', 'kept']);
    expect(world.attempts('s[b]')).toBe(2);
  });

  test('knows items in another order, and does new ones', () => {
    const world = runOf(step(['a', 'b', 'c']));
    world.resume(step(['c', 'd', 'a'])).go();
    expect(['a', 'c', 'd'].map((key) => world.attempts(`s[${key}]`))).toEqual([1, 1, 1]);
    expect(world.finished?.counts).toMatchObject({ kept: 2, succeeded: 1 });
  });

  test('does only new items when the step that made the list ran again', () => {
    const steps = (script: string, listNeeds: readonly number[]) => {
      const list = action('list', { with: plain(script) });
      const once = action('s', { with: object({ item: value('item') }) });
      return plan([list, each(once, value('steps.list.outputs.all'), { listNeeds }, { needs: [0] })]);
    };
    for (const [listNeeds, again] of [
      [[0], 1],
      [[], 2],
    ] as const) {
      let all = ['a', 'b'];
      const world = new World(steps('1', listNeeds), {
        reply: ({ node }) => (node === 'list' ? { outputs: { all } } : {}),
      }).go();
      all = ['b', 'c', 'a'];
      world.resume(steps('2', listNeeds)).go();
      expect(['a', 'b', 'c'].map((key) => world.attempts(`s[${key}]`))).toEqual([again, again, 1]);
    }
  });

  test('takes an item by its path', () => {
    const world = runOf(step(['a', 'b']));
    world.resume(undefined, { rerun: ['s[b]'] }).go();
    expect([world.attempts('s[a]'), world.attempts('s[b]')]).toEqual([1, 2]);
  });

  test('keeps the outputs for who reads them', () => {
    const all = (last: string) =>
      plan([
        each(action('s'), plain(['a', 'b'])),
        set('last', { v: value('steps.s.outputs'), w: plain(last) }, { needs: [0] }),
      ]);
    const world = runOf(all('1'), { 's[a]': { outputs: { v: 1 } }, 's[b]': { outputs: { v: 2 } } });
    world.resume(all('2')).go();
    expect(world.settled('last')?.outputs).toEqual({ v: [{ v: 1 }, { v: 2 }], w: '2' });
  });

  // The fingerprints are equal: neither step reads its item. Once each took what the other is remembered by.
  test('keeps equal steps without names, again and again', () => {
    const nameless = action('step-1', { anonymous: true });
    const steps = (last: string) =>
      plan([each(group('g', [nameless]), plain(['a', 'b'])), action('last', { with: plain(last) })]);
    const world = new World(steps('1')).rest();
    world.end('g[b]/step-1').end('g[a]/step-1').end('last');
    for (const last of ['2', '3']) {
      world.resume(steps(last)).rest();
      expect([world.result('g[a]/step-1'), world.result('g[b]/step-1')]).toEqual(['kept', 'kept']);
      world.end('last');
    }
    expect([world.attempts('g[a]/step-1'), world.attempts('g[b]/step-1')]).toEqual([1, 1]);
  });

  test('of 10,000 items folds and goes on', () => {
    const items = Array.from({ length: 10_000 }, (_, index) => `i${index}`);
    const world = runOf(step(items), { 's[i5000]': FAIL });
    expect(world.result('s')).toBe('failed');
    const counts = (): number => world.events('attempt.started').length;
    const before = counts();
    world.resume().rest();
    expect(world.attempts('s[i5000]')).toBe(2);
    // A failure cancelled those that had not ended; all others are kept.
    expect(counts() - before).toBeLessThan(9_999);
    expect(world.run.byPath.size).toBeLessThan(20_010);
  });
});
