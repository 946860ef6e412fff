/** The port by which calls of models wait for their turn, so that no limit of a provider is run into. Knows no limits. */
import type { CallAsk } from './limiter.ts';
import type { Levels, Push } from './rate-lane.ts';

/** What an answer says of the limits of who gave it. */
export interface RateListener {
  hear(levels: Levels): void;
  pushBack(levels: Levels, push: Push): void;
}

/** A call that may be sent. */
export interface Turn extends RateListener {
  /** It is over; null where nobody knows what it used. Only the first time counts. */
  end(used: { readonly input: number; readonly output: number } | null): void;
}

export interface TurnTaker {
  /** First come, first served. Null when the signal was aborted first. */
  take(ask: CallAsk, signal: AbortSignal, waits: TurnWaits): Promise<Turn | null>;
}

/** Hears now and then for how long the first of those who wait does so (null: until another call is further), and how many come before. */
export type TurnWaits = (ms: number | null, before: number) => void;
