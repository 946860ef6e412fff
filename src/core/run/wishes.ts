/** The events that a node may ask for, made in one place. Knows no rules. */
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { JsonObject } from '../json.ts';
import type { Answer } from './evaluation.ts';
import type { Cause, RunEvent } from './event.ts';
import type { Node } from './node.ts';
import { keptFor } from './replan.ts';
import type { Run } from './run.ts';
import { captureFor } from './waiting.ts';

/** An action may start, once there is a free place. */
export const START = 'start';
export type Wish = RunEvent | typeof START | null;

/** The event that keeps an earlier success in the place of a new one, if there is one with this fingerprint. */
export function keptEvent(run: Run, node: Node, fingerprint: string): RunEvent | null {
  const kept = keptFor(run, node, fingerprint);
  if (kept === null) return null;
  const { outputs, attempt, endedAt } = kept;
  return settled(node, 'kept', { kind: 'kept', attempt, endedAt }, { outputs, fingerprint });
}

/** What follows when a text of a node has no value: its captures are asked for, or it fails of the error. */
export function refusal(
  run: Run,
  node: Node,
  answer: Exclude<Answer<unknown>, { readonly kind: 'value' }>,
): RunEvent | null {
  if (answer.kind === 'missing') return captureFor(run, node, answer);
  return settled(node, 'failed', { kind: 'error' }, { error: answer.diagnostic });
}

export function cancelled(node: Node): RunEvent {
  return settled(node, 'cancelled', { kind: 'cancelled', by: node.stop ?? 'user' });
}

interface SettledMore {
  readonly outputs?: JsonObject;
  readonly error?: Diagnostic;
  readonly fingerprint?: string;
}

export function settled(node: Node, result: Settled['result'], cause: Cause, more: SettledMore = {}): Settled {
  return { type: 'step.settled', node: node.path, result, cause, ...more };
}
type Settled = Extract<RunEvent, { readonly type: 'step.settled' }>;
