/** Small questions to a document's tree: a key, a text, the plain value. Knows no key of the language. */
import type { MapEntry, ScalarTree, Tree } from '../../core/document.ts';
import { type Json, jsonObject } from '../../core/json.ts';

export function entryOf(tree: Tree | null | undefined, key: string): MapEntry | undefined {
  if (tree?.kind !== 'map') return undefined;
  for (const entry of tree.entries) if (entry.key === key) return entry;
  return undefined;
}

export function valueOf(tree: Tree | null | undefined, key: string): Tree | undefined {
  return entryOf(tree, key)?.value;
}

export function isText(tree: Tree | undefined): tree is ScalarTree & { readonly value: string } {
  return tree?.kind === 'scalar' && typeof tree.value === 'string';
}

/** The text of a scalar where a text is wanted: numbers and booleans as they stand in the file, nothing for an empty value. */
export function textOf(scalar: ScalarTree): string {
  if (typeof scalar.value === 'string') return scalar.value;
  return scalar.value === null ? '' : scalar.source;
}

/** The plain value of a tree. Readers bound the depth. */
export function jsonOf(tree: Tree): Json {
  if (tree.kind === 'scalar') return tree.value;
  if (tree.kind === 'list') return tree.items.map(jsonOf);
  return jsonObject(tree.entries.map((entry) => [entry.key, jsonOf(entry.value)] as const));
}
