/** Checks that a JSON Schema is one that `validateJson` understands whole. A keyword that nothing checks is a fault. */

import { Budget, Halt } from '../expr/halt.ts';
import { findPattern } from '../expr/regex.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { nearest } from '../nearest.ts';
import type { Fault } from './validate.ts';

const SCHEMA_TYPES: readonly string[] = ['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'];

const MAX_DEPTH = 32;

/** What is wrong with a keyword's value, or null. */
type KeywordCheck = (value: Json) => string | null;

const isCount: KeywordCheck = (value) =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 ? null : 'must be a whole number, at least 0';
const isNumber: KeywordCheck = (value) => (typeof value === 'number' ? null : 'must be a number');
const isText: KeywordCheck = (value) => (typeof value === 'string' ? null : 'must be a text');
const isFlag: KeywordCheck = (value) => (typeof value === 'boolean' ? null : 'must be true or false');
const isAnything: KeywordCheck = () => null;
const isPattern: KeywordCheck = (value) =>
  typeof value === 'string' && !(findPattern(value, '', new Budget()) instanceof Halt)
    ? null
    : 'must be a regular expression (RE2 syntax: no look-around, no back references)';
const isNames: KeywordCheck = (value) =>
  Array.isArray(value) && value.every((one) => typeof one === 'string') ? null : 'must be a list of keys';

const KEYWORDS: ReadonlyMap<string, KeywordCheck> = new Map<string, KeywordCheck>([
  ['type', checkType],
  ['enum', (value) => (Array.isArray(value) && value.length > 0 ? null : 'must be a list of at least one value')],
  ['const', isAnything],
  ['pattern', isPattern],
  ['minLength', isCount],
  ['maxLength', isCount],
  ['minimum', isNumber],
  ['maximum', isNumber],
  ['exclusiveMinimum', isNumber],
  ['exclusiveMaximum', isNumber],
  ['multipleOf', (value) => (typeof value === 'number' && value > 0 ? null : 'must be a number above 0')],
  ['minItems', isCount],
  ['maxItems', isCount],
  ['uniqueItems', isFlag],
  ['items', isAnything],
  ['properties', isAnything],
  ['required', isNames],
  ['additionalProperties', isAnything],
  ['title', isText],
  ['description', isText],
  ['default', isAnything],
  ['examples', isAnything],
  ['$comment', isText],
  ['$schema', isText],
]);

export function checkSchema(schema: Json): readonly Fault[] {
  const faults: Fault[] = [];
  visit(faults, schema, '', 0);
  return faults;
}

function visit(faults: Fault[], schema: Json | undefined, path: string, depth: number): void {
  if (!isJsonObject(schema)) return void faults.push({ path, message: 'must be a schema: an object of keywords' });
  if (depth > MAX_DEPTH) return void faults.push({ path, message: `stands more than ${MAX_DEPTH} deep` });
  for (const [keyword, value] of Object.entries(schema)) {
    const at = path === '' ? keyword : `${path}.${keyword}`;
    const check = KEYWORDS.get(keyword);
    const message = check === undefined ? unknown(keyword) : check(value);
    if (message !== null) faults.push({ path: at, message });
  }
  visitInner(faults, schema, path === '' ? '' : `${path}.`, depth + 1);
}

function visitInner(faults: Fault[], schema: JsonObject, prefix: string, depth: number): void {
  const { items, properties, additionalProperties } = schema;
  if (items !== undefined) visit(faults, items, `${prefix}items`, depth);
  if (additionalProperties !== undefined && typeof additionalProperties !== 'boolean')
    visit(faults, additionalProperties, `${prefix}additionalProperties`, depth);
  if (properties === undefined) return;
  if (!isJsonObject(properties))
    return void faults.push({ path: `${prefix}properties`, message: 'must be a map of schemas' });
  for (const [name, inner] of Object.entries(properties)) visit(faults, inner, `${prefix}properties.${name}`, depth);
}

function checkType(value: Json): string | null {
  const names = Array.isArray(value) ? value : [value];
  const wrong = names.find((name) => typeof name !== 'string' || !SCHEMA_TYPES.includes(name));
  if (names.length > 0 && wrong === undefined) return null;
  const near = typeof wrong === 'string' ? nearest(wrong, SCHEMA_TYPES) : null;
  return `must be one of ${SCHEMA_TYPES.join(', ')}${near === null ? '' : `; did you mean \`${near}\`?`}`;
}

function unknown(keyword: string): string {
  const near = nearest(keyword, KEYWORDS.keys());
  return `is no keyword that giga checks${near === null ? '' : `; did you mean \`${near}\`?`}`;
}
