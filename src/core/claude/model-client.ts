/** The port by which steps ask a model. Bodies have the shapes of the Messages API; knows no sockets. */
import type { JsonObject } from '../json.ts';
import type { AttemptError } from '../run/event.ts';
import type { RateListener } from './turn-taker.ts';

export interface ModelUsage {
  /** Tokens that were neither read from the prompt cache nor written to it. */
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  /** Written for five minutes, and for an hour. */
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
}

export interface ModelMessage {
  readonly id: string;
  /** Who answered: mostly a dated name of the model that was asked. */
  readonly model: string;
  /** Content blocks, as they came. */
  readonly content: readonly JsonObject[];
  /** `stop_reason`: of those only some mean "finished as asked". */
  readonly stop: string | null;
  /** What the model says of a refusal. */
  readonly stopDetails?: string;
  readonly usage: ModelUsage;
}

export type ModelEnd =
  /**
   * `by`: it was not asked now, but a recorded, kept or made-up answer was taken, which costs nothing.
   * `keep`: keeps it for others that ask the same, once it is known to be what was asked for. Never throws.
   */
  | {
      readonly kind: 'answered';
      readonly message: ModelMessage;
      readonly by?: 'cassette' | 'cache' | 'fake';
      readonly keep?: () => void;
    }
  /** `isFree`: nothing was generated, so nothing is paid; else nobody knows. */
  | { readonly kind: 'failed'; readonly error: AttemptError; readonly isFree: boolean };

export interface ModelClient {
  /**
   * Never rejects. `hear` gets the text of the answer, piece by piece; '' says only that it is alive. An abort ends it at once.
   * `wanted`: the schema that the answer is held against, which the body has only in part. `rates` hears what the provider says of its limits.
   */
  send(
    body: JsonObject,
    hear: (text: string) => void,
    signal: AbortSignal,
    wanted?: JsonObject,
    rates?: RateListener,
  ): Promise<ModelEnd>;
  /** How many tokens a body has for its model; null where nobody knows. Never rejects. */
  count(body: JsonObject, signal: AbortSignal): Promise<number | null>;
}
