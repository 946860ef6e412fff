/** Checks that a JSON Schema is one that `validateJson` understands whole. A keyword that nothing checks is a fault. */

import { Budget, Halt } from '../expr/halt.ts';
import { findPattern } from '../expr/regex.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { nearest } from '../nearest.ts';
import { FORMAT_NAMES } from './formats.ts';
import type { Fault } from './validate.ts';

const SCHEMA_TYPES: readonly string[] = ['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'];

const MAX_DEPTH = 32;

/** Keywords whose value is a schema, a list of schemas (`items` may be either), or a map of schemas. */
const ONE_SCHEMA = ['items', 'additionalItems', 'contains', 'additionalProperties', 'propertyNames', 'not'] as const;
const SCHEMA_LISTS = ['allOf', 'anyOf', 'oneOf'] as const;
const SCHEMA_MAPS = ['properties', 'patternProperties'] as const;

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
const isFormat: KeywordCheck = (value) =>
  typeof value === 'string' && FORMAT_NAMES.includes(value) ? null : `must be one of ${FORMAT_NAMES.join(', ')}`;
const isNames: KeywordCheck = (value) =>
  Array.isArray(value) && value.every((one) => typeof one === 'string') ? null : 'must be a list of keys';

const KEYWORDS: ReadonlyMap<string, KeywordCheck> = new Map<string, KeywordCheck>([
  ['type', checkType],
  ['enum', (value) => (Array.isArray(value) && value.length > 0 ? null : 'must be a list of at least one value')],
  ['const', isAnything],
  ['pattern', isPattern],
  ['format', isFormat],
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
  ['minProperties', isCount],
  ['maxProperties', isCount],
  ['required', isNames],
  ['title', isText],
  ['description', isText],
  ['default', isAnything],
  ['examples', isAnything],
  ['$comment', isText],
  ['$schema', isText],
  // What holds schemas is checked by the walk into them.
  ...[...ONE_SCHEMA, ...SCHEMA_LISTS, ...SCHEMA_MAPS].map((name): [string, KeywordCheck] => [name, isAnything]),
]);

export function checkSchema(schema: Json): readonly Fault[] {
  const faults: Fault[] = [];
  visit(faults, schema, '', 0);
  return faults;
}

/** `true` and `false` are schemas, too: of any value, and of none. */
function visit(faults: Fault[], schema: Json | undefined, path: string, depth: number): void {
  if (typeof schema === 'boolean' && path !== '') return;
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
  for (const keyword of [...ONE_SCHEMA, ...SCHEMA_LISTS]) {
    const inner = schema[keyword];
    const isList = Array.isArray(inner) && (keyword === 'items' || isOneOf(SCHEMA_LISTS, keyword));
    if (isList) for (const [index, one] of inner.entries()) visit(faults, one, `${prefix}${keyword}[${index}]`, depth);
    else if (inner !== undefined && isOneOf(SCHEMA_LISTS, keyword))
      faults.push({ path: `${prefix}${keyword}`, message: 'must be a list of schemas' });
    else if (inner !== undefined) visit(faults, inner, `${prefix}${keyword}`, depth);
  }
  for (const keyword of SCHEMA_MAPS) {
    const inner = schema[keyword];
    if (inner === undefined) continue;
    if (!isJsonObject(inner)) faults.push({ path: `${prefix}${keyword}`, message: 'must be a map of schemas' });
    else for (const [name, one] of Object.entries(inner)) visit(faults, one, `${prefix}${keyword}.${name}`, depth);
  }
  for (const pattern of isJsonObject(schema.patternProperties) ? Object.keys(schema.patternProperties) : []) {
    const message = isPattern(pattern);
    if (message !== null) faults.push({ path: `${prefix}patternProperties.${pattern}`, message });
  }
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.includes(name);
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
