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
  /** Whether it takes another `temperature` than its own. */
  readonly takesTemperature: boolean;
}

/** Facts of models that are not here, or other ones: of the configuration. */
export type KnownModels = Readonly<Record<string, ModelFacts>>;

/** What is configured of models. */
export interface ModelBook {
  /** Who is asked where a step names nobody. */
  readonly usual?: string;
  readonly known?: KnownModels;
}

/** Since version 5 models refuse `temperature`, `top_p` and `top_k` with status 400. */
const WIDE: ModelFacts = { context: 1_000_000, maxOutput: 128_000, takesTemperature: false };
const OLDER: ModelFacts = { ...WIDE, takesTemperature: true };
const NARROW: ModelFacts = { context: 200_000, maxOutput: 64_000, takesTemperature: true };

const MODELS: ReadonlyMap<string, ModelFacts> = new Map(
  Object.entries({
    'claude-fable-5-1': WIDE,
    'claude-fable-5': WIDE,
    'claude-opus-5-5': WIDE,
    'claude-opus-5': WIDE,
    'claude-opus-4-8': OLDER,
    'claude-opus-4-7': OLDER,
    'claude-opus-4-6': OLDER,
    'claude-opus-4-5': OLDER,
    'claude-sonnet-5-5': WIDE,
    'claude-sonnet-5': WIDE,
    'claude-sonnet-4-6': OLDER,
    'claude-sonnet-4-5': OLDER,
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

/** Null for a model that nobody knows. */
export function factsOf(model: string, known: KnownModels = {}): ModelFacts | null {
  for (const name of [model, familyOf(model)]) if (Object.hasOwn(known, name)) return known[name] as ModelFacts; // it is there
  return MODELS.get(familyOf(model)) ?? null;
}

/** Why a model cannot be asked with a `temperature`, in words, with what to do; null where it can. */
export function temperatureFault(
  model: string,
  known: KnownModels = {},
): { readonly message: string; readonly hint: string } | null {
  const facts = factsOf(model, known);
  if (facts?.takesTemperature === true) return null;
  const all = new Map([...MODELS, ...Object.entries(known)]);
  const names = (takes: boolean) => [...all].filter(([, one]) => one.takesTemperature === takes).map(([name]) => name);
  if (facts !== null)
    return {
      message: `\`${model}\` refuses \`temperature\`, as do ${names(false)
        .filter((name) => name !== familyOf(model))
        .join(', ')}.`,
      hint: `Say how deep it thinks by \`effort\`, or ask one that takes it: ${names(true).join(', ')}.`,
    };
  return {
    message: `giga does not know whether \`${model}\` takes \`temperature\`.`,
    hint: `Say so in \`giga.yaml\`: \`models: { known: { ${model}: { context: 200k, max-output: 64k, accepts: [temperature] } } }\`.`,
  };
}

/** Tokens that a prompt may have so that an answer of `maxTokens` has room beside it; null where nobody knows. */
export function roomBeside(model: string, maxTokens: number): number | null {
  const facts = factsOf(model);
  return facts === null ? null : Math.max(1, facts.context - maxTokens);
}

export const KNOWN_MODELS: readonly string[] = [...MODELS.keys()];
