/** Checks a JSON value against the part of JSON Schema (draft-07) that inputs and outputs use. Knows no files; every walk is bounded by the schema's own depth. */

import { Budget, Halt } from '../expr/halt.ts';
import { findPattern } from '../expr/regex.ts';
import { canonical, isJsonObject, type Json, type JsonObject } from '../json.ts';
import { hasFormat } from './formats.ts';

/** What is wrong at `path` (`items[0].name`; '' is the value itself). The message goes on after the name of the value: `must be a number`. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

/** More faults of one value than this are not looked for. */
const MAX_FAULTS = 20;

interface Walk {
  readonly faults: Fault[];
  /** Bounds the work of all patterns together, and keeps them. */
  readonly budget: Budget;
}

/** All faults of a value, the first 20 at most. The schema is one that `checkSchema` accepts. */
export function validateJson(value: Json, schema: JsonObject): readonly Fault[] {
  const walk: Walk = { faults: [], budget: new Budget() };
  visit(walk, value, schema, '');
  return walk.faults;
}

/** The name of a value's type in JSON Schema; whole numbers are `integer`. */
function typeOfJson(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function visit(walk: Walk, value: Json, schema: Json, path: string): void {
  if (walk.faults.length >= MAX_FAULTS) return;
  const fault = (message: string): void => void walk.faults.push({ path, message });
  if (schema === false) return fault('is not allowed here');
  if (!isJsonObject(schema)) return;
  if (schema.type !== undefined && !hasType(value, schema.type)) {
    // The other rules are about values of that type: their faults would only repeat this one.
    return fault(`must be ${typeNames(schema.type)}, and is ${describe(value)}`);
  }
  if (schema.const !== undefined && !isSame(value, schema.const)) fault(`must be ${shown(schema.const)}`);
  if (Array.isArray(schema.enum) && !schema.enum.some((one: Json) => isSame(value, one))) {
    fault(`must be one of ${schema.enum.slice(0, 20).map(shown).join(', ')}, and is ${shown(value)}`);
  }
  if (typeof value === 'string') visitText(walk.budget, fault, value, schema);
  if (typeof value === 'number') visitNumber(fault, value, schema);
  if (Array.isArray(value)) visitList(walk, value, schema, path);
  else if (isJsonObject(value)) visitObject(walk, value, schema, path);
  visitCombined(walk, value, schema, path);
}

/** `allOf anyOf oneOf not`. Schemas hold no references, so that the work is bounded by the size of the schema. */
function visitCombined(walk: Walk, value: Json, { allOf, anyOf, oneOf, not }: JsonObject, path: string): void {
  const fault = (message: string): void => void walk.faults.push({ path, message });
  for (const one of listOf(allOf)) visit(walk, value, one, path);
  if (Array.isArray(anyOf) && !anyOf.some((one: Json) => fits(walk, value, one)))
    fault(`must fit one of the ${count(anyOf.length, 'schema')} of \`anyOf\`, and is ${shown(value)}`);
  const fitting = listOf(oneOf).filter((one) => fits(walk, value, one)).length;
  if (Array.isArray(oneOf) && fitting !== 1)
    fault(`must fit exactly one of the ${count(oneOf.length, 'schema')} of \`oneOf\`, and fits ${fitting}`);
  if (not !== undefined && fits(walk, value, not)) fault(`must not fit the schema of \`not\`, and is ${shown(value)}`);
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function fits({ budget }: Walk, value: Json, schema: Json): boolean {
  const tried: Walk = { faults: [], budget };
  visit(tried, value, schema, '');
  return tried.faults.length === 0;
}

function hasType(value: Json, type: Json): boolean {
  if (Array.isArray(type)) return type.some((one: Json) => hasType(value, one));
  const actual = typeOfJson(value);
  return actual === type || (type === 'number' && actual === 'integer');
}

function visitText(
  budget: Budget,
  fault: (message: string) => void,
  value: string,
  { minLength, maxLength, pattern, format }: JsonObject,
): void {
  // Lengths are counted in characters, as the standard says, not in UTF-16 units.
  const length = typeof minLength === 'number' || typeof maxLength === 'number' ? Array.from(value).length : 0;
  if (typeof minLength === 'number' && length < minLength)
    fault(`must have at least ${count(minLength, 'character')}, and has ${length}`);
  if (typeof maxLength === 'number' && length > maxLength)
    fault(`must have at most ${count(maxLength, 'character')}, and has ${length}`);
  if (typeof format === 'string' && !hasFormat(value, format))
    fault(`must have the format ${format}, and is ${shown(value)}`);
  if (typeof pattern !== 'string') return;
  const found = findPattern(pattern, value, budget);
  if (found instanceof Halt) fault(`is too large to be held against the pattern ${pattern}`);
  else if (!found) fault(`must match the pattern ${pattern}, and is ${shown(value)}`);
}

function visitNumber(fault: (message: string) => void, value: number, schema: JsonObject): void {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  if (typeof minimum === 'number' && value < minimum) fault(`must be at least ${minimum}, and is ${value}`);
  if (typeof maximum === 'number' && value > maximum) fault(`must be at most ${maximum}, and is ${value}`);
  if (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum)
    fault(`must be more than ${exclusiveMinimum}, and is ${value}`);
  if (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum)
    fault(`must be less than ${exclusiveMaximum}, and is ${value}`);
  if (typeof multipleOf === 'number' && !isMultiple(value, multipleOf))
    fault(`must be a multiple of ${multipleOf}, and is ${value}`);
}

/** 0.3 is a multiple of 0.1, although no binary fraction is. */
function isMultiple(value: number, of: number): boolean {
  const quotient = value / of;
  return Math.abs(quotient - Math.round(quotient)) <= Number.EPSILON * Math.max(1, Math.abs(quotient)) * 4;
}

function visitList(walk: Walk, value: readonly Json[], schema: JsonObject, path: string): void {
  const fault = (message: string): void => void walk.faults.push({ path, message });
  const { minItems, maxItems, items, additionalItems = true, contains } = schema;
  if (typeof minItems === 'number' && value.length < minItems)
    fault(`must have at least ${count(minItems, 'item')}, and has ${value.length}`);
  if (typeof maxItems === 'number' && value.length > maxItems)
    fault(`must have at most ${count(maxItems, 'item')}, and has ${value.length}`);
  if (schema.uniqueItems === true && new Set(value.map(canonical)).size < value.length)
    fault('must not have the same item twice');
  if (contains !== undefined && !value.some((item) => fits(walk, item, contains)))
    fault('must have an item that fits the schema of `contains`');
  if (items === undefined) return;
  for (const [index, item] of value.entries()) {
    if (walk.faults.length >= MAX_FAULTS) return;
    visit(walk, item, Array.isArray(items) ? (items[index] ?? additionalItems) : items, `${path}[${index}]`);
  }
}

function visitObject(walk: Walk, value: JsonObject, schema: JsonObject, path: string): void {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  for (const name of required) {
    if (walk.faults.length >= MAX_FAULTS) return;
    if (typeof name === 'string' && !Object.hasOwn(value, name))
      walk.faults.push({ path, message: `must have the key \`${name}\`` });
  }
  const { minProperties, maxProperties, propertyNames } = schema;
  const size = Object.keys(value).length;
  const fault = (message: string): void => void walk.faults.push({ path, message });
  if (typeof minProperties === 'number' && size < minProperties)
    fault(`must have at least ${count(minProperties, 'key')}, and has ${size}`);
  if (typeof maxProperties === 'number' && size > maxProperties)
    fault(`must have at most ${count(maxProperties, 'key')}, and has ${size}`);
  for (const [key, inner] of Object.entries(value)) {
    if (walk.faults.length >= MAX_FAULTS) return;
    const at = path === '' ? key : `${path}.${key}`;
    if (propertyNames !== undefined && !fits(walk, key, propertyNames))
      fault(`must not have a key of the name \`${key}\``);
    for (const known of schemasOf(walk, key, schema, properties)) {
      if (known === false) fault(`must not have the key \`${key}\``);
      else visit(walk, inner, known, at);
    }
  }
}

/** All that is said of the value of a key: by its name, by patterns, else by `additionalProperties`. */
function schemasOf(walk: Walk, key: string, schema: JsonObject, properties: JsonObject): readonly Json[] {
  const own = Object.hasOwn(properties, key) ? [properties[key] as Json] : [];
  const patterns = isJsonObject(schema.patternProperties) ? Object.entries(schema.patternProperties) : [];
  const matching = patterns.filter(([pattern]) => findPattern(pattern, key, walk.budget) === true);
  const said = [...own, ...matching.map(([, one]) => one)];
  return said.length > 0 ? said : [schema.additionalProperties ?? true];
}

function isSame(a: Json, b: Json): boolean {
  return canonical(a) === canonical(b);
}

function typeNames(type: Json): string {
  const names = (Array.isArray(type) ? type : [type]).map((name: Json) =>
    typeof name === 'string' ? (WITH_ARTICLE.get(name) ?? name) : '',
  );
  return names.join(' or ');
}

const WITH_ARTICLE: ReadonlyMap<string, string> = new Map([
  ['string', 'a text'],
  ['number', 'a number'],
  ['integer', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'an object'],
  ['null', 'null'],
]);

function describe(value: Json): string {
  if (Array.isArray(value)) return 'a list';
  if (isJsonObject(value)) return 'an object';
  return typeof value === 'string' ? `the text ${shown(value)}` : shown(value);
}

function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
