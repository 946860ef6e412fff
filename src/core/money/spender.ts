/** The port by which a step asks whether it may spend. Knows no caps and no prices. */
import type { Result } from '../diagnostic/diagnostic.ts';
import type { Path } from '../run/event.ts';

export interface SpendAsk {
  readonly node: Path;
  readonly model: string;
  /** The worst case. */
  readonly tokens: number;
  /** Null where nobody knows the price. */
  readonly usd: number | null;
}

export interface Spent {
  readonly tokens: number;
  readonly usd: number | null;
}

export interface Reservation {
  /** What it really came to; at most once. Without it the worst case stays counted. */
  settle(spent: Spent): void;
}

/**
 * Gives leave for one call at a time. Whoever holds a reservation settles it without waiting for another one, and notes `call-reserved`
 * and `call-ended` in the journal, by which the next process knows of it.
 */
export interface Spender {
  /** Waits while open reservations stand in the way; refuses (`STEP_BUDGET`) what cannot fit. Null when the signal was aborted first. Never rejects. */
  reserve(ask: SpendAsk, signal: AbortSignal): Promise<Result<Reservation> | null>;
}
