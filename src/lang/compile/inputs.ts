/** Compiles `inputs:`: types, schemas and defaults, and what a profile puts in their place. Knows no values given from outside. */
import type { MapEntry, MapTree, Tree } from '../../core/document.ts';
import { bareObject, type Json, type JsonObject } from '../../core/json.ts';
import { similarHint } from '../../core/nearest.ts';
import type { InputSpec } from '../../core/plan/plan.ts';
import { checkSchema } from '../../core/schema/check.ts';
import { validateJson } from '../../core/schema/validate.ts';
import type { Compilation } from './compilation.ts';
import { flagOf } from './quantities.ts';
import { entryOf, isText, jsonOf, textOf, valueOf } from './tree.ts';

const TYPES: readonly InputSpec['type'][] = ['string', 'number', 'integer', 'boolean', 'array', 'object'];
/** Keys of an input that are no part of its schema. */
const OWN_KEYS: readonly string[] = ['required', 'default', 'description'];

export function compileInputs(
  compilation: Compilation,
  root: MapTree,
  profile: Tree | undefined,
): Readonly<Record<string, InputSpec>> {
  const tree = valueOf(root, 'inputs');
  if (tree === undefined) return bareObject();
  if (tree.kind !== 'map') {
    compilation.malformed(tree.range, '`inputs` is a map of inputs.');
    return bareObject();
  }
  const specs = bareObject(tree.entries.map((entry) => [entry.key, compileInput(compilation, entry)] as const));
  return withProfile(compilation, specs, profile);
}

function compileInput(compilation: Compilation, { key, value }: MapEntry): InputSpec {
  if (value.kind !== 'map') {
    compilation.malformed(value.range, `The input \`${key}\` is described by a map, such as \`{ type: string }\`.`);
    return { type: 'string', required: false, schema: { type: 'string' } };
  }
  const type = typeOf(compilation, value);
  const schema = schemaOf(compilation, value, type, OWN_KEYS);
  const description = valueOf(value, 'description');
  // A list under `required` is JSON Schema's: the keys that an object must have.
  const requiredTree = valueOf(value, 'required');
  const required = requiredTree?.kind === 'list' ? false : flagOf(compilation, requiredTree, 'required');
  const given = entryOf(value, 'default');
  const fallback = given === undefined ? undefined : defaultOf(compilation, key, given, type, schema);
  return {
    type,
    required,
    ...(fallback === undefined ? {} : { default: fallback }),
    ...(isText(description) ? { description: description.value } : {}),
    schema,
  };
}

function typeOf(compilation: Compilation, map: MapTree): InputSpec['type'] {
  const tree = valueOf(map, 'type');
  if (tree === undefined) return 'string';
  const type = isText(tree) ? TYPES.find((name) => name === tree.value) : undefined;
  if (type !== undefined) return type;
  const written = tree.kind === 'scalar' ? textOf(tree) : 'a list';
  compilation.error('PLAN_BAD_SCHEMA', `An input cannot be of the type \`${written}\`.`, tree.range, {
    hint: `The types are ${TYPES.join(', ')}.`,
    ...similarHint('a type', written, TYPES),
  });
  return 'string';
}

/** The JSON Schema among the keys of an input or an output, checked; keywords that are wrong are left out. */
export function schemaOf(
  compilation: Compilation,
  map: MapTree,
  type: InputSpec['type'] | null,
  ownKeys: readonly string[],
): JsonObject {
  const entries = map.entries.filter(
    ({ key, value }) => !ownKeys.includes(key) || (key === 'required' && value.kind === 'list'),
  );
  const written = bareObject(entries.map(({ key, value }) => [key, keywordOf(value, type)] as const));
  const broken = new Set<string>();
  for (const { path, message } of checkSchema(written)) {
    const keyword = path.split(/[.[]/)[0] ?? '';
    broken.add(keyword);
    const isUnknown = path === keyword && message.startsWith('is no keyword');
    // The type of an input has a message of its own, and its unknown keys have one of the check of shapes.
    if (type !== null && (keyword === 'type' || isUnknown)) continue;
    const entry = entries.find(({ key }) => key === keyword);
    compilation.error(
      'PLAN_BAD_SCHEMA',
      `\`${path}\` ${message}${message.endsWith('?') ? '' : '.'}`,
      (isUnknown ? entry?.keyRange : entry?.value.range) ?? map.range,
    );
  }
  const kept = Object.entries(written).filter(([key]) => !broken.has(key));
  return bareObject([
    ...kept.filter(([key]) => key !== 'type'),
    ...(type === null ? kept.filter(([key]) => key === 'type') : [['type', type] as const]),
  ]);
}

/** For a text input `enum: [3.10]` means the text as it stands. */
function keywordOf(tree: Tree, type: InputSpec['type'] | null): Json {
  return tree.kind === 'list' && type === 'string' ? tree.items.map((item) => asType(item, type)) : jsonOf(tree);
}

function asType(tree: Tree, type: InputSpec['type']): Json {
  const isNumber = tree.kind === 'scalar' && typeof tree.value === 'number';
  return type === 'string' && isNumber ? tree.source : jsonOf(tree);
}

function defaultOf(
  compilation: Compilation,
  name: string,
  entry: MapEntry,
  type: InputSpec['type'],
  schema: JsonObject,
): Json {
  const value = asType(entry.value, type);
  for (const { path, message } of validateJson(value, schema)) {
    compilation.error(
      'PLAN_BAD_DEFAULT',
      `The default of the input \`${name}\`${path === '' ? '' : ` at \`${path}\``} ${message}.`,
      entry.value.range,
    );
  }
  return value;
}

/** A profile's values take the place of the defaults; they must fit as well. */
function withProfile(
  compilation: Compilation,
  specs: Record<string, InputSpec>,
  profile: Tree | undefined,
): Readonly<Record<string, InputSpec>> {
  const tree = valueOf(profile, 'inputs');
  if (tree?.kind === 'map') {
    for (const entry of tree.entries) {
      const spec = Object.hasOwn(specs, entry.key) ? specs[entry.key] : undefined;
      if (spec !== undefined)
        specs[entry.key] = { ...spec, default: defaultOf(compilation, entry.key, entry, spec.type, spec.schema) };
      else {
        compilation.error(
          'PLAN_INPUT_UNKNOWN',
          `The workflow has no input \`${entry.key}\`.`,
          entry.keyRange,
          similarHint('an input', entry.key, Object.keys(specs)),
        );
      }
    }
  }
  const name = compilation.options.profile;
  const given = name === undefined ? undefined : compilation.options.config?.profiles?.[name]?.inputs;
  for (const [key, value] of Object.entries(given ?? {})) {
    const spec = Object.hasOwn(specs, key) ? specs[key] : undefined;
    // A profile of `giga.yaml` is for many workflows: what this one does not have is not for it. Its own profile is stronger.
    if (spec !== undefined && entryOf(tree, key) === undefined) specs[key] = { ...spec, default: value };
  }
  return specs;
}
