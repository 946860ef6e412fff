/** Who may call, and when: in random lives beside a provider that enforces its limits, and one by one. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { createLimiter } from '../../../src/core/claude/limiter.ts';
import { type Call, live, type World } from './provider.ts';

const IS_LONG = process.env.GIGA_TORTURE === '1';
const SEED = Number(process.env.GIGA_SEED ?? (IS_LONG ? Date.now() % 1_000_000_007 : 11));
const RUNS = { numRuns: IS_LONG ? 50_000 : 300, seed: SEED };

const CALL: fc.Arbitrary<Call> = fc.record(
  {
    atMs: fc.oneof(fc.constant(0), fc.nat(90_000)),
    model: fc.constantFrom('a', 'a', 'b'),
    input: fc.integer({ min: 1, max: 400 }),
    output: fc.integer({ min: 0, max: 200 }),
    way: fc.nat(300),
    begins: fc.nat(900),
    lasts: fc.nat(20_000),
    patienceMs: fc.nat(100_000),
  },
  { requiredKeys: ['atMs', 'model', 'input', 'output', 'way', 'begins', 'lasts'] },
);
const WORLD: fc.Arbitrary<World> = fc.record({
  set: fc.record(
    {
      concurrent: fc.integer({ min: 1, max: 8 }),
      requestsPerMinute: fc.integer({ min: 1, max: 40 }),
      tokensPerMinute: fc.integer({ min: 600, max: 9_000 }),
    },
    { requiredKeys: [] },
  ),
  requests: fc.option(fc.integer({ min: 4, max: 60 })),
  tokens: fc.option(fc.integer({ min: 1_600, max: 9_000 })),
  isGradual: fc.constant(true),
  calls: fc.array(CALL, { minLength: 1, maxLength: 70 }),
  lag: fc.constantFrom(0, 0, 7),
});

/** The most that any minute that begins with a call has of something. */
function mostInAMinute(sent: readonly { readonly atMs: number }[], amountOf: (index: number) => number): number {
  return Math.max(
    0,
    ...sent.map(({ atMs }) =>
      sent.reduce((sum, one, index) => (one.atMs >= atMs && one.atMs < atMs + 60_000 ? sum + amountOf(index) : sum), 0),
    ),
  );
}

test(`no limit is run into once it was told, and all come to their turn (GIGA_SEED=${SEED})`, {
  timeout: 30 * 60_000,
}, () => {
  const stats = { told: 0, gaveUp: 0, waited: 0 };
  fc.assert(
    fc.property(WORLD, (world) => {
      const { refused, mostOpen, sent, gaveUp } = live(world);
      if (refused > 0) throw new Error(`${refused} were refused`);
      if (sent.length + gaveUp.size !== world.calls.length) throw new Error('one waits for ever');
      const { concurrent = 1e9, requestsPerMinute = 1e9, tokensPerMinute = 1e9 } = world.set;
      expect(mostOpen).toBeLessThanOrEqual(concurrent);
      expect(mostInAMinute(sent, () => 1)).toBeLessThanOrEqual(requestsPerMinute);
      expect(mostInAMinute(sent, (index) => sent[index]?.tokens ?? 0)).toBeLessThanOrEqual(tokensPerMinute);
      for (const model of ['a', 'b']) {
        const order = sent.filter((one) => one.model === model).map(({ id }) => world.calls[id - 1]?.atMs ?? 0);
        expect(order).toEqual(order.toSorted((x, y) => x - y));
      }
      stats.gaveUp += gaveUp.size;
      if (world.requests !== null) stats.told++;
      if (sent.some(({ id, atMs }) => atMs > (world.calls[id - 1]?.atMs ?? 0))) stats.waited++;
    }),
    RUNS,
  );
  for (const count of Object.values(stats)) expect(count).toBeGreaterThan(20);
});

test(`a provider that gives all back at once is run into once (GIGA_SEED=${SEED})`, () => {
  fc.assert(
    fc.property(WORLD, (world) => {
      const { refused, refusedEarly } = live({ ...world, set: {}, isGradual: false });
      // Those that were under way together are one push; each model learns by itself.
      expect(refused + refusedEarly).toBeLessThanOrEqual(2 * 8);
    }),
    RUNS,
  );
});

const many = (count: number, more: Partial<Call> = {}): readonly Call[] =>
  Array.from({ length: count }, () => ({
    atMs: 0,
    model: 'a',
    input: 10,
    output: 10,
    way: 1,
    begins: 50,
    lasts: 500,
    ...more,
  }));

describe('calls', () => {
  it('of which nothing is known are few at first, and twice as many with each answer', () => {
    const limiter = createLimiter();
    for (let id = 1; id <= 20; id++) limiter.ask(id, { model: 'a', input: 1, maxOutput: 1 });
    expect(limiter.next(0)).toEqual({ granted: [1, 2, 3, 4], againAtMs: null });
    limiter.hear(1, {}, 5);
    expect(limiter.next(5).granted).toEqual([5, 6, 7, 8, 9]);
  });

  it('of another model do not wait for those of one that is full', () => {
    const limiter = createLimiter();
    limiter.ask(1, { model: 'a', input: 1, maxOutput: 1 });
    limiter.next(0);
    limiter.hear(1, { requests: { limit: 1, remaining: 0, fullInMs: 60_000 } }, 0);
    limiter.ask(2, { model: 'a', input: 1, maxOutput: 1 });
    limiter.ask(3, { model: 'b', input: 1, maxOutput: 1 });
    expect(limiter.next(1)).toEqual({ granted: [3], againAtMs: 60_000 });
  });

  it('that are pushed back make all wait, and go on one by one', () => {
    const limiter = createLimiter();
    for (let id = 1; id <= 9; id++) limiter.ask(id, { model: 'a', input: 1, maxOutput: 1 });
    limiter.next(0);
    for (const id of [1, 2, 3, 4]) {
      limiter.pushBack(id, {}, { why: 'overload', afterMs: null }, 10 + id);
      limiter.end(id, null);
    }
    expect(limiter.next(20)).toEqual({ granted: [], againAtMs: 1_011 }); // four at once are one push
    expect(limiter.next(1_011).granted).toEqual([5]);
    limiter.pushBack(5, {}, { why: 'overload', afterMs: null }, 1_020);
    limiter.end(5, null);
    expect(limiter.next(1_020)).toEqual({ granted: [], againAtMs: 3_020 });
    expect(limiter.next(3_020).granted).toEqual([6]);
    limiter.hear(6, {}, 3_030);
    limiter.end(6, { input: 1, output: 1 });
    expect(limiter.next(3_030).granted).toEqual([7, 8]);
    limiter.pushBack(7, {}, { why: 'limit', afterMs: 30_000 }, 3_040);
    expect(limiter.next(3_040).againAtMs).toBeNull(); // one is still under way
    limiter.hear(8, {}, 3_045); // it was sent before: the pause stays
    limiter.end(7, null);
    limiter.end(8, null);
    expect(limiter.next(3_050).againAtMs).toBe(33_040);
  });

  it('that are larger than a limit go by themselves', () => {
    const { sent } = live({
      set: { tokensPerMinute: 100 },
      requests: null,
      tokens: null,
      isGradual: true,
      lag: 0,
      calls: many(3, { input: 500 }),
    });
    expect(sent.map(({ atMs }) => atMs)).toEqual([0, 60_000, 120_000]);
  });

  it('wait for so many tokens as answers usually have, and not for the most that they may have', () => {
    const limiter = createLimiter();
    const ask = { model: 'a', input: 10, maxOutput: 1_000 };
    const output = { limit: 1_000, remaining: 1_000, fullInMs: 0 };
    for (let id = 1; id <= 5; id++) limiter.ask(id, ask);
    expect(limiter.next(0).granted).toEqual([1, 2, 3, 4]);
    limiter.hear(1, { output }, 1);
    expect(limiter.next(1).granted).toEqual([]);
    for (const id of [1, 2, 3, 4]) limiter.end(id, { input: 10, output: 20 });
    expect(limiter.next(2).granted).toEqual([5]);
    limiter.ask(6, ask);
    expect(limiter.next(2).granted).toEqual([6]);
  });

  it('count what they used once they have ended', () => {
    const limiter = createLimiter({ tokensPerMinute: 100 });
    limiter.ask(1, { model: 'a', input: 10, maxOutput: 80 });
    limiter.ask(2, { model: 'a', input: 10, maxOutput: 60 });
    expect(limiter.next(0)).toEqual({ granted: [1], againAtMs: 60_000 });
    limiter.end(1, { input: 10, output: 5 });
    expect(limiter.next(5).granted).toEqual([2]);
  });

  it('that broke off may have been counted', () => {
    const limiter = createLimiter();
    const ask = { model: 'a', input: 10, maxOutput: 10 };
    for (const id of [1, 2, 3]) {
      limiter.ask(id, ask);
      const { granted } = limiter.next(id);
      expect(granted).toEqual(id === 3 ? [] : [id]);
      const levels = {
        requests: { limit: 2, remaining: 1, fullInMs: 60_000 },
        input: { limit: 100, remaining: 90, fullInMs: 1 },
      };
      if (id === 1) limiter.hear(id, levels, id);
      limiter.end(id, null);
    }
  });

  it('that nobody has asked for change nothing', () => {
    const limiter = createLimiter();
    limiter.withdraw(1);
    limiter.hear(1, {}, 0);
    limiter.pushBack(1, {}, { why: 'limit', afterMs: 5 }, 0);
    limiter.end(1, { input: 1, output: 1 });
    expect(limiter.next(0)).toEqual({ granted: [], againAtMs: null });
  });
});
