/** Finds where each unit of a scalar's value stands in the file, through quotes, escapes, indentation and folds. Knows one scalar at a time. */
import type { ScalarTree } from '../../core/document.ts';
import { readEscape } from './escape.ts';

/** The place in the file of each UTF-16 unit of a value: unit `i` stands at `starts[i]` up to `ends[i]`. */
export interface UnitMap {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** The map of a text scalar; null where the file does not give the value back, so that a wrong place is never named. */
export function mapScalar(text: string, scalar: ScalarTree): UnitMap | null {
  const value = String(scalar.value);
  const [start, end] = scalar.range;
  const quote = scalar.style === 'single' || scalar.style === 'double' ? 1 : 0;
  if (text.slice(start + quote, end - quote) === value) return straight(start + quote, value.length);
  if (scalar.style === 'literal' || scalar.style === 'folded') return verified(readBlock(text, scalar, value), value);
  return verified(readFlow(text, start + quote, end - quote, scalar.style), value);
}

interface Draft {
  value: string;
  readonly starts: number[];
  readonly ends: number[];
}

function emptyDraft(): Draft {
  return { value: '', starts: [], ends: [] };
}

/** Appends units that all stand at one place. */
function put(draft: Draft, units: string, start: number, end: number): void {
  draft.value += units;
  for (let i = 0; i < units.length; i++) {
    draft.starts.push(start);
    draft.ends.push(end);
  }
}

/** Appends a stretch of the file as it is. */
function copy(draft: Draft, text: string, start: number, end: number): void {
  draft.value += text.slice(start, end);
  for (let at = start; at < end; at++) {
    draft.starts.push(at);
    draft.ends.push(at + 1);
  }
}

function straight(start: number, length: number): UnitMap {
  const draft = emptyDraft();
  for (let i = 0; i < length; i++) {
    draft.starts.push(start + i);
    draft.ends.push(start + i + 1);
  }
  return draft;
}

function verified(draft: Draft, value: string): UnitMap | null {
  return draft.value === value ? draft : null;
}

/** A plain or quoted scalar over one or more lines. */
function readFlow(text: string, from: number, to: number, style: ScalarTree['style']): Draft {
  const draft = emptyDraft();
  let at = from;
  while (at < to) {
    const unit = text.charAt(at);
    if (style === 'single' && unit === "'") {
      put(draft, "'", at, at + 2);
      at += 2;
    } else if (style === 'double' && unit === '\\') {
      const escape = readEscape(text, at);
      put(draft, escape.value, at, escape.end);
      at = escape.end;
    } else if (unit === ' ' || unit === '\t' || unit === '\n' || unit === '\r') {
      at = readBlanks(draft, text, at, to);
    } else {
      put(draft, unit, at, at + 1);
      at++;
    }
  }
  return draft;
}

/** Blanks as they are, or a fold: one line break is a space, each further one a break. */
function readBlanks(draft: Draft, text: string, from: number, to: number): number {
  let at = from;
  let breaks = 0;
  while (at < to && ' \t\n\r'.includes(text.charAt(at))) if (text[at++] === '\n') breaks++;
  if (breaks === 0) copy(draft, text, from, at);
  else put(draft, breaks === 1 ? ' ' : '\n'.repeat(breaks - 1), from, at);
  return at;
}

interface Line {
  readonly start: number;
  readonly end: number;
}

/** A block scalar: `|` keeps its lines, `>` folds them. */
function readBlock(text: string, scalar: ScalarTree, value: string): Draft {
  const lines = blockLines(text, scalar, value);
  const draft = emptyDraft();
  const fold = scalar.style === 'folded';
  let separator = '';
  let wasDeeper = false;
  let lastEnd = scalar.range[0];
  for (const line of lines) {
    const isEmpty = line.start === line.end;
    const isDeeper = !isEmpty && (text[line.start] === ' ' || text[line.start] === '\t');
    if (fold && isEmpty) {
      if (separator === '\n') put(draft, '\n', lastEnd, line.end);
      else separator = '\n';
    } else {
      if (fold && isDeeper && separator === ' ') separator = '\n';
      else if (fold && isDeeper && !wasDeeper && separator === '\n') separator = '\n\n';
      put(draft, separator, lastEnd, lastEnd + 1);
      copy(draft, text, line.start, line.end);
      separator = fold && !isDeeper ? ' ' : '\n';
      wasDeeper = isDeeper;
    }
    lastEnd = line.end;
  }
  // What is left of the value are the line breaks that the chomping kept.
  const rest = value.slice(draft.value.length);
  if (/^\n*$/.test(rest)) put(draft, rest, lastEnd, lastEnd + 1);
  return draft;
}

/** The lines of a block scalar without their indentation, up to its last line that is not blank. */
function blockLines(text: string, scalar: ScalarTree, value: string): readonly Line[] {
  const [from] = scalar.range;
  // The text of a fence is a block without a header.
  const header = text[from] === '|' || text[from] === '>' ? text.indexOf('\n', from) : from - 1;
  if (header < from - 1 || header >= scalar.range[1]) return [];
  const raw: Line[] = [];
  for (let start = header + 1; start < scalar.range[1]; ) {
    const newline = text.indexOf('\n', start);
    const stop = newline === -1 ? text.length : newline;
    raw.push({ start, end: text[stop - 1] === '\r' && stop > start ? stop - 1 : stop });
    start = stop + 1;
  }
  const indent = indentOf(text, raw, value);
  return raw.map(({ start, end }) => ({ start: Math.min(start + indent, end), end }));
}

/** The indentation that the value lost: that of the first line with content, less what the value kept of it. */
function indentOf(text: string, lines: readonly Line[], value: string): number {
  const first = lines.find(({ start, end }) => text.slice(start, end).trim() !== '');
  if (first === undefined) return 0;
  const inFile = /^ */.exec(text.slice(first.start, first.end))?.[0].length ?? 0;
  const kept = /^\n*( *)/.exec(value)?.[1]?.length ?? 0;
  return Math.max(0, inFile - kept);
}
