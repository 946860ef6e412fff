import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { PRICES } from '../../../src/core/money/price-table.ts';
import { costOf, priceOf, priceTable, type Usage, worstCaseOf } from '../../../src/core/money/prices.ts';
import { centsAbove, fromNano, shortUsd, toNano, usdText } from '../../../src/core/money/usd.ts';
import '../../fixed-seeds.ts';

const M = 1_000_000;

describe('a call costs', () => {
  it.each<[string, Usage, Parameters<typeof costOf>[2], number]>([
    ['claude-opus-5-5', { input: M, output: M }, {}, 24],
    ['claude-opus-5-5', { input: 1, output: 0 }, {}, 0.000004],
    ['claude-opus-5-5', { input: 0, output: 0, cacheRead: M, cacheWrite: M, cacheWrite1h: M }, {}, 13.2],
    ['claude-fable-5-1', { input: 0, output: 0, cacheRead: 1 }, {}, 0.00000025],
    ['claude-opus-5-5', { input: M, output: M }, { batch: true }, 12],
    // The sources halve input and output; caches in a batch are counted in full.
    ['claude-opus-5-5', { input: 0, output: 0, cacheRead: M }, { batch: true }, 0.2],
    ['claude-opus-5-5', { input: M, output: M }, { geo: 'us' }, 26.4],
    ['claude-opus-5-5', { input: M, output: M }, { geo: 'us', batch: true }, 13.2],
    ['claude-haiku-5-5', { input: 100_000, output: 1000 }, {}, 0.0105],
    ['claude-haiku-5-5', { input: 100_001, output: 1000 }, {}, 0.0525005],
    // What is cached belongs to the prompt.
    ['claude-haiku-5-5', { input: 1, output: 0, cacheRead: 100_000 }, {}, 0.0050005],
    ['claude-haiku-5-5', { input: 1, output: 0, cacheWrite: 60_000, cacheWrite1h: 40_000 }, {}, 0.0775005],
    ['claude-sonnet-4-5-20250929', { input: M, output: M }, {}, 18],
    ['claude-sonnet-5', { input: 0, output: 0 }, {}, 0],
    // 137.5 nano-dollars: rounded up, once.
    ['claude-haiku-5-5', { input: 0, output: 0, cacheWrite: 1 }, { geo: 'us' }, 0.000000138],
  ])('%s %j %j: %s', (model, usage, manner, usd) => {
    expect(costOf(model, usage, manner)).toEqual({ usd });
  });

  it.each(['claude-opus-9', 'claude-sonnet-4-5-latest', 'claude-sonnet-4-5-2025', 'gpt', '', '__proto__', 'toString'])(
    'nobody knows what of %j',
    (model) => {
      expect(priceOf(model)).toBeNull();
      expect(costOf(model, { input: 1, output: 1 })).toBe('unknown');
      expect(worstCaseOf(model, { inputTokens: 1, maxTokens: 1 })).toBe('unknown');
    },
  );

  it('what the project says of its own models, over what giga says', () => {
    const bands = [{ input: 1, output: 2, write5m: 3, write1h: 4, read: 5 }];
    const table = priceTable({ mine: { bands, source: 'giga.yaml' }, 'claude-opus-5': { bands, source: 'giga.yaml' } });
    expect(costOf('mine', { input: M, output: M }, {}, table)).toEqual({ usd: 3 });
    expect(costOf('claude-opus-5', { input: M, output: M }, {}, table)).toEqual({ usd: 3 });
    expect(costOf('claude-opus-5-5', { input: M, output: M }, {}, table)).toEqual({ usd: 24 });
  });
});

describe('the worst case', () => {
  it.each([
    [{ inputTokens: M, maxTokens: M }, 24],
    [{ inputTokens: M, maxTokens: M, cacheTtl: '5m' }, 25],
    [{ inputTokens: M, maxTokens: M, cacheTtl: '1h' }, 28],
    [{ inputTokens: M, maxTokens: M, batch: true }, 12],
    [{ inputTokens: M, maxTokens: M, batch: true, cacheTtl: '5m' }, 15],
    [{ inputTokens: M, maxTokens: M, geo: 'us' }, 26.4],
  ] as const)('of claude-opus-5-5 %j is %s', (extent, usd) => {
    expect(worstCaseOf('claude-opus-5-5', extent)).toEqual({ usd });
  });

  const MANNER = fc.record({ batch: fc.boolean(), geo: fc.constantFrom('us' as const, 'global' as const) });
  const TOKENS = fc.nat({ max: 2 * M });

  test('is never less than what the call comes to', () => {
    const table = priceTable({
      // Dearer where prompts are short: nobody does so, and it must hold all the same.
      odd: {
        bands: [
          { promptUpTo: 1000, input: 9, output: 90, write5m: 1, write1h: 1, read: 30 },
          { input: 1, output: 1, write5m: 1, write1h: 1, read: 1 },
        ],
        source: '',
      },
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(table)),
        fc.record({ input: TOKENS, output: TOKENS, read: TOKENS, write: TOKENS }),
        MANNER,
        fc.constantFrom('5m' as const, '1h' as const, undefined),
        (model, { input, output, read, write }, manner, cacheTtl) => {
          const cached =
            cacheTtl === undefined
              ? {}
              : { cacheRead: read, [cacheTtl === '1h' ? 'cacheWrite1h' : 'cacheWrite']: write };
          const prompt = cacheTtl === undefined ? input : input + read + write;
          const real = costOf(model, { input, output, ...cached }, manner, table);
          const extent = { inputTokens: prompt + 7, maxTokens: output + 7, ...manner, ...(cacheTtl && { cacheTtl }) };
          const worst = worstCaseOf(model, extent, table);
          if (real === 'unknown' || worst === 'unknown') throw new Error('each has a price');
          // Rounded up once each, of which the parts of the real one may be three.
          expect(worst.usd).toBeGreaterThanOrEqual(real.usd);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('rates are whole nano-dollars, and every model has an end of its bands', () => {
    for (const { bands } of Object.values(PRICES)) {
      expect(bands.at(-1)).not.toHaveProperty('promptUpTo');
      for (const { promptUpTo: _, ...rates } of bands)
        for (const rate of Object.values(rates)) expect(Number.isInteger(Number((rate * 1e9).toFixed(3)))).toBe(true);
    }
  });
});

describe('amounts', () => {
  it.each([
    [0, '0.00'],
    [1, '0.000000001'],
    [10_000_000, '0.01'],
    [2_500_000_000, '2.50'],
    [125_000, '0.000125'],
    [3_999_999_999_999_999, '3999999.999999999'],
  ])('%s is %s', (nano, text) => {
    expect(usdText(nano)).toBe(text);
    expect(toNano(Number(text))).toBe(nano);
  });

  test('come back as they went', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (any) => {
        const nano = any % 4_000_000_000_000_000;
        expect(toNano(fromNano(nano))).toBe(nano);
      }),
    );
  });

  it.each([[-1], [Number.NaN], [Number.POSITIVE_INFINITY], [4_000_001], ['1'], [null], [undefined]])(
    '%s is none',
    (value) => expect(toNano(value)).toBeNull(),
  );

  it.each([
    [0, '$0.00'],
    [1, '$0.0001'],
    [12_345_678, '$0.0124'],
    [180_000_000, '$0.18'],
    [1_230_000_001, '$1.24'],
  ])('%s is shown as %s', (nano, text) => expect(shortUsd(nano)).toBe(text));

  it('is advised in cents', () => expect([0, 1, 10_000_000].map(centsAbove)).toEqual(['0.00', '0.01', '0.01']));
});
