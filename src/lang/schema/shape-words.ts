/** Puts what a validator found into words. Knows the schema's words, not where the part stands in the file. */
import type { Code } from '../../core/diagnostic/catalog.ts';
import type { MapEntry, Range, Tree } from '../../core/document.ts';
import { nearest } from '../../core/nearest.ts';
import { PLACES, type PlaceWords, type ShapeError } from '../generated/schemas.js';
import { FAMILIAR_KEYS, RESERVED_KEYS } from './reserved-keys.ts';
import { caretRange, type ShapePlace } from './shape-place.ts';

/** A problem in words; the checker adds the file. */
export interface ShapeProblem {
  readonly code: Code;
  readonly message: string;
  readonly range: Range;
  readonly label?: string;
  readonly hint?: string;
  readonly related?: { readonly message: string; readonly range: Range };
}

/** What to say of an error; null when another one, or another check, says it. */
export function describe(error: ShapeError, place: ShapePlace): ShapeProblem | null {
  const where = error.parentSchema?.$comment ?? '';
  // The name of a key is reported once, by `propertyNames` itself.
  if (error.propertyName !== undefined && error.keyword !== 'propertyNames') return null;
  switch (error.keyword) {
    case 'additionalProperties':
      return describeKey(String(error.params.additionalProperty), place, where);
    case 'required':
      return describeMissing(String(error.params.missingProperty), place, where);
    case 'propertyNames':
      return describeName(String(error.params.propertyName), place, where);
    case 'type':
      return describeType(error, place, where);
    case 'enum':
      return describeEnum(error.params.allowedValues, place);
    case 'if':
      return null;
    default:
      return describeBound(error, place, where);
  }
}

function describeKey(key: string, place: ShapePlace, where: string): ShapeProblem {
  const entry = place.tree.kind === 'map' ? place.tree.entries.find((one) => one.key === key) : undefined;
  const range = entry?.keyRange ?? caretRange(place);
  const feature = at(RESERVED_KEYS, where, key);
  if (feature !== undefined) {
    const message = `\`${key}\` is not built yet: it comes with ${feature}.`;
    return {
      code: 'DOC_NOT_BUILT',
      message,
      range,
      label: 'not built yet',
      hint: 'Remove the key, or use a version of giga that has it.',
    };
  }
  const keys = PLACES[where]?.keys ?? [];
  const instead = at(FAMILIAR_KEYS, where, key);
  const similar = nearest(key, keys);
  const hint =
    entry !== undefined && isPieceOfText(entry)
      ? 'Inside `{ }` a comma begins the next key: quote a text that holds one.'
      : instead !== undefined
        ? `In giga this is ${instead}.`
        : similar !== null
          ? `a key with a similar name exists: \`${similar}\``
          : `The keys here are ${listed(keys)}.`;
  return {
    code: 'DOC_UNKNOWN_KEY',
    message: `There is no key \`${key}\` ${inside(place, where)}.`,
    range,
    label: 'unknown key',
    hint,
  };
}

/** In `{ text: one, two }` YAML takes `two` for a key without a value; not even a colon stands behind it. */
function isPieceOfText({ keyRange, value }: MapEntry): boolean {
  return value.kind === 'scalar' && value.source === '' && value.range[0] <= keyRange[1];
}

/** The inner value for two keys of a table; names from a document never reach a prototype. */
function at(
  table: Readonly<Record<string, Readonly<Record<string, string>>>>,
  outer: string,
  inner: string,
): string | undefined {
  const words = table[outer];
  return words !== undefined && Object.hasOwn(words, inner) ? words[inner] : undefined;
}

function inside(place: ShapePlace, where: string): string {
  const title = PLACES[where]?.title.replace(/ \(action\)$/, '').toLowerCase() ?? 'map';
  if (where.endsWith('/definitions/step')) return 'in a step';
  if (place.name === '') return `at the top level of a ${title}`;
  return `in \`${place.name}\``;
}

function describeMissing(key: string, place: ShapePlace, where: string): ShapeProblem | null {
  const range = caretRange(place);
  const known = PLACES[where]?.keys;
  // An unknown key beside it is most likely the one that is missing, and has a diagnostic of its own.
  if (place.tree.kind === 'map' && known !== undefined) {
    const others = place.tree.entries.filter((entry) => !known.includes(entry.key));
    if (others.some((entry) => place.name !== '' || at(RESERVED_KEYS, where, entry.key) === undefined)) return null;
  }
  if (place.name === '') {
    const hint = key === 'steps' ? 'Add `steps:` with a list or a map of steps.' : `Add \`${key}:\`.`;
    return { code: 'DOC_MISSING_KEY', message: `The document has no \`${key}\`.`, range, hint };
  }
  const message = `\`${place.name}\` needs the key \`${key}\`.`;
  return { code: 'DOC_MISSING_KEY', message, range, label: `\`${key}\` is missing` };
}

function describeName(name: string, place: ShapePlace, where: string): ShapeProblem {
  const entry = place.tree.kind === 'map' ? place.tree.entries.find((one) => one.key === name) : undefined;
  const range = entry?.keyRange ?? caretRange(place);
  const isVariable = where.endsWith('/env');
  const message = `\`${shorten(name)}\` cannot be ${isVariable ? 'the name of a variable' : 'the id of a step'}.`;
  const words = PLACES[`workflow.schema.json#/definitions/${isVariable ? 'variable' : 'id'}`];
  const hint = isVariable
    ? 'Names have letters, digits and `_`, and no digit first.'
    : `An id has ${words?.description ?? ''}`;
  return { code: 'DOC_BAD_VALUE', message, range, hint };
}

const KIND_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: '`true` or `false`',
  array: 'a list',
  object: 'a map',
  null: 'nothing',
};

const SCALARS = ['number', 'integer', 'boolean', 'null'];

/** What a value is, in words of a user. */
function kindOf(tree: Tree): string {
  if (tree.kind !== 'scalar') return tree.kind === 'list' ? 'a list' : 'a map';
  if (tree.value === null) return tree.source === '' ? 'empty' : `\`${tree.source}\``;
  if (typeof tree.value === 'boolean') return `\`${tree.source}\``;
  return typeof tree.value === 'number' ? 'a number' : 'a text';
}

function describeType(error: ShapeError, place: ShapePlace, where: string): ShapeProblem | null {
  const { tree } = place;
  // Empty values have a check of their own.
  if (tree.kind === 'scalar' && tree.value === null && tree.source === '') return null;
  const wanted = [error.params.type].flat().map(String);
  const range = caretRange(place);
  const label = `this is ${kindOf(tree)}`;
  if (where.endsWith('/definitions/step')) return describeStep(tree, range, label);
  if (where.endsWith('/definitions/duration') && tree.kind === 'scalar') return describeDuration(place, range);
  // Where a text may stand, numbers and booleans are taken as text.
  const kinds = wanted.includes('string') ? wanted.filter((type) => !SCALARS.includes(type)) : wanted;
  const what = listed(
    kinds.map((type) => KIND_WORDS[type] ?? type),
    ' or ',
  );
  const message = `\`${place.name}\` must be ${what}.`;
  const hint = hintOfType(wanted, tree, where);
  return { code: 'DOC_WRONG_TYPE', message, range, label, ...(hint === undefined ? {} : { hint }) };
}

function hintOfType(wanted: readonly string[], tree: Tree, where: string): string | undefined {
  if (tree.kind === 'scalar' && typeof tree.value === 'string' && wanted.includes('boolean')) {
    const word = tree.value.toLowerCase();
    if (['yes', 'on', 'y'].includes(word)) return `\`${tree.value}\` is a text in YAML 1.2: write \`true\`.`;
    if (['no', 'off', 'n'].includes(word)) return `\`${tree.value}\` is a text in YAML 1.2: write \`false\`.`;
    if (word === 'true' || word === 'false') return 'Remove the quotes.';
    if (word.includes('${{')) return 'No expression can stand here: the value must be known before the run.';
  }
  const words: PlaceWords | undefined = PLACES[where];
  return words === undefined || words.description === '' ? undefined : words.description;
}

function describeStep(tree: Tree, range: Range, label: string): ShapeProblem {
  const text = tree.kind === 'scalar' ? shorten(tree.source) : null;
  const hint = text === null ? 'A group of steps has the key `steps:`.' : `To run it, write \`run: ${text}\`.`;
  return { code: 'DOC_WRONG_TYPE', message: 'A step is a map of keys, such as `run:`.', range, label, hint };
}

function describeDuration(place: ShapePlace, range: Range): ShapeProblem {
  const source = place.tree.kind === 'scalar' ? shorten(place.tree.source) : '';
  const hint = /^\d+(?:\.\d+)?$/.test(source)
    ? `Say the unit: \`${source}s\` for seconds, \`${source}m\` for minutes.`
    : 'Write units from large to small: `500ms`, `30s`, `1h30m`.';
  return {
    code: 'DOC_BAD_VALUE',
    message: `\`${place.name}: ${source}\` is not a duration.`,
    range,
    label: 'no duration',
    hint,
  };
}

function describeEnum(allowed: unknown, place: ShapePlace): ShapeProblem {
  const words = Array.isArray(allowed) ? allowed.map(String) : [];
  const source = place.tree.kind === 'scalar' ? place.tree.source : '';
  const similar = nearest(source, words);
  const message = `\`${place.name}\` must be ${listed(
    words.map((word) => `\`${word}\``),
    ' or ',
  )}.`;
  const hint = similar === null ? {} : { hint: `a similar value exists: \`${similar}\`` };
  return { code: 'DOC_BAD_VALUE', message, range: caretRange(place), label: 'not among them', ...hint };
}

function describeBound(error: ShapeError, place: ShapePlace, where: string): ShapeProblem {
  const range = caretRange(place);
  if (where.endsWith('/definitions/duration')) return describeDuration(place, range);
  const name = `\`${place.name}\``;
  const { limit: bound, multipleOf } = error.params;
  const limit = typeof bound === 'number' ? String(bound) : String(Number(multipleOf));
  const hint = PLACES[where]?.description;
  const messages: Readonly<Record<string, string>> = {
    minimum: `${name} must be at least ${limit}.`,
    maximum: `${name} must be at most ${limit}.`,
    exclusiveMinimum: `${name} must be greater than ${limit}.`,
    minItems: `${name} is empty.`,
    minProperties: `${name} is empty.`,
    maxLength: `${name} is longer than ${limit} characters.`,
  };
  const source = place.tree.kind === 'scalar' ? `\`${shorten(place.tree.source)}\`` : 'This value';
  const message = messages[error.keyword] ?? `${source} is not allowed for ${name}.`;
  return { code: 'DOC_BAD_VALUE', message, range, ...(hint === undefined || hint === '' ? {} : { hint }) };
}

export function shorten(text: string): string {
  const line = text.split('\n', 1)[0] ?? '';
  return line.length > 40 || line.length < text.length ? `${line.slice(0, 40)}…` : line;
}

export function listed(words: readonly string[], last = ' and '): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')}${last}${words.at(-1) ?? ''}`;
}
