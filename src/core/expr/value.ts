/** The values that expressions compute with: JSON, objects that answer lookups, secrets. Knows no syntax. */
import type { Capture, SecretText } from './ast.ts';

export type Value =
  | null
  | boolean
  | number
  | string
  | ListValue
  | ObjectValue
  | LookupObject
  | SecretValue
  | NeededValue;
export type ListValue = readonly Value[];
export interface ObjectValue {
  readonly [key: string]: Value;
}

/**
 * An object that is never built whole: the `steps` context of 10,000 steps, the `secrets`. Extend it and answer lookups.
 * `get` gives undefined for a key that does not exist; keys differ only in more than case.
 */
export abstract class LookupObject {
  abstract get(key: string): Value | undefined;
  abstract keys(): Iterable<string>;
}

/** A text of which parts are secrets. Only concatenation, `== ''` and truthiness are allowed on it. */
export class SecretValue {
  readonly parts: SecretText['secretText'];
  constructor(parts: SecretText['secretText']) {
    this.parts = parts;
  }
}

/** A value that must be captured first; reading it makes the evaluation end as `missing`. */
export class NeededValue {
  readonly capture: Capture;
  constructor(capture: Capture) {
    this.capture = capture;
  }
}

/** The kinds of values as functions, messages and `typeof` name them. */
export type ValueKind = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object' | 'secret';

export function kindOf(value: Value): ValueKind {
  if (value === null) return 'null';
  if (isList(value)) return 'array';
  if (value instanceof SecretValue) return 'secret';
  const type = typeof value;
  return type === 'boolean' || type === 'number' || type === 'string' ? type : 'object';
}

/** Array.isArray does not narrow readonly lists. */
export function isList(value: Value | undefined): value is ListValue {
  return Array.isArray(value);
}

/** An object whose keys are its own: not a lookup object, secret or list. */
export function isPlainObject(value: Value | undefined): value is ObjectValue {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof LookupObject || value instanceof SecretValue || value instanceof NeededValue)
  );
}

/** The entries of an object of any sort, in its order; none for other values. */
export function* entriesOf(value: Value): Iterable<readonly [string, Value]> {
  if (value instanceof LookupObject) {
    for (const key of value.keys()) yield [key, value.get(key) ?? null];
  } else if (isPlainObject(value)) {
    yield* Object.entries(value);
  }
}

/** Makes a lookup object of functions. */
export function lookupObject(get: (key: string) => Value | undefined, keys: () => Iterable<string>): LookupObject {
  return new (class extends LookupObject {
    get(key: string): Value | undefined {
      return get(key);
    }
    keys(): Iterable<string> {
      return keys();
    }
  })();
}

/** The value of a secret, by its name. */
export function secretValue(name: string): SecretValue {
  return new SecretValue([{ secret: name }]);
}

/** The value of a text as a Plan or an environment holds it: plain, or with secrets in it. */
export function textValue(text: string | SecretText): string | SecretValue {
  return typeof text === 'string' ? text : new SecretValue(text.secretText);
}

/**
 * Whether a value has the shape of SecretText. Evaluation never lets plain data of this shape pass as a result, so in
 * what it gives, the shape is the real thing; in other data (outputs of steps, inputs) it is not.
 */
export function isSecretText(value: unknown): value is SecretText {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'secretText')) return false;
  return 'secretText' in value && Array.isArray(value.secretText);
}

/** Joins texts and secrets to one text; plain if no secret is among them. */
export function concatenate(pieces: readonly (string | SecretValue)[]): string | SecretValue {
  const parts: (string | { readonly secret: string })[] = [];
  for (const piece of pieces) {
    for (const part of typeof piece === 'string' ? [piece] : piece.parts) {
      const last = parts.at(-1);
      if (typeof part === 'string' && typeof last === 'string') parts[parts.length - 1] = last + part;
      else if (part !== '') parts.push(part);
    }
  }
  if (parts.every((part) => typeof part === 'string')) return parts.join('');
  return new SecretValue(parts);
}
