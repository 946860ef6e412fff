/** Budgets in the core: what bounds a step, what raises that, and what journals say of what was spent. */

import { describe, expect, it, test } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import { capsOf, type RaiseCommand, runLimits } from '../../../src/core/run/budget.ts';
import { costFacts, costsOf } from '../../../src/core/run/costs.ts';
import { decide } from '../../../src/core/run/decide.ts';
import type { OpNoted } from '../../../src/core/run/event.ts';
import { fold } from '../../../src/core/run/fold.ts';
import { newRun } from '../../../src/core/run/run.ts';
import { noSpend, noteSpend, spentAt, spentByPaths, spentBySteps } from '../../../src/core/run/spend.ts';
import { action, child, plan } from './plans.ts';
import { World } from './world.ts';

const noted = (node: string, data: Json): OpNoted => ({ type: 'attempt.noted', node, op: 1, data });
const reserved = (call: Json, usd: Json, tokens: Json): Json => ({
  kind: 'call-reserved',
  call,
  model: 'm',
  usd,
  tokens,
});
const ended = (call: Json, usd: Json, input: Json): Json => ({
  kind: 'call-ended',
  call,
  model: 'm',
  usd,
  usage: { input, output: 1, 'cache-read': 2, 'cache-write': 3 },
  stop: 'end_turn',
});

describe('what is spent', () => {
  const spendOf = (...notes: readonly (readonly [string, Json])[]) => {
    const spend = noSpend();
    for (const [node, data] of notes) noteSpend(spend, noted(node, data));
    return Object.fromEntries(spentBySteps(spend));
  };

  it('is what a call came to', () => {
    expect(spendOf(['a', reserved(1, 0.5, 100)], ['a', ended(1, 0.2, 4)])).toEqual({
      a: { calls: 1, tokens: 10, nano: 200_000_000, unpriced: 0, unended: 0 },
    });
  });

  it('or its worst case, as long as nobody says', () => {
    expect(spendOf(['a', reserved('x', 0.5, 100)])).toEqual({
      a: { calls: 1, tokens: 100, nano: 500_000_000, unpriced: 0, unended: 1 },
    });
  });

  it('also of a call whose name was used again after it was cut off', () => {
    const spent = spendOf(['a', reserved(1, 0.5, 100)], ['a', reserved(1, 0.5, 100)], ['a', ended(1, 0.2, 4)]);
    expect(spent.a).toEqual({ calls: 2, tokens: 110, nano: 700_000_000, unpriced: 0, unended: 1 });
  });

  it('says of how many calls nobody knows the price', () => {
    expect(spendOf(['a', reserved(1, null, 9)], ['a', ended(1, null, 4)], ['a', ended(2, 1, 4)]).a).toEqual({
      calls: 2,
      tokens: 20,
      nano: 1_000_000_000,
      unpriced: 1,
      unended: 0,
    });
  });

  it('keeps the price that was set aside where an end has none', () => {
    expect(spendOf(['a', reserved(1, 0.5, 9)], ['a', ended(1, 'much', 4)]).a).toMatchObject({ nano: 500_000_000 });
    expect(spendOf(['a', reserved(1, 0.5, 9)], ['a', { kind: 'call-ended', call: 1, usd: 0.1 }]).a).toMatchObject({
      tokens: 9,
    });
  });

  it.each<[Json]>([[null], ['call-reserved'], [['call-reserved']], [{ kind: 'turn-ended' }], [{ kind: 7 }], [{}]])(
    'nothing of it comes from %j',
    (data) => {
      expect(spendOf(['a', data])).toEqual({});
    },
  );

  it.each<[Json]>([
    [{ kind: 'call-reserved' }],
    [{ kind: 'call-reserved', call: { a: [1] }, usd: -5, tokens: -3 }],
    [{ kind: 'call-ended', usd: 1e300, usage: { input: 1.5, output: '7', 'cache-read': null } }],
    [{ kind: 'call-ended', usd: {}, usage: [] }],
    [{ kind: 'call-ended', usage: { input: 1e300 } }],
  ])('of what is damaged a call is left: %j', (data) => {
    expect(spendOf(['a', data]).a).toMatchObject({ calls: 1, nano: 0, unpriced: 1, tokens: 0 });
  });

  it('is no number out of range, whatever a journal says', () => {
    expect(spendOf(['a', reserved(1, 4_000_000, Number.MAX_SAFE_INTEGER)]).a).toMatchObject({ tokens: 1e9 });
    const spend = noSpend();
    noteSpend(spend, { ...noted('a', reserved(1, 1, 1)), node: 7 as unknown as string });
    expect(spend.calls).toBe(0);
  });

  it('is told by step, and with all that a step holds', () => {
    const spend = noSpend();
    expect(spentAt(spend, 'g/a')).toBeNull();
    noteSpend(spend, noted('g/a', ended(1, 1, 4)));
    noteSpend(spend, noted('g/a', reserved(2, 2, 4)));
    noteSpend(spend, noted('each[x]', ended(1, 4, 4)));
    expect(spentAt(spend, 'g/a')).toMatchObject({ calls: 2, nano: 3e9, unended: 1 });
    const usd = [...spentByPaths(spend)].map(([path, { nano }]) => [path, nano / 1e9]);
    expect(usd).toEqual([
      ['', 7],
      ['g', 3],
      ['g/a', 3],
      ['each', 4],
      ['each[x]', 4],
    ]);
  });
});

const STEP = { ...plan([action('a', { budget: { usd: 1, calls: 3 } }), action('b')]), budget: { usd: 2 } };
const raise = (more: Partial<RaiseCommand>): RaiseCommand => ({ kind: 'raise-budget', step: '', by: 'ada', ...more });

describe('caps', () => {
  it('are those around a step, the innermost first', () => {
    const { run } = new World(STEP).rest();
    expect(capsOf(run, 'a')).toEqual([
      { path: 'a', limits: { nano: 1e9, calls: 3 } },
      { path: '', limits: { nano: 2e9 } },
    ]);
    expect(capsOf(run, 'b')).toEqual([{ path: '', limits: { nano: 2e9 } }]);
    expect(capsOf(new World(plan([action('a')])).rest().run, 'a')).toEqual([]);
  });

  it('are raised, and nothing that is not bounded becomes so', () => {
    const world = new World(STEP).rest();
    world.command(raise({ usd: 5 }));
    world.command(raise({ step: 'a', calls: 9 }));
    expect(capsOf(world.run, 'a')).toEqual([
      { path: 'a', limits: { nano: 1e9, calls: 9 } },
      { path: '', limits: { nano: 5e9 } },
    ]);
    expect(costsOf(world.run).limits()).toEqual({ nano: 5e9 });
    world.apply({ type: 'budget.raised', step: '', by: 'x', tokens: 5, usd: 3 });
    expect(capsOf(world.run, 'b')).toEqual([{ path: '', limits: { nano: 5e9 } }]);
  });

  it('stay raised over crashes, and under a plan that says more what that says', () => {
    const world = new World(STEP).rest();
    world.command(raise({ usd: 5 }));
    world.crash().rest();
    expect(capsOf(world.run, 'b')).toEqual([{ path: '', limits: { nano: 5e9 } }]);
    world.resume({ ...STEP, budget: { usd: 9 } });
    expect(capsOf(world.run, 'b')).toEqual([{ path: '', limits: { nano: 9e9 } }]);
  });

  it.each<[Partial<RaiseCommand>, string]>([
    [{ usd: 2 }, 'To usd 2.00 nothing is raised: the run may take usd 2.00 already.'],
    [{ step: 'a', calls: 1 }, 'To 1 call nothing is raised: step `a` may take 3 calls already.'],
    [{ tokens: 2 }, 'The run has no budget of `tokens` that could be raised.'],
    [{ step: 'b', usd: 2 }, 'Step `b` has no budget of `usd` that could be raised.'],
    [{ step: 'c', usd: 2 }, 'There is no step `c`.'],
    [{}, 'A budget is raised by `usd`, `tokens` or `calls`, each to a number from 0 on.'],
    [{ usd: Number.NaN }, 'A budget is raised by `usd`, `tokens` or `calls`, each to a number from 0 on.'],
    [{ calls: 1.5 }, 'A budget is raised by `usd`, `tokens` or `calls`, each to a number from 0 on.'],
    [
      { step: 7 as unknown as string, usd: 5 },
      'A budget is raised by `usd`, `tokens` or `calls`, each to a number from 0 on.',
    ],
  ])('are not raised by %j', (command, message) => {
    const { run } = new World(STEP).rest();
    expect(decide(run, raise(command))).toMatchObject({ ok: false, diagnostic: { message } });
  });

  it('of tokens are raised as well', () => {
    const world = new World({ ...STEP, budget: { tokens: 5 } }).rest();
    world.command(raise({ tokens: 7 }));
    expect(capsOf(world.run, 'b')).toEqual([{ path: '', limits: { tokens: 7 } }]);
  });

  it('are not raised twice to the same', () => {
    const world = new World(STEP).rest();
    world.command(raise({ usd: 5 }));
    expect(decide(world.run, raise({ usd: 5 }))).toMatchObject({ ok: false, diagnostic: { code: 'RUN_BUDGET' } });
  });
});

test('what was rewound was spent all the same, and what was raised stays so', () => {
  const world = new World(STEP).rest();
  const from = world.journal.length;
  world.apply(noted('a', reserved(1, 0.5, 10)));
  world.command(raise({ usd: 5 }));
  world.apply(noted('a', reserved(2, 0.25, 10)));
  world.apply(noted('a', ended(2, 0.125, 4)));
  const to = world.journal.length - 1;
  world.apply({ type: 'run.rewound', voids: [[from, to]] });
  const run = fold(world.surroundings, world.journal);
  expect(costsOf(run).total()).toMatchObject({ calls: 2, nano: 625_000_000, unended: 1 });
  expect(costsOf(run).limits()).toEqual({ nano: 5e9 });
});

test('of one step alone, what is under way counts', () => {
  const spend = noSpend();
  noteSpend(spend, noted('a', reserved(1, 1, 4)));
  expect(spentAt(spend, 'a')).toMatchObject({ nano: 1e9, unended: 1 });
});

test('nothing bounds a run that has no plan, and what is damaged raises nothing', () => {
  expect(runLimits(null, new Map())).toEqual({});
  const world = new World(STEP).rest();
  world.apply({ type: 'budget.raised', step: '', by: 'x', usd: 'much' as unknown as number });
  expect(costsOf(world.run).limits()).toEqual({ nano: 2e9 });
});

test('files that a step may run have budgets of their own, which are raised with the step', () => {
  const world = new World(plan([child('c', [action('x')], { budget: { calls: 1 } })])).rest();
  expect(capsOf(world.run, 'c/x')).toEqual([{ path: 'c', limits: { calls: 1 } }]);
  world.command(raise({ step: 'c', calls: 4 }));
  expect(capsOf(world.run, 'c/x')).toEqual([{ path: 'c', limits: { calls: 4 } }]);
});

test('costs are one for all items of a step, the dearest step first', () => {
  const world = new World(STEP).rest();
  expect(costsOf(world.run).total()).toBeNull();
  for (const [node, usd] of [
    ['t[1]', 1],
    ['t[2]', 2],
    ['z', 1],
    ['y', 1],
    ['x', 7],
  ] as const)
    world.apply(noted(node, ended(1, usd, 4)));
  const costs = costsOf(world.run);
  expect(costs.byStep().map(([path, { nano }]) => [path, nano / 1e9])).toEqual([
    ['x', 7],
    ['t', 3],
    ['y', 1],
    ['z', 1],
  ]);
  expect(costs.at('x')).toMatchObject({ nano: 7e9 });
  expect(costFacts({ nano: 5e8, tokens: 2, calls: 1, unpriced: 0, unended: 0 })).toEqual({
    usd: 0.5,
    tokens: 2,
    calls: 1,
  });
  expect(costFacts({ nano: 5e8, tokens: 2, calls: 1, unpriced: 1, unended: 2 })).toMatchObject({
    unpriced: 1,
    unended: 2,
  });
});

it('nothing is raised in a run that has not begun', () => {
  const refused = decide(newRun({ plans: new Map() }), raise({ usd: 1 }));
  expect(refused).toMatchObject({ ok: false, diagnostic: { code: 'RUN_OVER' } });
});
