/** Values that fit a JSON Schema, made up from a seed: the same seed makes the same values, on every machine. Pure. */
import { bareObject, isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { validateJson } from '../../core/schema/validate.ts';

/** A whole number from 0 to below `n`. */
type Below = (n: number) => number;

/** Texts that are known for what they do to programs. */
const TEXTS = [
  '',
  'a',
  ' ',
  'Ada',
  '0',
  '-1',
  'null',
  '__proto__',
  'constructor',
  '../..',
  'ünï çødé',
  '👩‍👩‍👧',
  'a\nb',
  '\u0000',
  '<b>',
  '${{ x }}',
  "'; --",
  '%s',
  'x'.repeat(300),
];
const NUMBERS = [0, 1, -1, 2, 10, 255, 65_536, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, 0.5, -0.1, 1e21];
const TRIES = 20;
const DEEPEST = 5;
const MOST_ITEMS = 5;

/** So many values that fit, or fewer where the schema says what cannot be guessed. */
export function madeUp(schema: JsonObject, count: number, seed: number): readonly JsonObject[] {
  const below = chance(seed);
  const values: JsonObject[] = [];
  for (let left = count * TRIES; left > 0 && values.length < count; left--) {
    const value = valueOf(schema, below, 0);
    if (isJsonObject(value) && validateJson(value, schema).length === 0) values.push(value);
  }
  return values;
}

/** Mulberry32. */
function chance(seed: number): Below {
  let state = Math.imul(seed ^ (seed >>> 16), 0x85ebca6b);
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * n);
  };
}

function valueOf(schema: Json | undefined, below: Below, depth: number): Json {
  if (schema === undefined || !isJsonObject(schema)) return anything(below);
  const { const: only, enum: words, default: usual, anyOf, oneOf, type } = schema;
  if (only !== undefined) return only;
  if (Array.isArray(words) && words.length > 0) return words[below(words.length)] ?? null;
  if (usual !== undefined && below(4) === 0) return usual;
  const some = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : null;
  if (some !== null && some.length > 0) return valueOf(some[below(some.length)], below, depth + 1);
  const kind = Array.isArray(type) ? type[below(type.length)] : type;
  switch (kind) {
    case 'string':
      return textOf(schema, below);
    case 'integer':
    case 'number':
      return numberOf(schema, below, kind === 'integer');
    case 'boolean':
      return below(2) === 0;
    case 'null':
      return null;
    case 'array':
      return listOf(schema, below, depth);
    case 'object':
      return objectOf(schema, below, depth);
    default:
      return anything(below);
  }
}

function anything(below: Below): Json {
  const all: readonly Json[] = [null, true, 0, '', 'a', [], {}];
  return all[below(all.length)] ?? null;
}

function textOf({ minLength, maxLength, examples }: JsonObject, below: Below): string {
  const [least, most] = [numberIn(minLength, 0), numberIn(maxLength, 1_000)];
  const given = Array.isArray(examples) ? examples.filter((one): one is string => typeof one === 'string') : [];
  const all = [...TEXTS, ...given];
  const text = all[below(all.length)] ?? '';
  return Array.from(text.padEnd(Math.min(least, 1_000), 'a'))
    .slice(0, most)
    .join('');
}

function numberOf(schema: JsonObject, below: Below, isWhole: boolean): number {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const least = typeof exclusiveMinimum === 'number' ? exclusiveMinimum + 1 : numberIn(minimum, -1_000_000_000);
  const most =
    typeof exclusiveMaximum === 'number' ? exclusiveMaximum - 1 : numberIn(maximum, Math.max(1_000_000_000, least));
  const known = NUMBERS.filter((one) => one >= least && one <= most && (!isWhole || Number.isInteger(one)));
  const choices = [least, most, ...known];
  const found =
    below(2) === 0 ? (choices[below(choices.length)] ?? least) : least + below(Math.min(most - least, 1_000) + 1);
  const step = numberIn(multipleOf, 0);
  return step > 0 ? Math.round(found / step) * step : isWhole ? Math.round(found) : found;
}

function listOf({ items, minItems, maxItems }: JsonObject, below: Below, depth: number): Json {
  const least = Math.min(numberIn(minItems, 0), 100);
  const most = Math.min(numberIn(maxItems, least + MOST_ITEMS), least + MOST_ITEMS);
  const length = depth > DEEPEST ? least : least + below(most - least + 1);
  return Array.from({ length }, (_, at) => valueOf(Array.isArray(items) ? items[at] : items, below, depth + 1));
}

/** What must be there, and of the rest each one in two times. */
function objectOf({ properties, required }: JsonObject, below: Below, depth: number): JsonObject {
  const needed = Array.isArray(required) ? required : [];
  const known = properties !== undefined && isJsonObject(properties) ? Object.entries(properties) : [];
  const taken = known.filter(([name]) => needed.includes(name) || (depth <= DEEPEST && below(2) === 0));
  return bareObject(taken.map(([name, schema]) => [name, valueOf(schema, below, depth + 1)] as const));
}

function numberIn(value: Json | undefined, usual: number): number {
  return typeof value === 'number' ? value : usual;
}
