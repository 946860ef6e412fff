/** What a JSON Schema leaves of the taint of a value that satisfies it. Knows keywords, no values. */
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { flat, join, listOf, member, parts, type Taint } from './taint.ts';

/** Formats whose texts cannot be a path, a host or a program of anybody's choice. */
const CLEAN_FORMATS: ReadonlySet<string> = new Set(['date', 'date-time', 'time', 'uuid']);
const CLEAN_TYPES: ReadonlySet<Json | undefined> = new Set<Json | undefined>(['number', 'integer', 'boolean', 'null']);

/** A value that was checked against the schema: what its words, patterns and types bound is clean. */
export function sift(schema: Json | undefined, taint: Taint): Taint {
  if (taint === null || !isJsonObject(schema)) return taint;
  if (isBounded(schema)) return null;
  // A pattern and a format speak of texts: what is no text satisfies them, and has members.
  if (schema['type'] === undefined && isBounded({ ...schema, type: 'string' })) return listOf(flat(taint));
  for (const one of listed(schema['allOf'])) if (sift(one, taint) === null) return null;
  const choices = listed(schema['anyOf']).length > 0 ? listed(schema['anyOf']) : listed(schema['oneOf']);
  if (choices.length > 0 && schema['type'] === undefined) return join(...choices.map((one) => sift(one, taint)));
  const types = [schema['type'] ?? 'any'].flat().filter((type) => !CLEAN_TYPES.has(type));
  if (types.length !== 1) return taint;
  if (types[0] === 'object') return siftObject(schema, taint);
  return types[0] === 'array' ? siftList(schema, taint) : taint;
}

function isBounded(schema: JsonObject): boolean {
  const { type, pattern, format } = schema;
  if (schema['const'] !== undefined || Array.isArray(schema['enum'])) return true;
  const types = [type ?? 'any'].flat();
  if (types.length > 0 && types.every((one) => CLEAN_TYPES.has(one))) return true;
  if (types.some((one) => one !== 'string' && !CLEAN_TYPES.has(one))) return false;
  if (typeof format === 'string' && CLEAN_FORMATS.has(format)) return true;
  return typeof pattern === 'string' && isWhole(pattern);
}

function siftObject(schema: JsonObject, taint: Taint): Taint {
  const properties = isJsonObject(schema['properties']) ? Object.entries(schema['properties']) : [];
  const more = schema['additionalProperties'];
  const isOpen = more !== false || schema['patternProperties'] !== undefined;
  return parts(
    properties.map(([name, one]) => [name, sift(one, member(taint, name))] as const),
    // The names of further members are anybody's, whatever is in them.
    isOpen ? flat(taint) : null,
  );
}

function siftList(schema: JsonObject, taint: Taint): Taint {
  const { items } = schema;
  return listOf(Array.isArray(items) ? flat(taint) : sift(items, flat(taint)));
}

function listed(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** Whether a pattern speaks of the whole text: a match somewhere in it leaves the rest to anybody. */
function isWhole(pattern: string): boolean {
  if (!pattern.startsWith('^') || !/(?:^|[^\\])(?:\\\\)*\$$/.test(pattern)) return false;
  let depth = 0;
  let inClass = false;
  for (let at = 0; at < pattern.length; at++) {
    const c = pattern[at];
    if (c === '\\') at++;
    else if (inClass) inClass = c !== ']';
    else if (c === '[') inClass = true;
    else if (c === '(') depth++;
    else if (c === ')') depth--;
    else if (c === '|' && depth === 0) return false;
  }
  return true;
}
