/** What was given to a plugin by `name=value`, as its schema takes it. Pure: knows no terminal. */
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import { bareObject, isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { nearest } from '../../core/nearest.ts';
import { parseInput } from '../../core/plan/inputs.ts';
import type { InputSpec } from '../../core/plan/plan.ts';
import { withDefaults } from '../../core/schema/defaults.ts';
import { validateJson } from '../../core/schema/validate.ts';

/** Which words stand for a value: `--with`, and how it is called in messages. */
export interface GivenAs {
  readonly flag: string;
  readonly what: string;
}

/** Every fault at once; on success the values with the defaults of the schema. `base` is weaker than what is given. */
export function readGiven(
  pairs: readonly string[],
  schema: JsonObject,
  as: GivenAs,
  base: JsonObject = {},
): Result<JsonObject> {
  const faults: Diagnostic[] = [];
  const given = new Map<string, Json>(Object.entries(base));
  for (const pair of pairs) {
    const read = pair.trimStart().startsWith('{') ? wholeOf(pair, as) : pairOf(pair, schema, as);
    if ('code' in read) faults.push(read);
    else for (const [name, value] of read.values) given.set(name, value);
  }
  const values = withDefaults(bareObject([...given]), schema);
  faults.push(...unknownNames(given.keys(), schema, as));
  if (faults.length === 0)
    for (const { path, message } of validateJson(values, schema)) {
      const name = path === '' ? `The ${as.what}` : `The ${as.what} \`${path}\``;
      faults.push(problem('CLI_INPUT', `${name} ${message}.`, hintOf(path, schema)));
    }
  return faults.length === 0 ? { ok: true, value: values } : { ok: false, diagnostics: faults };
}

interface Read {
  readonly values: readonly (readonly [string, Json])[];
}

function wholeOf(text: string, { flag }: GivenAs): Read | Diagnostic {
  const whole = parseInput(text, 'object')?.value;
  return whole !== undefined && isJsonObject(whole)
    ? { values: Object.entries(whole) }
    : problem('CLI_USAGE', `What ${flag} was given begins as a JSON object, and is none.`);
}

function pairOf(pair: string, schema: JsonObject, { flag, what }: GivenAs): Read | Diagnostic {
  const at = pair.indexOf('=');
  if (at < 1) return problem('CLI_USAGE', `${flag} takes \`name=value\` or a JSON object; it was given "${pair}".`);
  const [name, text] = [pair.slice(0, at), pair.slice(at + 1)];
  const type = typeOf(schema, name);
  // A value that nothing is said of is JSON where it can be, as on other command lines.
  const value = type === null ? (parseInput(text, 'object')?.value ?? text) : parseInput(text, type)?.value;
  if (value !== undefined) return { values: [[name, value]] };
  const message = `The ${what} \`${name}\` must be ${type === 'integer' ? 'a whole number' : `of the type ${type}`}, and is ${JSON.stringify(text).slice(0, 60)}.`;
  return problem('CLI_INPUT', message, hintOf(name, schema));
}

const TYPES: readonly string[] = ['string', 'number', 'integer', 'boolean', 'array', 'object'];

function typeOf(schema: JsonObject, name: string): InputSpec['type'] | null {
  const type = propertyOf(schema, name)?.['type'];
  return typeof type === 'string' && TYPES.includes(type) ? (type as InputSpec['type']) : null; // one of the words above
}

function propertyOf({ properties }: JsonObject, name: string): JsonObject | null {
  if (properties === undefined || !isJsonObject(properties) || !Object.hasOwn(properties, name)) return null;
  const schema = properties[name];
  return schema !== undefined && isJsonObject(schema) ? schema : null;
}

/** A workflow refuses names that the schema does not have, unless it says that others may be there: so does this. */
function unknownNames(names: Iterable<string>, schema: JsonObject, { what }: GivenAs): readonly Diagnostic[] {
  const { properties, additionalProperties } = schema;
  if (additionalProperties !== undefined && additionalProperties !== false) return [];
  const known = properties !== undefined && isJsonObject(properties) ? Object.keys(properties) : [];
  return [...names]
    .filter((name) => !known.includes(name))
    .map((name) => {
      const similar = nearest(name, known);
      const all = known.length === 0 ? 'There are none.' : `There are: ${known.slice(0, 20).join(', ')}.`;
      const hint = similar === null ? all : `Did you mean \`${similar}\`?`;
      return problem('CLI_INPUT', `There is no ${what} \`${name.slice(0, 80)}\`.`, { hint });
    });
}

function hintOf(path: string, schema: JsonObject): { readonly hint?: string } {
  const description = propertyOf(schema, path)?.['description'];
  return typeof description === 'string' ? { hint: description } : {};
}
