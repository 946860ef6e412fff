/** Finds where a key of a plugin's definition stands in its source: the last of a path of keys, each looked for behind the one before it. A guess that only shows where to look. */
import type { Position, Span } from '../core/diagnostic/diagnostic.ts';

export function placeInSource(text: string, file: string, path: readonly string[]): Span {
  let start = Math.max(0, text.indexOf('export default'));
  let length = 0;
  for (const key of path) {
    const found = nextKey(text, key, start + length);
    if (found === null) break;
    [start, length] = found;
  }
  return spanIn(text, file, start, start + length);
}

/** A stretch of a text, by offsets. */
export function spanIn(text: string, file: string, start: number, end: number): Span {
  return { file, start: positionAt(text, start), end: positionAt(text, end) };
}

/** A key as it stands in an object: `key:`, `'key':`, or `key,` of a short form. */
function nextKey(text: string, key: string, from: number): readonly [start: number, length: number] | null {
  for (let at = text.indexOf(key, from); at >= 0; at = text.indexOf(key, at + 1)) {
    const isWhole = !/[\w$]/.test(text[at - 1] ?? ' ') && !/[\w$]/.test(text[at + key.length] ?? ' ');
    if (isWhole && /^['"]?\s*[:,}]/.test(text.slice(at + key.length, at + key.length + 20))) return [at, key.length];
  }
  return null;
}

function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - (before.lastIndexOf('\n') + 1) + 1, offset };
}
