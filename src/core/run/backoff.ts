/** How long a retry waits. Knows no clock. */
import type { Retry } from '../plan/plan.ts';

/** No retry waits longer, whatever its numbers say: 30 days, in ms. */
const MAX_RETRY_DELAY_MS = 30 * 24 * 60 * 60 * 1000;

/** The delay in ms after the `failure`-th failure, from 1. */
export function retryDelay(retry: Retry, failure: number): number {
  const limit = Math.min(retry.maxDelayMs ?? MAX_RETRY_DELAY_MS, MAX_RETRY_DELAY_MS);
  return Math.min(limit, Math.round(retry.delayMs * growth(retry, failure)));
}

function growth(retry: Retry, failure: number): number {
  if (retry.delayMs === 0) return 0; // and never 0 times Infinity
  if (retry.backoff === 'linear') return failure;
  return retry.backoff === 'exponential' ? retry.factor ** (failure - 1) : 1;
}
