/** What the rules of all composites share: opening and closing slots, and the end of the whole. Knows no kinds. */

import type { JsonObject } from '../json.ts';
import { known } from '../known.ts';
import type { Cause, RunEvent, StepResult } from './event.ts';
import { type Node, slotsOf } from './node.ts';
import { retryAfter } from './retry.ts';
import type { Run } from './run.ts';
import { askScopeEnd } from './scope-end.ts';
import { cancelled, START, settled, type Wish } from './wishes.ts';

export function open(node: Node, slot: number): RunEvent {
  return { type: 'scope.opened', node: node.path, slot };
}

export function closeOne(run: Run, node: Node): RunEvent | null {
  for (const scope of slotsOf(node).live.values()) if (scope.unsettled === 0) return askScopeEnd(run, node, scope);
  return null;
}

export function waitOr(node: Node, then: () => Wish): Wish {
  return slotsOf(node).live.size > 0 ? null : then();
}

export function resultOf(node: Node, slot: number): StepResult {
  return known(slotsOf(node).results[slot]).result;
}

/** Settles a composite by the result of its slots, or begins it anew where its `retry` covers a failure. */
export function finishAs(run: Run, node: Node, result: StepResult, outputs?: JsonObject): Wish {
  if (result === 'cancelled') return cancelled(node);
  if (result !== 'failed')
    return settled(node, result, { kind: 'children' }, { ...(outputs && { outputs }), ...branchOf(node) });
  const own = slotsOf(node).results.findLast((slot) => slot?.result === 'failed');
  const again = retryAfter(run, node, node.failures + 1, { error: known(own?.failure).error });
  if (again !== 'no' && again !== START) return again;
  const cause: Cause = own?.own
    ? { kind: 'error' }
    : node.failures > 0
      ? { kind: 'retries-exhausted', attempts: node.failures + 1 }
      : { kind: 'children' };
  const error = own?.own && own.failure ? { error: own.failure.error } : {};
  return settled(node, 'failed', cause, { ...(outputs && { outputs }), ...error });
}

/** What `choose` adds to the outputs of the branch it took. */
function branchOf(node: Node): { readonly outputs?: { readonly branch: number | 'else' } } {
  if (node.plan.kind !== 'choose') return {};
  const { cursor } = slotsOf(node);
  return { outputs: { branch: node.plan.conditions?.[cursor] === null ? 'else' : cursor } };
}
