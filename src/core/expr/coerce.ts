/** How GitHub turns values into numbers, texts and truth, and compares them. Knows no nodes. */
import { isList, type Value } from './value.ts';

/** Truth of a value: all but null, false, 0, NaN and the empty text. A secret is never empty. */
export function isTruthy(value: Value): boolean {
  return !(value === null || value === false || value === 0 || value === '' || Number.isNaN(value));
}

/** The number of a value; NaN for what has none. Texts are trimmed; empty is 0; `0x` and `0o` are understood. */
export function toNumber(value: Value): number {
  if (value === null) return 0;
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string') return Number.NaN;
  // JavaScript also reads binary and upper-case prefixes, which GitHub does not.
  return /^\s*0[bBXO]/.test(value) ? Number.NaN : Number(value);
}

/**
 * The text of a value as `format` and `join` write it. Integers are exact; other numbers have 15 digits, as GitHub
 * writes them. Lists and objects are the words "Array" and "Object".
 */
export function toText(value: Value): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberToText(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  return isList(value) ? 'Array' : 'Object';
}

function numberToText(value: number): string {
  // String(-0) is '0', which is what GitHub writes too.
  return Number.isInteger(value) || !Number.isFinite(value) ? String(value) : String(Number(value.toPrecision(15)));
}

export function isPrimitive(value: Value): value is null | boolean | number | string {
  return value === null || typeof value !== 'object';
}

/** `==`: texts without regard to case, lists and objects by identity, other kinds as numbers. A secret is `==` to no text. */
export function looselyEqual(left: Value, right: Value): boolean {
  if (typeof left === 'string' && typeof right === 'string') return left === right || upper(left) === upper(right);
  // Lists and objects have no number, and NaN is equal to nothing.
  return left === right || toNumber(left) === toNumber(right);
}

/** `>`: texts without regard to case, other primitives as numbers, false for lists and objects. */
export function isGreater(left: Value, right: Value): boolean {
  if (typeof left === 'string' && typeof right === 'string') return upper(left) > upper(right);
  return toNumber(left) > toNumber(right);
}

/**
 * Upper case letter by letter, by which texts are compared: 'ß' stays itself, since its upper case is two letters, and
 * so do the letters whose upper case would be plain ASCII ('ı' is not 'I'). The same on every machine.
 */
export function upper(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is all of ASCII.
  if (/^[\0-\x7f]*$/.test(text)) return text.toUpperCase();
  return text.replace(/[a-z]+|[^\0-\x7f]/g, (letters) => {
    const raised = letters.toUpperCase();
    const isSimple = letters.charCodeAt(0) < 0x80 || (raised.length === 1 && raised.charCodeAt(0) >= 0x80);
    return isSimple ? raised : letters;
  });
}
