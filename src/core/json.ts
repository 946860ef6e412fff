/** Plain JSON values and their one canonical text. Knows nothing of files, plans or runs. */
import { createHash, hash } from 'node:crypto';

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
  return sha256Of(canonicalPieces(value));
}

/** The SHA-256 of a text that is there in pieces. */
export function sha256Of(pieces: readonly string[]): string {
  const whole = createHash('sha256');
  for (const piece of pieces) whole.update(piece);
  return whole.digest('hex');
}

/** Characters of a piece, or a little more. */
const PIECE = 2 ** 16;
/** A list of more members than these is large. */
const MANY = 64;

/**
 * The canonical text in pieces: that of a large value is made once, while `canonical` makes it anew for each list and object that holds
 * the largest part of it.
 */
export function canonicalPieces(value: Json): readonly string[] {
  const pieces: string[] = [];
  let open: string[] = [];
  let size = 0;
  putCanonical(value, (text) => {
    open.push(text);
    size += text.length;
    if (size < PIECE) return;
    pieces.push(open.join(''));
    open = [];
    size = 0;
  });
  return [...pieces, open.join('')];
}

function putCanonical(value: Json, put: (text: string) => void): void {
  if (Array.isArray(value)) {
    const isLarge = value.length > MANY;
    let before = '[';
    for (const member of value as readonly Json[]) {
      put(before);
      if (isLarge) put(canonical(member));
      else putCanonical(member, put);
      before = ',';
    }
    put(value.length === 0 ? '[]' : ']');
  } else if (isJsonObject(value)) {
    let before = '{';
    for (const key of Object.keys(value).toSorted()) {
      put(`${before}${JSON.stringify(key)}:`);
      putCanonical(value[key] as Json, put); // it is one of its keys
      before = ',';
    }
    put(before === '{' ? '{}' : '}');
  } else put(JSON.stringify(value));
}

/** An object without a prototype, so that keys such as `__proto__` are ordinary data. */
export function bareObject<T>(entries: Iterable<readonly [string, T]> = []): Record<string, T> {
  const object = Object.create(null) as Record<string, T>; // a prototype-free object has no type of its own
  for (const [key, value] of entries) object[key] = value;
  return object;
}

/** An object of values as `JSON.parse` makes it: with a prototype, and with `__proto__` as an ordinary key. A tenth of a bare one in size. */
export function jsonObject(entries: Iterable<readonly [string, Json]>): JsonObject {
  const object: Record<string, Json> = {};
  for (const [key, value] of entries) {
    if (key === '__proto__')
      Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
    else object[key] = value;
  }
  return object;
}

/** Marks a branch that the types say cannot be reached: reaching it is a bug in giga. */
export function unreachable(value: never): never {
  throw new Error(`Bug: unexpected ${JSON.stringify(value)}`);
}
