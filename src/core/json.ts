/** Plain JSON values and their one canonical text. Knows nothing of files, plans or runs. */
import { hash } from 'node:crypto';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Whether `value` is a JSON object: not null, not a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The canonical JSON text of a value: keys sorted by code unit, no blanks. Equal values give equal text. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const keys = Object.keys(value).toSorted();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key] as Json)}`).join(',')}}`;
}

/** The SHA-256 of a text, in lower-case hex (64 characters). */
export function sha256(text: string): string {
  return hash('sha256', text);
}

/** The SHA-256 of a value's canonical text. */
export function digest(value: Json): string {
  return sha256(canonical(value));
}

/** An object without a prototype, so that keys such as `__proto__` are ordinary data. */
export function bareObject<T>(entries: Iterable<readonly [string, T]> = []): Record<string, T> {
  const object = Object.create(null) as Record<string, T>; // a prototype-free object has no type of its own
  for (const [key, value] of entries) object[key] = value;
  return object;
}

/** Marks a branch that the types say cannot be reached: reaching it is a bug in giga. */
export function unreachable(value: never): never {
  throw new Error(`Bug: unexpected ${JSON.stringify(value)}`);
}
