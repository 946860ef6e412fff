/** What a call of a model costs, and what it may cost at worst. Exact: whole nano-dollars, rounded up once a call. Knows no budget. */
import { known } from '../known.ts';
import { type Band, PRICES, type Price, type Rates } from './price-table.ts';
import { fromNano } from './usd.ts';

/** Tokens of one call, as the provider counts them. `input` is what was neither read from a cache nor written to one. */
export interface Usage {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  /** For 5 minutes. */
  readonly cacheWrite?: number;
  /** For 1 hour. */
  readonly cacheWrite1h?: number;
}

/** How a call was made, as far as its price depends on it. */
export interface CallManner {
  /** As part of a batch. */
  readonly batch?: boolean;
  /** `inference_geo`: where it has to be done. */
  readonly geo?: 'us' | 'global';
}

/** What is known of a call before it is sent. */
export interface CallExtent extends CallManner {
  /** All tokens of the prompt: counted, or estimated upwards. */
  readonly inputTokens: number;
  readonly maxTokens: number;
  /** How long what is written to the cache stays; absent where nothing is. */
  readonly cacheTtl?: '5m' | '1h';
}

/** An amount in USD; or that nobody knows the price of the model. */
export type Cost = { readonly usd: number } | 'unknown';

/** Prices by the name of their model. */
export type PriceTable = Readonly<Record<string, Price>>;

/** The prices of giga, with others beside or over them. */
export function priceTable(more: PriceTable = {}): PriceTable {
  return { ...PRICES, ...more };
}

/** The price of a model. A name with a date is one of its family; nothing else is guessed. */
export function priceOf(model: string, table: PriceTable = PRICES): Price | null {
  for (const name of [model, model.replace(/-\d{8}$/, '')]) if (Object.hasOwn(table, name)) return known(table[name]);
  return null;
}

/** What a call came to. */
export function costOf(model: string, usage: Usage, manner: CallManner = {}, table: PriceTable = PRICES): Cost {
  const price = priceOf(model, table);
  if (price === null) return 'unknown';
  const { input, output, cacheRead = 0, cacheWrite = 0, cacheWrite1h = 0 } = usage;
  const prompt = input + cacheRead + cacheWrite + cacheWrite1h;
  const rates = bandOf(price, prompt);
  const parts: readonly Part[] = [
    { tokens: input, rate: rates.input, halves: true },
    { tokens: output, rate: rates.output, halves: true },
    { tokens: cacheRead, rate: rates.read },
    { tokens: cacheWrite, rate: rates.write5m },
    { tokens: cacheWrite1h, rate: rates.write1h },
  ];
  return { usd: fromNano(nanoOf(parts, manner)) };
}

/** The most that a call can come to: every token of its prompt at the dearest rate that it can have, and all of its answer. */
export function worstCaseOf(model: string, extent: CallExtent, table: PriceTable = PRICES): Cost {
  const price = priceOf(model, table);
  if (price === null) return 'unknown';
  const { bands } = price;
  // The prompt may come out shorter, and lie in another band.
  const reached = bands.slice(0, bands.indexOf(bandOf(price, extent.inputTokens)) + 1);
  return { usd: fromNano(Math.max(...reached.map((rates) => worstIn(rates, extent)))) };
}

function worstIn(rates: Rates, extent: CallExtent): number {
  const { inputTokens: tokens, maxTokens, cacheTtl } = extent;
  const answer: Part = { tokens: maxTokens, rate: rates.output, halves: true };
  const prompts: Part[] = [{ tokens, rate: rates.input, halves: true }];
  if (cacheTtl !== undefined)
    prompts.push({ tokens, rate: cacheTtl === '1h' ? rates.write1h : rates.write5m }, { tokens, rate: rates.read });
  return Math.max(...prompts.map((prompt) => nanoOf([prompt, answer], extent)));
}

function bandOf({ bands }: Price, promptTokens: number): Band {
  return known(bands.find(({ promptUpTo = Number.POSITIVE_INFINITY }) => promptTokens <= promptUpTo)); // the last has no end
}

interface Part {
  readonly tokens: number;
  /** USD per million tokens. */
  readonly rate: number;
  /** A batch halves it. */
  readonly halves?: boolean;
}

/** A rate in nano-dollars is a whole number; the halves of batches and the tenths of places are brought in as such. */
function nanoOf(parts: readonly Part[], { batch = false, geo = 'global' }: CallManner): number {
  let twentieths = 0n;
  for (const { tokens, rate, halves = false } of parts) {
    const factor = (batch && halves ? 1n : 2n) * (geo === 'us' ? 11n : 10n);
    twentieths += BigInt(whole(tokens)) * BigInt(Math.round(rate * 1e9)) * factor;
  }
  const divisor = 20n * 1_000_000n;
  return Number((twentieths + divisor - 1n) / divisor);
}

/** Estimates may have fractions. */
function whole(tokens: number): number {
  return Math.max(0, Math.ceil(tokens));
}
