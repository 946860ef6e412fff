/** Values to JSON and JSON text to values, within bounds. Knows no nodes. */
import { bareObject, type Json } from '../json.ts';
import { depthOfText } from '../json-depth.ts';
import { type Budget, Halt, halt } from './halt.ts';
import { entriesOf, isList, isSecretText, NeededValue, SecretValue, type Value } from './value.ts';

/** How deep lists and objects may nest. */
const MAX_VALUE_DEPTH = 200;

/** The value as plain JSON: lookup objects are built, what JSON cannot hold (NaN, Infinity) is null, -0 is 0. */
export function toJson(value: Value, budget: Budget, depth = 0): Json | Halt {
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null;
  if (typeof value === 'string') return budget.make(value.length) ?? value;
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof SecretValue) return halt('EXPR_SECRET', 'A secret cannot be part of this value.', SECRET_HINT);
  if (value instanceof NeededValue) return budget.need(value.capture);
  if (depth >= MAX_VALUE_DEPTH) return tooDeep();
  if (isList(value)) {
    const items: Json[] = [];
    const stop = budget.step(value.length) ?? budget.make(value.length * 2 * depth);
    if (stop) return stop;
    for (const item of value) {
      const json = toJson(item, budget, depth + 1);
      if (json instanceof Halt) return json;
      items.push(json);
    }
    return items;
  }
  return objectToJson(value, budget, depth);
}

const SECRET_HINT = 'Give it to a step by `secrets:`, or by `${{ secrets.NAME }}` in `env` or `run`.';

function objectToJson(
  value: Exclude<Value, null | boolean | number | string>,
  budget: Budget,
  depth: number,
): Json | Halt {
  if (isSecretText(value)) {
    return halt(
      'EXPR_RESERVED_KEY',
      'An object with the key "secretText" that holds a list cannot be used as a value.',
    );
  }
  const object = bareObject<Json>();
  for (const [key, item] of entriesOf(value)) {
    const stop = budget.step() ?? budget.make(key.length + 2 * depth);
    if (stop) return stop;
    const json = toJson(item, budget, depth + 1);
    if (json instanceof Halt) return json;
    object[key] = json;
  }
  return object;
}

/** JSON text of a value, indented by two blanks as GitHub writes it. */
export function writeJson(json: Json, budget: Budget): string | Halt {
  const written = JSON.stringify(json, null, 2);
  return budget.make(written.length) ?? written;
}

/** The value of a JSON text; its objects have no prototype. */
export function parseJson(text: string, budget: Budget): Value | Halt {
  const stop = budget.make(text.length);
  if (stop) return stop;
  // Asked before a recursive reviver walks it.
  if (depthOfText(text) > MAX_VALUE_DEPTH) return tooDeep();
  try {
    return JSON.parse(text, (_, value: Json) =>
      typeof value === 'object' && value !== null && !Array.isArray(value) ? bareObject(Object.entries(value)) : value,
    );
  } catch {
    const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
    return halt('EXPR_JSON', `\`fromJSON\` was given a text that is no JSON: ${JSON.stringify(shown)}`);
  }
}

function tooDeep(): Halt {
  return halt('EXPR_VALUE_TOO_DEEP', `A value nests deeper than ${MAX_VALUE_DEPTH} levels.`);
}
