/** Turns offsets of one text into lines and columns, and parts of a scalar's value into their place in the file. Knows no keys. */
import type { Position, Span } from '../../core/diagnostic/diagnostic.ts';
import type { Locator, Range, ScalarTree } from '../../core/document.ts';
import { mapScalar } from './scalar-text.ts';

/** A locator for one file's text. The table of lines is made when it is first needed: a file without problems never pays for it. */
export function makeLocator(text: string, file: string): Locator {
  let starts: readonly number[] | undefined;
  const position = (offset: number): Position => {
    starts ??= lineStarts(text);
    return positionAt(starts, text, Math.max(0, Math.min(offset, text.length)));
  };
  const span = (range: Range): Span => ({ file, start: position(range[0]), end: position(range[1]) });
  return { span, spanIn: (scalar, from, to) => span(rangeIn(text, scalar, from, to)) };
}

/** The offsets at which lines begin; a line ends with `\n`, with or without a `\r` before it. */
function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function positionAt(starts: readonly number[], text: string, offset: number): Position {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  const begin = starts[low] ?? 0;
  // A byte order mark takes no column: editors do not count it.
  const mark = low === 0 && offset > 0 && text.charCodeAt(0) === 0xfeff ? 1 : 0;
  return { line: low + 1, column: offset - begin - mark + 1, offset };
}

/** The range in the file of the units `from` to `to` of a scalar's value; the whole scalar where that cannot be told. */
function rangeIn(text: string, scalar: ScalarTree, from: number, to: number): Range {
  if (typeof scalar.value !== 'string') return scalar.range;
  const map = mapScalar(text, scalar);
  if (map === null || map.starts.length === 0) return scalar.range;
  const first = Math.max(0, Math.min(from, map.starts.length));
  const start = map.starts[first] ?? map.ends[first - 1];
  const end = to > first ? map.ends[Math.min(to, map.ends.length) - 1] : start;
  return start === undefined || end === undefined ? scalar.range : [start, Math.max(start, end)];
}
