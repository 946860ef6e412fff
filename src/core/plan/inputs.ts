/** Turns the inputs that someone gave into values of the types that the plan declares. Knows no terminal and no files. */
import { type Diagnostic, problem, type Result } from '../diagnostic/diagnostic.ts';
import { bareObject, isJsonObject, type Json, type JsonObject, unreachable } from '../json.ts';
import { depthOfText, MAX_GIVEN_DEPTH } from '../json-depth.ts';
import { nearest } from '../nearest.ts';
import { validateJson } from '../schema/validate.ts';
import type { InputSpec, Plan } from './plan.ts';

/** A value as it was given, and by what: `-i version`, `GIGA_INPUT_VERSION`, `inputs.yaml`. */
export interface GivenInput {
  /** From a command line or a variable this is text, which the input's type gives its meaning; from a file it is a value already. */
  readonly value: Json;
  readonly form: 'text' | 'value';
  readonly origin: string;
}

/** Every fault at once; on success each declared input has a value (null where it is optional and has no default). */
export function checkInputs(inputs: Plan['inputs'], given: ReadonlyMap<string, GivenInput>): Result<JsonObject> {
  const diagnostics: Diagnostic[] = [];
  for (const [name, { origin }] of given) {
    if (!Object.hasOwn(inputs, name)) diagnostics.push(unknownInput(name, origin, Object.keys(inputs)));
  }
  const values: [string, Json][] = [];
  for (const [name, spec] of Object.entries(inputs)) {
    const own = given.get(name);
    if (own === undefined && spec.required && spec.default === undefined) diagnostics.push(missingInput(name, spec));
    const value = own === undefined ? (spec.default ?? null) : readInput(diagnostics, name, spec, own);
    values.push([name, value]);
  }
  return diagnostics.length > 0 ? { ok: false, diagnostics } : { ok: true, value: bareObject(values) };
}

/** Names of the inputs that must be asked for: required, without default, and not given. */
export function missingInputs(inputs: Plan['inputs'], given: ReadonlyMap<string, GivenInput>): readonly string[] {
  return Object.entries(inputs).flatMap(([name, spec]) =>
    spec.required && spec.default === undefined && !given.has(name) ? [name] : [],
  );
}

/** The value that a text stands for under a type, or null when it stands for none. */
export function parseInput(text: string, type: InputSpec['type']): { readonly value: Json } | null {
  switch (type) {
    case 'string':
      return { value: text };
    case 'boolean':
      return text === 'true' || text === 'false' ? { value: text === 'true' } : null;
    case 'number':
    case 'integer':
      return parseNumber(text.trim());
    case 'array':
    case 'object':
      return parseJson(text);
    default:
      return unreachable(type);
  }
}

function parseNumber(text: string): { readonly value: number } | null {
  const value = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? { value } : null;
}

function parseJson(text: string): { readonly value: Json } | null {
  if (isTooDeep(text)) return null;
  try {
    return { value: withoutPrototypes(JSON.parse(text) as Json) }; // JSON.parse gives JSON
  } catch {
    return null;
  }
}

/** What nests deeper cannot be written down, and may not even be walked. */
function isTooDeep(text: string): boolean {
  return depthOfText(text) > MAX_GIVEN_DEPTH;
}

/** `JSON.parse` keeps `__proto__` as a key of its own; objects without a prototype keep it harmless when they are copied as well. */
function withoutPrototypes(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutPrototypes);
  if (!isJsonObject(value)) return value;
  return bareObject(Object.entries(value).map(([key, inner]) => [key, withoutPrototypes(inner)] as const));
}

function readInput(diagnostics: Diagnostic[], name: string, spec: InputSpec, given: GivenInput): Json {
  const read =
    given.form === 'text' && typeof given.value === 'string'
      ? parseInput(given.value, spec.type)
      : { value: given.value };
  if (read === null) {
    diagnostics.push(
      invalidInput(name, given.origin, `must be ${FORMS[spec.type]}, and ${wrongForm(spec.type, given.value)}`, spec),
    );
    return null;
  }
  for (const { path, message } of validateJson(read.value, spec.schema)) {
    diagnostics.push(
      invalidInput(path === '' ? name : `${name}.${path}`.replace('.[', '['), given.origin, message, spec),
    );
  }
  return read.value;
}

/** Only a text is none. */
function wrongForm(type: InputSpec['type'], value: Json): string {
  const isJson = type === 'array' || type === 'object';
  if (isJson && typeof value === 'string' && isTooDeep(value)) return `nests more than ${MAX_GIVEN_DEPTH} deep`;
  return `is ${JSON.stringify(value).slice(0, 60)}`;
}

const FORMS: Readonly<Record<InputSpec['type'], string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: '`true` or `false`',
  array: 'a list, written as JSON',
  object: 'an object, written as JSON',
};

function invalidInput(name: string, origin: string, message: string, spec: InputSpec): Diagnostic {
  const hint = spec.description === undefined ? {} : { hint: spec.description };
  return problem('PLAN_INPUT_INVALID', `The input \`${name}\` (${origin}) ${message}.`, hint);
}

function missingInput(name: string, spec: InputSpec): Diagnostic {
  const about = spec.description === undefined ? '' : ` It is: ${spec.description}`;
  return problem('PLAN_INPUT_MISSING', `The input \`${name}\` is required and has no value.`, {
    hint: `Give it with \`-i ${name}=VALUE\` or as the variable \`${inputVariable(name)}\`.${about}`,
  });
}

/** The environment variable by which an input can be given: `dry-run` is `GIGA_INPUT_DRY_RUN`. */
export function inputVariable(name: string): string {
  return `GIGA_INPUT_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
}

function unknownInput(name: string, origin: string, known: readonly string[]): Diagnostic {
  const near = nearest(name, known);
  const list = known.length === 0 ? 'The workflow has no inputs.' : `The inputs are: ${known.slice(0, 20).join(', ')}.`;
  return problem('PLAN_INPUT_UNKNOWN', `The workflow has no input \`${name}\` (${origin}).`, {
    hint: near === null ? list : `an input with a similar name exists: \`${near}\``,
  });
}
