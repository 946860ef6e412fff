/** Reads prices of models, and what may be spent on a day, from a configuration file. Knows neither what is spent nor what giga's own prices are. */
import type { MapTree, Tree } from '../../core/document.ts';
import { bareObject, type Json, type JsonObject } from '../../core/json.ts';
import { toNano } from '../../core/money/usd.ts';
import { parseCount } from '../../core/units.ts';
import { textOf } from '../../lang/compile/tree.ts';
import { complain, known, members, type Reader, type Take } from './file-reader.ts';

const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}$/;
const RATES = ['input', 'output', 'cache-read', 'cache-write', 'cache-write-1h'] as const;
const BAND_KEYS = ['prompt-up-to', ...RATES];
const MEASURES = ['usd', 'tokens', 'calls'] as const;
/** USD per million tokens: a price above is a slip of the pen. */
const MOST = 100_000;

/** `prices: { MODEL: { input, output, … } | { bands: [ … ] } }`. */
export function readPrices(reader: Reader, value: Tree, take: Take): void {
  for (const { key, value: tree } of members(reader, value, 'prices', MODEL_NAME)) {
    if (tree.kind !== 'map') {
      complain(reader, tree, 'A price is a map such as { input: 2, output: 10 }, in USD per million tokens.');
      continue;
    }
    const isBanded = tree.entries.some((entry) => entry.key === 'bands');
    const bands = isBanded ? readBands(reader, tree) : readBand(reader, tree, [...RATES]);
    if (bands !== null) take(`prices.${key}`, tree, Array.isArray(bands) ? bands : [bands]);
  }
}

function readBands(reader: Reader, tree: MapTree): readonly JsonObject[] | null {
  const list = known(reader, tree, ['bands']).find(({ key }) => key === 'bands')?.value;
  if (list?.kind !== 'list' || list.items.length === 0) {
    complain(reader, list ?? tree, '`bands` is a list of prices, each but the last with `prompt-up-to`.');
    return null;
  }
  const bands: JsonObject[] = [];
  let before = -1;
  for (const [index, item] of list.items.entries()) {
    if (item.kind !== 'map')
      complain(reader, item, 'A band is a map such as { prompt-up-to: 100k, input: 2, output: 10 }.');
    const band = item.kind === 'map' ? readBand(reader, item, BAND_KEYS) : null;
    if (band === null) return null;
    const isLast = index === list.items.length - 1;
    const end = band['prompt-up-to'];
    if (isLast ? end !== undefined : typeof end !== 'number' || end <= before) {
      const message = isLast
        ? 'The last band is for all longer prompts: it has no `prompt-up-to`.'
        : '`prompt-up-to` says where a band ends, each further than the one before.';
      complain(reader, item, message);
      return null;
    }
    if (typeof end === 'number') before = end;
    bands.push(band);
  }
  return bands;
}

/** Null where something is wrong with it, which is reported. */
function readBand(reader: Reader, tree: MapTree, keys: readonly string[]): JsonObject | null {
  const entries = known(reader, tree, keys);
  const values: [string, number][] = [];
  for (const { key, value } of entries) {
    const number = key === 'prompt-up-to' ? countIn(value) : rateIn(value);
    if (number === null) {
      const form = key === 'prompt-up-to' ? 'a number of tokens, such as 100k' : 'a number of USD per million tokens';
      complain(reader, value, `\`${key}\` must be ${form}.`);
    } else values.push([key, number]);
  }
  const missing = ['input', 'output'].filter((key) => !entries.some((entry) => entry.key === key));
  if (missing.length > 0) complain(reader, tree, `A price must say its \`${missing.join('` and `')}\`.`);
  return missing.length > 0 || values.length < tree.entries.length ? null : bareObject<Json>(values);
}

/** `budget: { day: { usd, tokens, calls } }`. */
export function readDayBudget(reader: Reader, value: Tree, take: Take): void {
  if (value.kind !== 'map') return complain(reader, value, '`budget` is a map such as { day: { usd: 20 } }.');
  for (const { value: day } of known(reader, value, ['day'])) {
    if (day.kind !== 'map' || day.entries.length === 0) {
      complain(reader, day, '`day` is a map such as { usd: 20 }.');
      continue;
    }
    for (const { key, value: limit } of known(reader, day, MEASURES)) {
      const number = key === 'usd' ? usdIn(limit) : countIn(limit);
      if (number !== null) take(`budget.day.${key}`, limit, number);
      else
        complain(
          reader,
          limit,
          `\`${key}\` must be ${key === 'usd' ? 'a number of dollars' : 'a whole number, such as 400k'}.`,
        );
    }
  }
}

function rateIn(tree: Tree): number | null {
  const rate = numberIn(tree);
  return rate !== null && rate >= 0 && rate <= MOST ? rate : null;
}

function usdIn(tree: Tree): number | null {
  const usd = numberIn(tree);
  return toNano(usd) === null ? null : usd;
}

function numberIn(tree: Tree): number | null {
  return tree.kind === 'scalar' && typeof tree.value === 'number' ? tree.value : null;
}

function countIn(tree: Tree): number | null {
  return tree.kind === 'scalar' ? parseCount(textOf(tree)) : null;
}
