/** The prices that giga knows, with where they come from. Data only. */

/** In USD per million tokens. What a part of a cache costs is said in full: nothing is derived. */
export interface Rates {
  readonly input: number;
  readonly output: number;
  /** Written to the cache for 5 minutes, and for 1 hour. */
  readonly write5m: number;
  readonly write1h: number;
  readonly read: number;
}
/** The rates of prompts of up to so many tokens, the cached ones included. Without it: of all longer ones. */
export interface Band extends Rates {
  readonly promptUpTo?: number;
}
export interface Price {
  /** In the order of their prompts; the last one has no end. */
  readonly bands: readonly Band[];
  readonly source: string;
}

/** What holds for all of them. A batch halves input and output; what the sources do not say of caches in a batch is not assumed. */
export const PRICES_UNIT = 'USD per million tokens';
export const PRICES_READ = 'autumn 2026';
export const PRICES_SOURCES = {
  official: 'platform.claude.com/docs, about-claude/pricing and models/*/overview',
  secondary: 'release notes of two open price tables of 2026-10 that cite the official page',
} as const;

export const PRICES: Readonly<Record<string, Price>> = {
  'claude-fable-5-1': one([10, 50, 12.5, 20, 0.25], 'official'),
  'claude-fable-5': one([10, 50, 12.5, 20, 1], 'official'),
  'claude-opus-5-5': one([4, 20, 5, 8, 0.2], 'official for input and output; the rest secondary'),
  'claude-opus-5': one([5, 25, 6.25, 10, 0.5], 'official'),
  'claude-opus-4-8': one([5, 25, 6.25, 10, 0.5], 'official'),
  'claude-opus-4-7': one([5, 25, 6.25, 10, 0.5], 'official'),
  'claude-opus-4-6': one([5, 25, 6.25, 10, 0.5], 'official'),
  'claude-opus-4-5': one([5, 25, 6.25, 10, 0.5], 'official'),
  'claude-sonnet-5-5': one([2, 10, 2.5, 4, 0.1], 'official; reads since 2026-10-07 (0.20 before) secondary'),
  'claude-sonnet-5': one([2, 10, 2.5, 4, 0.2], 'official'),
  'claude-sonnet-4-6': one([3, 15, 3.75, 6, 0.3], 'secondary'),
  'claude-sonnet-4-5': one([3, 15, 3.75, 6, 0.3], 'secondary'),
  'claude-haiku-5-5': {
    bands: [{ promptUpTo: 100_000, ...rates([0.1, 0.5, 0.125, 0.2, 0.01]) }, rates([0.5, 2.5, 0.625, 1, 0.05])],
    source: 'secondary',
  },
  'claude-haiku-4-5': one([1, 5, 1.25, 2, 0.1], 'official for input and output; the rest derived'),
};

type Five = readonly [input: number, output: number, write5m: number, write1h: number, read: number];

function one(five: Five, source: string): Price {
  return { bands: [rates(five)], source };
}

function rates([input, output, write5m, write1h, read]: Five): Rates {
  return { input, output, write5m, write1h, read };
}
