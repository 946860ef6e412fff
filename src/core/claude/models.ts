/**
 * What models take: their context, their longest answer, how deep they may be told to think. From the official pages of the Messages API,
 * autumn 2026. Knows no prices, and nothing of models that are not here: those are asked as they are named.
 */

export const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'] as const;
export type Effort = (typeof EFFORTS)[number];

export interface ModelFacts {
  /** Tokens of a conversation, question and answer together. */
  readonly context: number;
  /** Tokens of one answer. */
  readonly maxOutput: number;
}

const WIDE: ModelFacts = { context: 1_000_000, maxOutput: 128_000 };
const NARROW: ModelFacts = { context: 200_000, maxOutput: 64_000 };

const MODELS: ReadonlyMap<string, ModelFacts> = new Map(
  Object.entries({
    'claude-fable-5-1': WIDE,
    'claude-fable-5': WIDE,
    'claude-opus-5-5': WIDE,
    'claude-opus-5': WIDE,
    'claude-opus-4-8': WIDE,
    'claude-opus-4-7': WIDE,
    'claude-opus-4-6': WIDE,
    'claude-opus-4-5': WIDE,
    'claude-sonnet-5-5': WIDE,
    'claude-sonnet-5': WIDE,
    'claude-sonnet-4-6': WIDE,
    'claude-sonnet-4-5': WIDE,
    'claude-haiku-5-5': WIDE,
    'claude-haiku-4-5': NARROW,
  }),
);

/** Who is asked where neither the step nor the configuration names a model. */
export const DEFAULT_MODEL = 'claude-sonnet-5-5';
/** Tokens of an answer where the step says nothing; thinking counts. */
export const DEFAULT_MAX_TOKENS = 16_000;

/** A name without the date of its release: `claude-sonnet-4-5-20250929` is a `claude-sonnet-4-5`. */
function familyOf(model: string): string {
  return model.replace(/-\d{8}$/, '');
}

/** Null for a model that is not known here. */
export function factsOf(model: string): ModelFacts | null {
  return MODELS.get(familyOf(model)) ?? null;
}

/** Tokens that a prompt may have so that an answer of `maxTokens` has room beside it; null where nobody knows. */
export function roomBeside(model: string, maxTokens: number): number | null {
  const facts = factsOf(model);
  return facts === null ? null : Math.max(1, facts.context - maxTokens);
}

export const KNOWN_MODELS: readonly string[] = [...MODELS.keys()];
