/** Reads one escape sequence of a double-quoted YAML text. Knows nothing around it. */

const SHORT: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '0': '\0',
    a: '\x07',
    b: '\b',
    t: '\t',
    '\t': '\t',
    n: '\n',
    v: '\v',
    f: '\f',
    r: '\r',
    e: '\x1b',
    ' ': ' ',
    '"': '"',
    '/': '/',
    '\\': '\\',
    N: '\x85',
    _: '\xa0',
    L: '\u2028',
    P: '\u2029',
  }),
);
const DIGITS: ReadonlyMap<string, number> = new Map(Object.entries({ x: 2, u: 4, U: 8 }));

export interface Escape {
  readonly value: string;
  /** The offset behind the sequence. */
  readonly end: number;
  /** False for a sequence that YAML does not have; its value is then its text. */
  readonly valid: boolean;
}

/** Reads the sequence whose backslash stands at `at`. */
export function readEscape(text: string, at: number): Escape {
  const letter = text[at + 1] ?? '';
  const short = SHORT.get(letter);
  if (short !== undefined) return { value: short, end: at + 2, valid: true };
  const length = DIGITS.get(letter);
  if (length !== undefined) {
    const end = at + 2 + length;
    const digits = text.slice(at + 2, end);
    const point = /^[0-9a-fA-F]+$/.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
    const valid = digits.length === length && point <= 0x10ffff;
    return valid
      ? { value: String.fromCodePoint(point), end, valid }
      : { value: text.slice(at, end), end: Math.min(end, text.length), valid: false };
  }
  const line = /^\\\r?\n[ \t]*/.exec(text.slice(at, at + 4096)); // an escaped line break: nothing, with the indentation behind it
  if (line !== null) return { value: '', end: at + line[0].length, valid: true };
  return { value: text.slice(at, at + 2), end: at + 2, valid: false };
}
