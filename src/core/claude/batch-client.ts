/** The port by which many calls of models are sent together, at half their price, and fetched when they are done. Knows no steps. */
import type { JsonObject } from '../json.ts';
import type { AttemptError } from '../run/event.ts';
import type { ModelEnd } from './model-client.ts';

export interface BatchCall {
  /** By which its result is known: of no other call. */
  readonly id: string;
  readonly body: JsonObject;
}

export interface BatchState {
  readonly id: string;
  readonly createdMs: number;
  readonly hasEnded: boolean;
  /** Of how many calls it is, and how many of them are done. */
  readonly total: number;
  readonly done: number;
}

export type BatchReply<T> =
  | { readonly ok: true; readonly value: T }
  /** `isGone`: there is no such batch. `isUnsure`: nobody knows whether it was done. */
  | { readonly ok: false; readonly error: AttemptError; readonly isGone: boolean; readonly isUnsure: boolean };

/** Never rejects. */
export interface BatchClient {
  create(calls: readonly BatchCall[]): Promise<BatchReply<BatchState>>;
  look(batch: string): Promise<BatchReply<BatchState>>;
  /** Gives each result, in any order. */
  results(batch: string, take: (call: string, end: ModelEnd) => void): Promise<BatchReply<null>>;
  /** Those that were made since then, also by others who have the same key. */
  list(sinceMs: number): Promise<BatchReply<readonly BatchState[]>>;
  /** What is not begun is not done any more. */
  cancel(batch: string): Promise<void>;
}

/** The most that one batch takes: of the API, with room for what stands around the calls. */
export const MOST_CALLS_IN_BATCH = 100_000;
export const MOST_BYTES_IN_BATCH = 240_000_000;
