/** Fills in what a JSON Schema says of values that are not given. Pure. */
import { isJsonObject, type Json, type JsonObject } from '../json.ts';

/** The defaults of the schema's own properties, for what is not given. */
export function withDefaults(given: JsonObject, { properties }: JsonObject): JsonObject {
  if (properties === undefined || !isJsonObject(properties)) return given;
  const defaults = Object.entries(properties).flatMap(([name, schema]): readonly (readonly [string, Json])[] => {
    const value = isJsonObject(schema) ? schema['default'] : undefined;
    return value === undefined || Object.hasOwn(given, name) ? [] : [[name, value]];
  });
  return defaults.length === 0 ? given : { ...given, ...Object.fromEntries(defaults) };
}
