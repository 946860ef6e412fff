/** Whether and how a failed node tries again. Knows no outcomes. */
import { retryDelay } from './backoff.ts';
import type { Node } from './node.ts';
import type { Run } from './run.ts';
import { START, type Wish } from './wishes.ts';

/** What begins another attempt after the `failures`-th failure; null when there is none. */
export function retryAfter(run: Run, node: Node, failures: number): Wish {
  const { retry } = node.plan;
  if (retry === undefined || node.stop !== null || failures >= retry.attempts) return null;
  const delayMs = retryDelay(retry, failures);
  if (delayMs > 0) return { type: 'timer.started', node: node.path, op: run.lastOp + 1, purpose: 'retry', delayMs };
  return 'bodies' in node.plan ? { type: 'node.opened', node: node.path, count: node.plan.bodies.length } : START;
}
