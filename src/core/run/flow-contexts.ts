/** The contexts of what is done again: `loop`. Knows scopes, no rules. */
import type { Value } from '../expr/value.ts';
import type { SlotResult } from './node.ts';
import type { Scene } from './scene.ts';
import type { Scope } from './scope.ts';

export interface Iteration {
  /** From 1. */
  readonly number: number;
  /** The iteration before; null in the first. */
  readonly last: SlotResult | null;
}

/** `loop`: of the innermost loop around; undefined outside of any. */
export function loopValue(scene: Scene): Value | undefined {
  const iteration = scene.loop ?? iterationAround(scene.from);
  if (iteration === null) return undefined;
  const { number, last } = iteration;
  return { iteration: number, last: last === null ? null : { outputs: last.outputs, result: resultOf(last) } };
}

function iterationAround(from: Scope | null): Iteration | null {
  for (let scope = from; scope !== null; scope = scope.owner.scope) {
    if (scope.owner.plan.kind !== 'loop') continue;
    return { number: scope.slot + 1, last: scope.owner.slots?.results[scope.slot - 1] ?? null };
  }
  return null;
}

function resultOf({ result }: SlotResult): string {
  return result === 'kept' ? 'succeeded' : result;
}
