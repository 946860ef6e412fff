/**
 * Reads the YAML that workflows are mostly made of, some thirty times faster than the full parser, or gives up.
 *
 * It knows block lists and maps, one-line plain and quoted scalars, one-line `[ ]` and `{ }`, literal blocks and comments. At
 * anything else, and at every mistake, it gives null, and `yaml` reads the text from its beginning: so this file knows
 * no diagnostics, and whatever it accepts must be exactly what `yaml` would give (a test compares the two).
 */
import type { MapEntry, MapTree, Range, ScalarTree, Tree } from '../../core/document.ts';
import { MAX_DEPTH } from './limits.ts';
import {
  beginsPlain,
  CODE,
  type Cursor,
  hasDuplicates,
  isQuote,
  isUsableKey,
  plainScalar,
  readFlow,
  readQuoted,
  sharedKey,
} from './plain-flow.ts';

/** The map that stands in a stretch of a text, or null when the full reader must look at it. */
export function readPlainYaml(text: string, range: Range): MapTree | null {
  const cursor: Cursor = { text, end: range[1], at: range[0], column: 0, depth: 0, keys: new Map() };
  if (!findContent(cursor) || cursor.column > 0) return null;
  const tree = readMap(cursor, 0);
  return tree !== null && cursor.column === -1 ? tree : null;
}

/**
 * Moves from the end of a value to the next line with content and notes its column (-1 at the end of the text).
 * False for what only the full reader can judge: something behind the value, tabs, `\r`, document markers, directives.
 */
function nextLine(cursor: Cursor): boolean {
  const blanks = skipSpaces(cursor);
  if (cursor.at < cursor.end) {
    const code = cursor.text.charCodeAt(cursor.at);
    if (code !== CODE.newline && !(code === CODE.hash && blanks > 0)) return false;
  }
  skipLine(cursor);
  return findContent(cursor);
}

/** Moves behind the next line break. */
function skipLine(cursor: Cursor): void {
  const newline = cursor.text.indexOf('\n', cursor.at);
  cursor.at = newline === -1 || newline >= cursor.end ? cursor.end : newline + 1;
}

/** From the beginning of a line to the first content, over blank lines and comments. */
function findContent(cursor: Cursor): boolean {
  while (cursor.at < cursor.end) {
    const column = skipSpaces(cursor);
    const code = cursor.at < cursor.end ? cursor.text.charCodeAt(cursor.at) : CODE.newline;
    if (code === CODE.newline || code === CODE.hash) {
      skipLine(cursor);
    } else {
      cursor.column = column;
      return code > CODE.space && !(column === 0 && isMarker(cursor.text, cursor.at));
    }
  }
  cursor.column = -1;
  return true;
}

/** `---`, `...` or `%` at the beginning of a line. */
function isMarker(text: string, at: number): boolean {
  return text.charCodeAt(at) === CODE.percent || text.startsWith('---', at) || text.startsWith('...', at);
}

/** A block list or map in its own lines; the cursor stands at its first character. */
function readBlock(cursor: Cursor, column: number): Tree | null {
  if (cursor.depth >= MAX_DEPTH) return null;
  cursor.depth++;
  const tree = isDash(cursor) ? readList(cursor, column) : readMap(cursor, column);
  cursor.depth--;
  return tree;
}

function isDash(cursor: Cursor): boolean {
  const next = cursor.text.charCodeAt(cursor.at + 1);
  return cursor.text.charCodeAt(cursor.at) === CODE.dash && (next === CODE.space || next === CODE.newline);
}

function readList(cursor: Cursor, column: number): Tree | null {
  const start = cursor.at;
  const items: Tree[] = [];
  let end = start;
  while (cursor.column === column && isDash(cursor)) {
    cursor.at++;
    const item = readItem(cursor, column);
    if (item === null) return null;
    items.push(item);
    end = item.range[1];
  }
  return cursor.column > column ? null : { kind: 'list', range: [start, end], items: items.slice() };
}

/** What stands behind a dash: a list or map that begins on its line, a value, or lines of its own. */
function readItem(cursor: Cursor, column: number): Tree | null {
  const dash = cursor.at;
  const inner = skipSpaces(cursor) + column + 1;
  if (isDash(cursor) || (beginsKey(cursor) && isKeyAhead(cursor))) {
    cursor.column = inner;
    return readBlock(cursor, inner);
  }
  return readValue(cursor, column, dash, false);
}

/** Whether what begins here is `key:` and not a value: a colon with a blank or the line's end behind it. */
function isKeyAhead(cursor: Cursor): boolean {
  if (isQuote(cursor)) {
    const at = cursor.at;
    const isKey = readQuoted(cursor) !== null && cursor.text.charCodeAt(cursor.at) === CODE.colon;
    cursor.at = at;
    return isKey;
  }
  return endOfKey(cursor) !== -1;
}

function beginsKey(cursor: Cursor): boolean {
  return isQuote(cursor) || beginsPlain(cursor.text, cursor.at, false);
}

/** The offset of the colon that ends a plain key, -1 for none on this line. */
function endOfKey(cursor: Cursor): number {
  const { text, end } = cursor;
  for (let at = cursor.at; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === CODE.newline || code === CODE.tab) return -1;
    const next = at + 1 < end ? text.charCodeAt(at + 1) : CODE.newline;
    if (code === CODE.space && next === CODE.hash) return -1;
    if (code === CODE.colon && (next === CODE.space || next === CODE.newline)) return at;
  }
  return -1;
}

function readMap(cursor: Cursor, column: number): MapTree | null {
  const start = cursor.at;
  const entries: MapEntry[] = [];
  let end = start;
  do {
    const key = readKey(cursor);
    if (key === null) return null;
    const value = readValue(cursor, column, cursor.at, true);
    if (value === null) return null;
    entries.push({ key: sharedKey(cursor, key.source), keyRange: key.range, value });
    end = value.range[1];
  } while (cursor.column === column);
  if (cursor.column > column || hasDuplicates(entries)) return null;
  return { kind: 'map', range: [start, end], entries: entries.slice() };
}

/** A key with its colon; the cursor ends behind the colon. */
function readKey(cursor: Cursor): ScalarTree | null {
  if (!beginsKey(cursor)) return null;
  const start = cursor.at;
  let key: ScalarTree | null;
  if (isQuote(cursor)) {
    key = readQuoted(cursor);
    const next = cursor.text.charCodeAt(cursor.at + 1);
    if (cursor.text.charCodeAt(cursor.at) !== CODE.colon) return null;
    if (cursor.at + 1 < cursor.end && next !== CODE.space && next !== CODE.newline) return null;
  } else {
    const colon = endOfKey(cursor);
    if (colon === -1 || cursor.text.charCodeAt(colon - 1) === CODE.space) return null;
    key = plainScalar(cursor.text.slice(start, colon), start);
    cursor.at = colon;
  }
  cursor.at++;
  return key !== null && isUsableKey(key) ? key : null;
}

/** Moves over spaces on this line and gives their number. */
function skipSpaces(cursor: Cursor): number {
  const start = cursor.at;
  while (cursor.text.charCodeAt(cursor.at) === CODE.space && cursor.at < cursor.end) cursor.at++;
  return cursor.at - start;
}

/** The value behind a colon or a dash of a block collection at `column`. `mark` is the offset behind that colon or dash. */
function readValue(cursor: Cursor, column: number, mark: number, isOfMap: boolean): Tree | null {
  const spaces = skipSpaces(cursor);
  const code = cursor.at < cursor.end ? cursor.text.charCodeAt(cursor.at) : CODE.newline;
  if (code === CODE.newline || (code === CODE.hash && cursor.at > mark))
    return readBelow(cursor, column, mark, isOfMap);
  if (spaces === 0 && isOfMap) return null;
  const value = readInline(cursor, column, code);
  return value !== null && nextLine(cursor) ? value : null;
}

/** The value on the lines below its key or dash, or the empty value. */
function readBelow(cursor: Cursor, column: number, mark: number, isOfMap: boolean): Tree | null {
  if (!nextLine(cursor)) return null;
  const isListOfKey = isOfMap && cursor.column === column && isDash(cursor);
  if (cursor.column > column || isListOfKey) return readBlock(cursor, cursor.column);
  return { kind: 'scalar', range: [mark, mark], value: null, source: '', style: 'plain' };
}

function readInline(cursor: Cursor, column: number, code: number): Tree | null {
  if (code === CODE.openList || code === CODE.openMap) return readFlow(cursor);
  if (code === CODE.quote || code === CODE.apostrophe) return readQuoted(cursor);
  if (code === CODE.pipe) return readLiteral(cursor, column);
  return readPlain(cursor);
}

/** An unquoted text up to the end of its line or ` #`. */
function readPlain(cursor: Cursor): ScalarTree | null {
  const { text, at: start, end } = cursor;
  if (!beginsPlain(text, start, false)) return null;
  let at = start;
  for (; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === CODE.newline) break;
    const next = at + 1 < end ? text.charCodeAt(at + 1) : CODE.newline;
    if (code === CODE.tab || code === 0x0d || (code === CODE.colon && next <= CODE.space)) return null;
    if (code === CODE.space && next === CODE.hash) break;
  }
  while (text.charCodeAt(at - 1) === CODE.space) at--;
  cursor.at = at;
  return plainScalar(text.slice(start, at), start);
}

/** A literal block `|`, `|-` or `|+`, indented by spaces deeper than `column`. */
function readLiteral(cursor: Cursor, column: number): ScalarTree | null {
  const { text, at: start, end } = cursor;
  const chomp = text[start + 1] === '-' || text[start + 1] === '+' ? text[start + 1] : '';
  const header = start + 1 + (chomp === '' ? 0 : 1);
  if (text.charCodeAt(header) !== CODE.newline || header + 1 >= end) return null;
  const lines: string[] = [];
  let indent = -1;
  let lastEnd = header;
  let kept = 0;
  let at = header + 1;
  while (at < end) {
    const newline = text.indexOf('\n', at);
    const stop = newline === -1 || newline > end ? end : newline;
    let content = at;
    while (content < stop && text.charCodeAt(content) === CODE.space) content++;
    const depth = content - at;
    if (content === stop) {
      // Blank lines that are indented, and those before the first line of content, have rules of their own.
      if (depth > 0 || indent === -1 || stop === end) return null;
      lines.push('');
    } else {
      if (text.charCodeAt(content) === CODE.tab || text.charCodeAt(stop - 1) === 0x0d) return null;
      if (indent === -1) indent = depth;
      if (depth < indent) {
        if (depth > column || indent <= column) return null;
        break;
      }
      lines.push(text.slice(at + indent, stop));
      lastEnd = stop;
      kept = lines.length;
    }
    at = stop + 1;
  }
  if (indent <= column || kept === 0 || (chomp === '+' && kept < lines.length)) return null;
  const lastBreak = chomp === '-' ? '' : '\n';
  const value = lines.slice(0, kept).join('\n') + lastBreak;
  cursor.at = lastEnd;
  return { kind: 'scalar', range: [start, lastEnd], value, source: value, style: 'literal' };
}
