/** The least value that fits a JSON Schema, as far as its plain words go: what stands for a value that nobody gave. Knows no steps. */
import { bareObject, isJsonObject, type Json, type JsonObject } from '../../core/json.ts';

/** A number can be read from it, and a list of lines, and JSON. */
export const SAMPLE_TEXT = '1';

export function sampleOf(schema: JsonObject): Json {
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0] ?? null;
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'object':
      return sampleObject(schema);
    case 'array':
      return sampleList(schema);
    case 'number':
    case 'integer':
      return typeof schema.minimum === 'number' ? schema.minimum : 1;
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return SAMPLE_TEXT.padEnd(typeof schema.minLength === 'number' ? schema.minLength : 0, SAMPLE_TEXT);
  }
}

/** As deep as the schema is, which the compiler bounds. */
function sampleObject({ properties, required }: JsonObject): JsonObject {
  const names = Array.isArray(required) ? required.map(String) : [];
  const known = properties !== undefined && isJsonObject(properties) ? properties : {};
  return bareObject(names.map((name) => [name, sampleOf(schemaIn(known, name))]));
}

function sampleList({ items, minItems }: JsonObject): Json {
  const one = items !== undefined && isJsonObject(items) ? sampleOf(items) : SAMPLE_TEXT;
  return Array.from({ length: typeof minItems === 'number' ? Math.min(minItems, 100) : 0 }, () => one);
}

function schemaIn(properties: JsonObject, name: string): JsonObject {
  const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
  return schema !== undefined && isJsonObject(schema) ? schema : {};
}
