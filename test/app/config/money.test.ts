import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configuredPrices, dayLimits } from '../../../src/app/config/money.ts';
import { readConfig } from '../../../src/app/config/read-config.ts';
import { costOf, priceTable } from '../../../src/core/money/prices.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'giga-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function read(text: string) {
  writeFileSync(join(root, 'giga.yaml'), text);
  return readConfig({ root, cwd: root, env: {}, userFile: null });
}
async function configOf(text: string) {
  const config = await read(text);
  if (!config.ok) throw new Error(config.diagnostics[0]?.message);
  return config.value;
}
async function problemsOf(text: string): Promise<readonly string[]> {
  const config = await read(text);
  return config.ok
    ? []
    : config.diagnostics.map(({ message, at }) => `${at?.file}:${at?.start.line}:${at?.start.column} ${message}`);
}

describe('prices', () => {
  it('are those that the file says, and what is not said of caches is derived', async () => {
    const prices = configuredPrices(
      await configOf(
        'prices:\n  mine: { input: 2, output: 10 }\n  whole: { input: 1, output: 2, cache-read: 0.5, cache-write: 3, cache-write-1h: 4 }\n',
      ),
    );
    expect({ ...prices }).toEqual({
      mine: { source: 'giga.yaml:2:9', bands: [{ input: 2, output: 10, write5m: 2.5, write1h: 4, read: 2 }] },
      whole: { source: 'giga.yaml:3:10', bands: [{ input: 1, output: 2, write5m: 3, write1h: 4, read: 0.5 }] },
    });
    expect(costOf('mine', { input: 1e6, output: 1e6 }, {}, priceTable(prices))).toEqual({ usd: 12 });
  });

  it('may have bands', async () => {
    const prices = configuredPrices(
      await configOf(
        'prices:\n  m: { bands: [{ prompt-up-to: 100k, input: 1, output: 2 }, { input: 3, output: 4 }] }\n',
      ),
    );
    const table = priceTable(prices);
    expect(costOf('m', { input: 100_000, output: 0 }, {}, table)).toEqual({ usd: 0.1 });
    expect(costOf('m', { input: 100_001, output: 0 }, {}, table)).toEqual({ usd: 0.300003 });
  });

  it.each([
    ['prices: 3', 'giga.yaml:1:9 `prices` must be a map of names.'],
    [
      'prices: { m: 3 }',
      'giga.yaml:1:14 A price is a map such as { input: 2, output: 10 }, in USD per million tokens.',
    ],
    ['prices: { "a b": { input: 1, output: 1 } }', 'giga.yaml:1:11 "a b" cannot be a name in `prices`.'],
    ['prices: { m: { input: 1 } }', 'giga.yaml:1:14 A price must say its `output`.'],
    ['prices: { m: {} }', 'giga.yaml:1:14 A price must say its `input` and `output`.'],
    ['prices: { m: { input: -1, output: 1 } }', 'giga.yaml:1:23 `input` must be a number of USD per million tokens.'],
    ['prices: { m: { input: "1", output: 1 } }', 'giga.yaml:1:23 `input` must be a number of USD per million tokens.'],
    ['prices: { m: { input: 1, output: 1, cache: 1 } }', 'giga.yaml:1:37 There is no setting `cache` here.'],
    [
      'prices: { m: { bands: [] } }',
      'giga.yaml:1:23 `bands` is a list of prices, each but the last with `prompt-up-to`.',
    ],
    [
      'prices: { m: { bands: [3] } }',
      'giga.yaml:1:24 A band is a map such as { prompt-up-to: 100k, input: 2, output: 10 }.',
    ],
    [
      'prices: { m: { bands: [{ input: 1, output: 1 }, { input: 1, output: 1 }] } }',
      'giga.yaml:1:24 `prompt-up-to` says where a band ends, each further than the one before.',
    ],
    [
      'prices: { m: { bands: [{ prompt-up-to: 1k, input: 1, output: 1 }] } }',
      'giga.yaml:1:24 The last band is for all longer prompts: it has no `prompt-up-to`.',
    ],
    [
      'prices: { m: { bands: [{ prompt-up-to: few, input: 1, output: 1 }] } }',
      'giga.yaml:1:40 `prompt-up-to` must be a number of tokens, such as 100k.',
    ],
  ])('%j is refused', async (text, problem) => {
    expect((await problemsOf(text))[0]).toBe(problem);
  });
});

describe('the budget of a day', () => {
  it('is what the file says', async () => {
    expect(dayLimits(await configOf('budget: { day: { usd: 2.5, tokens: 3M, calls: 7 } }'))).toEqual({
      nano: 2.5e9,
      tokens: 3e6,
      calls: 7,
    });
    expect(dayLimits(await configOf('budget: { day: { calls: 7 } }'))).toEqual({ calls: 7 });
    expect(dayLimits(await configOf('concurrency: 2'))).toBeNull();
  });

  it.each([
    ['budget: 3', 'giga.yaml:1:9 `budget` is a map such as { day: { usd: 20 } }.'],
    ['budget: { usd: 3 }', 'giga.yaml:1:11 There is no setting `usd` here.'],
    ['budget: { day: 3 }', 'giga.yaml:1:16 `day` is a map such as { usd: 20 }.'],
    ['budget: { day: {} }', 'giga.yaml:1:16 `day` is a map such as { usd: 20 }.'],
    ['budget: { day: { usd: x } }', 'giga.yaml:1:23 `usd` must be a number of dollars.'],
    ['budget: { day: { calls: 1.5 } }', 'giga.yaml:1:25 `calls` must be a whole number, such as 400k.'],
    ['budget: { day: { hours: 1 } }', 'giga.yaml:1:18 There is no setting `hours` here.'],
  ])('%j is refused', async (text, problem) => {
    expect(await problemsOf(text)).toEqual([problem]);
  });
});
