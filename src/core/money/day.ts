/** The port to what all runs of a store may spend on one day. Knows no files. */
import type { Result } from '../diagnostic/diagnostic.ts';
import type { Amount } from './caps.ts';

/** Set aside of a day, until it is settled. */
export interface DayReservation {
  /** What it came to, of the day on which it was set aside. Never throws: what cannot be written stays counted at its worst case. */
  settle(spent: Amount): void;
  /** Nobody will settle it: nothing is waited for any more. */
  lose(): void;
}

export interface DayBudget {
  /**
   * Waits while what is set aside, by any process, stands in the way; refuses what cannot fit, and where days have a bound in usd what has
   * no price. Null when the signal was aborted first. Never rejects.
   */
  reserve(
    model: string,
    amount: Amount,
    isPriced: boolean,
    signal: AbortSignal,
  ): Promise<Result<DayReservation> | null>;
}
