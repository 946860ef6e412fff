/** Compiles `outputs:` of steps, branches and the workflow. Knows their forms, not what is done with the values. */
import type { MapEntry, Tree } from '../../core/document.ts';
import { bareObject } from '../../core/json.ts';
import type { OutputSpec } from '../../core/plan/plan.ts';
import { schemaOf } from './inputs.ts';
import type { Place } from './place.ts';
import { deepTemplate, warnOfBareReference } from './text.ts';
import { entryOf, isText, valueOf } from './tree.ts';
import type { Scene } from './world.ts';

/** Computed outputs by name; undefined where there are none (a list only declares names). */
export function compileOutputs(
  scene: Scene,
  tree: Tree | undefined,
  place: Place,
): Readonly<Record<string, OutputSpec>> | undefined {
  if (tree === undefined || tree.kind === 'list') return undefined;
  if (tree.kind !== 'map') {
    scene.malformed(tree.range, '`outputs` is a map of names and values.');
    return undefined;
  }
  return bareObject(tree.entries.map((entry) => [entry.key, compileOutput(scene, entry, place)] as const));
}

/** `name: value`, or `name: { value, …schema }`. */
function compileOutput(scene: Scene, { value }: MapEntry, place: Place): OutputSpec {
  const long = entryOf(value, 'value');
  const tree = long?.value ?? value;
  warnOfBareReference(scene, tree);
  const template = deepTemplate(scene, tree, place);
  if (long === undefined || value.kind !== 'map') return { value: template };
  const given = schemaOf(scene, value, null, ['value', 'description']);
  // JSON Schema lets whatever is no text pass a pattern: a list would, whatever is in it.
  const schema =
    given['pattern'] !== undefined && given['type'] === undefined ? { type: ['string', 'null'], ...given } : given;
  return Object.keys(schema).length === 0 ? { value: template } : { value: template, schema };
}

/** Names that a step declares, by a list or a map; null where it has no `outputs`. */
export function declaredOutputs(tree: Tree | undefined): readonly string[] | null {
  if (tree === undefined || tree.kind === 'scalar') return null;
  if (tree.kind === 'list') return tree.items.flatMap((item) => (isText(item) ? [item.value] : []));
  return tree.entries.map((entry) => entry.key);
}

/** The declared type of an output, where its long form has one. */
export function outputType(tree: Tree | undefined, name: string): string | null {
  const type = valueOf(valueOf(tree, name), 'type');
  return isText(type) && entryOf(valueOf(tree, name), 'value') !== undefined ? type.value : null;
}
