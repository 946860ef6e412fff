/** The keys by which the items of a fan-out are known, in paths and when a run goes on. Knows no lists. */
import { type Diagnostic, problem } from '../diagnostic/diagnostic.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import type { EachSpec, Matrix } from '../plan/plan.ts';
import type { Answer } from './evaluation.ts';
import type { Node } from './node.ts';
import { askEach } from './over-items.ts';
import type { Run } from './run.ts';

/** Keys stand in paths, and paths in every event. */
const MAX_KEY = 256;

/** One unique text for each item. */
export function keysOf(run: Run, node: Node, spec: EachSpec, items: readonly Json[]): Answer<readonly string[]> {
  if (spec.key === undefined) {
    const { from } = spec;
    // A matrix has objects as items, and nothing else.
    if (from.kind === 'matrix')
      return unique(
        node,
        items.map((item) => matrixKey(from, item as JsonObject)),
      );
    return { kind: 'value', value: ownKeys(items) ?? items.map((_, index) => String(index)) };
  }
  const answer = askEach(run, node, spec.key, items);
  if (answer.kind !== 'value') return answer;
  return unique(node, answer.value.map(keyText));
}

/** The items themselves, if all are distinct texts or numbers, or the keys of the object that they come from; else null. */
function ownKeys(items: readonly Json[]): readonly string[] | null {
  const keys = items.map((item) => keyText(isEntry(item) ? item.key : item));
  if (!keys.every((key) => key !== null && isShort(key)) || new Set(keys).size < keys.length) return null;
  return keys as readonly string[]; // none of them is null
}

function isEntry(item: Json): item is { readonly key: string; readonly value: Json } {
  return isJsonObject(item) && Object.keys(item).join() === 'key,value' && typeof item.key === 'string';
}

function keyText(value: Json): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}

function isShort(key: string): boolean {
  return key !== '' && key.length <= MAX_KEY;
}

/** `a=1,b=2`, axes first in their order. */
function matrixKey({ axes }: Matrix, item: JsonObject): string {
  const names = axes.map(([name]) => name).filter((name) => Object.hasOwn(item, name));
  const shown = names.length > 0 ? names : Object.keys(item);
  // Each of these names is one of the item.
  return shown.map((name) => `${name}=${valueText(item[name] as Json)}`).join();
}

function valueText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function unique(node: Node, keys: readonly (string | null)[]): Answer<readonly string[]> {
  const seen = new Set<string>();
  for (const [index, key] of keys.entries()) {
    if (key === null || !isShort(key)) return refused(badKey(node.path, index, key));
    if (seen.has(key)) return refused(sameKey(node.path, key));
    seen.add(key);
  }
  return { kind: 'value', value: [...seen] };
}

function refused(diagnostic: Diagnostic): Answer<never> {
  return { kind: 'error', diagnostic };
}

function badKey(path: string, index: number, key: string | null): Diagnostic {
  const what =
    key === null ? 'neither a text nor a number' : key === '' ? 'empty' : `longer than ${MAX_KEY} characters`;
  return problem('STEP_ITEM_KEY', `The key of item ${index} of step \`${path}\` is ${what}.`, {
    hint: 'Say with `key:` by which short text an item is known.',
  });
}

function sameKey(path: string, key: string): Diagnostic {
  return problem('STEP_ITEM_KEY', `Two items of step \`${path}\` have the key ${JSON.stringify(key)}.`, {
    hint: 'Say with `key:` what tells items apart, or leave out repetitions with `distinct:`.',
  });
}
