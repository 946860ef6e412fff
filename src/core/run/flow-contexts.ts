/** The contexts of what is done many times: `loop`, `item`, `index`, `matrix`, and names given with `as`. Knows scopes, no rules. */
import type { Value } from '../expr/value.ts';
import type { Json, JsonObject } from '../json.ts';
import type { EachSpec } from '../plan/plan.ts';
import { isEdge } from './home.ts';
import type { Node, ShownItems, SlotResult } from './node.ts';
import type { Scene } from './scene.ts';
import type { Failure, Scope } from './scope.ts';

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
  return { iteration: number, last: last === null ? null : { outputs: last.outputs, result: last.result } };
}

function iterationAround(from: Scope | null): Iteration | null {
  for (let scope = from; scope !== null; scope = scope.owner.scope) {
    if (isEdge(scope)) return null;
    if (scope.owner.plan.kind !== 'loop' || scope.slot < 0) continue;
    return { number: scope.slot + 1, last: scope.owner.slots?.results[scope.slot - 1] ?? null };
  }
  return null;
}

export interface ItemAt {
  readonly value: Json;
  /** From 0. */
  readonly index: number;
}

/** The item of the innermost fan-out around that gives a context this name. */
export function itemContext(scene: Scene, name: string): Value | undefined {
  const own = 'each' in scene.node.plan ? scene.node.plan.each : undefined;
  if (scene.item !== undefined && own !== undefined) {
    const value = named(own, scene.item, name);
    if (value !== undefined) return value;
  }
  for (let scope = scene.from; scope !== null; scope = scope.owner.scope) {
    if (isEdge(scope)) return undefined;
    const { plan, slots } = scope.owner;
    if (plan.kind !== 'each' || plan.each === undefined || !slots?.items || scope.slot < 0) continue;
    // Every item has its slot.
    const value = named(plan.each, { value: slots.items.values[scope.slot] as Json, index: scope.slot }, name);
    if (value !== undefined) return value;
  }
  return undefined;
}

function named(spec: EachSpec, { value, index }: ItemAt, name: string): Json | undefined {
  if (spec.from.kind === 'matrix') return name === 'matrix' ? value : undefined;
  if (name === 'index') return index;
  return name === 'item' || name === spec.as?.toLowerCase() ? value : undefined;
}

/** What others read of a fan-out: `outputs` and `items`, in the order of the items. */
export function shownItems({ slots }: Node): ShownItems | null {
  const items = slots?.items ?? null;
  if (slots === null || items === null) return null;
  items.shown ??= {
    outputs: items.keys.map((_, index) => outputsAt(slots.results[index])),
    // There are as many keys as items.
    items: items.keys.map((key, index) => shownItem(key, items.values[index] as Json, slots.results[index])),
  };
  return items.shown;
}

function outputsAt(slot: SlotResult | null | undefined): JsonObject | null {
  return slot?.result === 'succeeded' ? slot.outputs : null;
}

function shownItem(key: string, item: Json, slot: SlotResult | null | undefined): JsonObject {
  const error = slot?.failure ?? null;
  return {
    key,
    item,
    result: slot ? slot.result : 'cancelled', // it was never begun
    outputs: outputsAt(slot),
    error: error === null ? null : errorObject(error),
  };
}

/** The fields of `error`. */
export function errorObject({ node, error }: Failure): JsonObject {
  const { code, message, exitCode } = error;
  return { code, message, step: node, 'exit-code': exitCode ?? null };
}
