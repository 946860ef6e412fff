/** Reads scalars and `[ ]`, `{ }` collections of plain-yaml.ts: what stands on one line or in brackets. Gives up (null) on all that is rare. */
import type { MapEntry, ScalarTree, Tree } from '../../core/document.ts';
import { MAX_DEPTH } from './limits.ts';
import { resolvePlain } from './resolve-plain.ts';

/** Where the reader stands. `column` is that of the next content line, -1 at the end; see `nextLine` in plain-yaml.ts. */
export interface Cursor {
  readonly text: string;
  readonly end: number;
  at: number;
  column: number;
  depth: number;
  /** Keys that were read, each as one text: those of a large document are the same few again and again. */
  readonly keys: Map<string, string>;
}

/** More different keys than these are not of the language but names, which come once. */
const MAX_SHARED_KEYS = 256;

/** The one text for all keys that read alike. */
export function sharedKey({ keys }: Cursor, key: string): string {
  const known = keys.get(key);
  if (known !== undefined) return known;
  if (keys.size < MAX_SHARED_KEYS) keys.set(key, key);
  return key;
}

export const CODE = {
  tab: 0x09,
  newline: 0x0a,
  space: 0x20,
  quote: 0x22,
  hash: 0x23,
  apostrophe: 0x27,
  comma: 0x2c,
  dash: 0x2d,
  colon: 0x3a,
  question: 0x3f,
  openList: 0x5b,
  backslash: 0x5c,
  closeList: 0x5d,
  pipe: 0x7c,
  openMap: 0x7b,
  closeMap: 0x7d,
  percent: 0x25,
} as const;

/** Characters that a plain scalar may not begin with, those that depend on the next one apart. */
const INDICATORS = new Set(Array.from(',[]{}#&*!|>\'"%@`', (char) => char.charCodeAt(0)));

/** Whether a plain scalar can begin at `at`: `-`, `?` and `:` only with something behind them. */
export function beginsPlain(text: string, at: number, inFlow: boolean): boolean {
  const code = text.charCodeAt(at);
  if (code !== CODE.dash && code !== CODE.question && code !== CODE.colon)
    return !INDICATORS.has(code) && code > CODE.space;
  const next = text.charCodeAt(at + 1);
  return next > CODE.space && !(inFlow && isFlowIndicator(next));
}

function isFlowIndicator(code: number): boolean {
  return (
    code === CODE.comma ||
    code === CODE.openList ||
    code === CODE.closeList ||
    code === CODE.openMap ||
    code === CODE.closeMap
  );
}

/** A scalar from the source of an unquoted word. Null for numbers that JSON does not have: the full reader says so. */
export function plainScalar(source: string, start: number): ScalarTree | null {
  const value = resolvePlain(source);
  if (typeof value === 'number' && !Number.isFinite(value)) return null;
  return { kind: 'scalar', range: [start, start + source.length], value, source, style: 'plain' };
}

/** A quoted scalar on one line, without escapes but `''`. */
export function readQuoted(cursor: Cursor): ScalarTree | null {
  const { text, at: start, end } = cursor;
  const quote = text.charCodeAt(start);
  let at = start + 1;
  let isDoubled = false;
  for (; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === CODE.newline || (code === CODE.backslash && quote === CODE.quote)) return null;
    if (code !== quote) continue;
    if (quote === CODE.quote || text.charCodeAt(at + 1) !== quote) break;
    isDoubled = true;
    at++;
  }
  if (at >= end) return null;
  const inner = text.slice(start + 1, at);
  const value = isDoubled ? inner.replaceAll("''", "'") : inner;
  cursor.at = at + 1;
  const style = quote === CODE.quote ? 'double' : 'single';
  return { kind: 'scalar', range: [start, at + 1], value, source: value, style };
}

/** Moves over blanks and line breaks inside brackets. False for what the full reader must judge: comments, tabs, indentation of less than two. */
function skipInFlow(cursor: Cursor): boolean {
  const { text, end } = cursor;
  while (cursor.at < end) {
    const code = text.charCodeAt(cursor.at);
    if (code === CODE.newline) return false;
    if (code !== CODE.space) return code !== CODE.tab && code !== CODE.hash;
    cursor.at++;
  }
  return false;
}

/** A value inside brackets. */
function readFlowValue(cursor: Cursor): Tree | null {
  const code = cursor.text.charCodeAt(cursor.at);
  if (code === CODE.openList || code === CODE.openMap) return readFlow(cursor);
  if (code === CODE.quote || code === CODE.apostrophe) return readQuoted(cursor);
  return readFlowPlain(cursor);
}

/** An unquoted word inside brackets, up to `,`, a bracket, or `: `. */
function readFlowPlain(cursor: Cursor): ScalarTree | null {
  const { text, at: start, end } = cursor;
  if (!beginsPlain(text, start, true)) return null;
  let at = start;
  for (; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === CODE.newline || code === CODE.tab || code === CODE.openList || code === CODE.openMap) return null;
    if (code === CODE.comma || code === CODE.closeList || code === CODE.closeMap) break;
    const next = text.charCodeAt(at + 1);
    if (code === CODE.space && next === CODE.hash) return null;
    if (code !== CODE.colon) continue;
    if (next === CODE.space) break;
    if (next <= CODE.space || isFlowIndicator(next)) return null;
  }
  let stop = at;
  while (text.charCodeAt(stop - 1) === CODE.space) stop--;
  cursor.at = at;
  return plainScalar(text.slice(start, stop), start);
}

/** A `[ ]` or `{ }` on one line. */
export function readFlow(cursor: Cursor): Tree | null {
  if (cursor.depth >= MAX_DEPTH) return null;
  cursor.depth++;
  const tree = cursor.text.charCodeAt(cursor.at) === CODE.openList ? readFlowList(cursor) : readFlowMap(cursor);
  cursor.depth--;
  return tree;
}

/** A list that has grown has room for more: `slice()` gives one of its size, which halves a large document. */
function readFlowList(cursor: Cursor): Tree | null {
  const start = cursor.at++;
  const items: Tree[] = [];
  for (;;) {
    if (!skipInFlow(cursor)) return null;
    if (cursor.text.charCodeAt(cursor.at) === CODE.closeList) break;
    const item = readFlowValue(cursor);
    if (item === null || !skipInFlow(cursor)) return null;
    items.push(item);
    const code = cursor.text.charCodeAt(cursor.at);
    if (code === CODE.closeList) break;
    if (code !== CODE.comma) return null;
    cursor.at++;
  }
  return { kind: 'list', range: [start, ++cursor.at], items: items.slice() };
}

function readFlowMap(cursor: Cursor): Tree | null {
  const { text } = cursor;
  const start = cursor.at++;
  const entries: MapEntry[] = [];
  for (;;) {
    if (!skipInFlow(cursor)) return null;
    if (text.charCodeAt(cursor.at) === CODE.closeMap) break;
    const entry = readFlowEntry(cursor);
    if (entry === null || !skipInFlow(cursor)) return null;
    entries.push(entry);
    const code = text.charCodeAt(cursor.at);
    if (code === CODE.closeMap) break;
    if (code !== CODE.comma) return null;
    cursor.at++;
  }
  return hasDuplicates(entries) ? null : { kind: 'map', range: [start, ++cursor.at], entries: entries.slice() };
}

function readFlowEntry(cursor: Cursor): MapEntry | null {
  const key = isQuote(cursor) ? readQuoted(cursor) : readFlowPlain(cursor);
  if (key === null || !isUsableKey(key)) return null;
  // Both the colon and a blank behind it are wanted: `{a:1}` is one word to YAML, and `{a: }` is left to the full reader.
  if (cursor.text.charCodeAt(cursor.at) !== CODE.colon || cursor.text.charCodeAt(cursor.at + 1) !== CODE.space)
    return null;
  cursor.at++;
  if (!skipInFlow(cursor)) return null;
  const value = readFlowValue(cursor);
  return value === null ? null : { key: sharedKey(cursor, key.source), keyRange: key.range, value };
}

export function isQuote(cursor: Cursor): boolean {
  const code = cursor.text.charCodeAt(cursor.at);
  return code === CODE.quote || code === CODE.apostrophe;
}

/** Whether a key is text, no merge key, and short enough to stand before its colon. */
export function isUsableKey(key: ScalarTree): boolean {
  return (
    typeof key.value === 'string' &&
    !(key.value === '<<' && key.style === 'plain') &&
    key.range[1] - key.range[0] < 1000
  );
}

export function hasDuplicates(entries: readonly MapEntry[]): boolean {
  if (entries.length > 8) return new Set(entries.map((entry) => entry.key)).size !== entries.length;
  for (let i = 1; i < entries.length; i++) {
    for (let j = 0; j < i; j++) if (entries[i]?.key === entries[j]?.key) return true;
  }
  return false;
}
