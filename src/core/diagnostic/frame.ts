/** Prints a diagnostic for people: message, place, the lines of the file with a caret, help. Knows no terminal and reads no file. */
import { known } from '../known.ts';
import type { Diagnostic, Severity, Span } from './diagnostic.ts';
import { charWidth, displayWidth, neutralize } from './display.ts';

export interface FrameOptions {
  readonly color: boolean;
}

/** Columns of a file's line that are shown at most; a longer one is cut around the caret. */
const MAX_COLUMNS = 100;
/** Columns shown before the caret in a line that is cut. */
const BEFORE_CARET = 40;
const TAB = 4;

type Style = 'error' | 'warning' | 'info' | 'frame' | 'strong';
const SGR: Readonly<Record<Style, string>> = { error: '1;31', warning: '1;33', info: '1;36', frame: '34', strong: '1' };

/**
 * The text of a diagnostic, without a line break at its end. `sourceOf` gives the text of a file by its name in diagnostics; where it has none,
 * the frame is left out. Control characters in texts of users come out as visible signs.
 */
export function renderDiagnostic(
  diagnostic: Diagnostic,
  sourceOf: (file: string) => string | undefined,
  { color }: FrameOptions,
): string {
  const paint = (style: Style, text: string): string => (color ? `\u001b[${SGR[style]}m${text}\u001b[0m` : text);
  const { severity, code, message, at, label, hint, related = [] } = diagnostic;
  const width = gutterWidth([at, ...related.map((one) => one.at)]);
  const lines = [`${paint(severity, `${severity}[${code}]`)}${paint('strong', `: ${indented(message, '  ')}`)}`];
  if (at !== undefined)
    lines.push(...frame(at, sourceOf(at.file), { width, paint, severity, label: label ?? '', context: 1 }));
  const margin = ' '.repeat(width + 1);
  if (hint !== undefined)
    lines.push(`${margin}${paint('frame', '=')} ${paint('strong', 'help')}: ${indented(hint, `${margin}        `)}`);
  for (const one of related) {
    lines.push(
      `${margin}${paint('frame', '=')} ${paint('strong', 'note')}: ${indented(one.message, `${margin}        `)}`,
    );
    lines.push(...frame(one.at, sourceOf(one.at.file), { width, paint, severity: 'info', label: '', context: 0 }));
  }
  return lines.join('\n');
}

function gutterWidth(spans: readonly (Span | undefined)[]): number {
  return Math.max(...spans.map((span) => String(span?.start.line ?? 1).length));
}

/** A text of several lines, the later ones indented. */
function indented(text: string, margin: string): string {
  return text.split('\n').map(neutralize).join(`\n${margin}`);
}

interface FrameStyle {
  readonly width: number;
  readonly paint: (style: Style, text: string) => string;
  readonly severity: Severity;
  readonly label: string;
  /** Lines shown before the one with the caret. */
  readonly context: number;
}

/** ` --> file:line:column` and the lines of the file. */
function frame(span: Span, source: string | undefined, style: FrameStyle): readonly string[] {
  const { width, paint, severity, label, context } = style;
  const { line, column } = span.start;
  const place = `${' '.repeat(width)}${paint('frame', '-->')} ${neutralize(span.file)}:${line}:${column}`;
  const first = Math.max(1, line - context);
  const texts = source === undefined ? [] : linesOf(source, first, line);
  const marked = texts.at(-1);
  // The file may have changed since: without the line there is no frame.
  if (marked === undefined || texts.length !== line - first + 1) return [place];
  const gutter = (text: string): string => paint('frame', `${text.padStart(width)} |`);
  const shown = clip(marked, column - 1, span.end.line === line ? span.end.column - 1 : marked.length);
  const before = texts.slice(0, -1).map((text, index) => row(gutter(String(first + index)), clip(text, 0, 0).text));
  const carets = paint(severity, `${'^'.repeat(shown.width)}${label === '' ? '' : ` ${indented(label, ' ')}`}`);
  return [
    place,
    ...before,
    row(gutter(String(line)), shown.text),
    `${gutter('')} ${' '.repeat(shown.indent)}${carets}`,
  ];
}

function row(gutter: string, text: string): string {
  return text === '' ? gutter : `${gutter} ${text}`;
}

/** Lines `first` to `last` of a text, from 1; fewer where it ends before. */
function linesOf(text: string, first: number, last: number): readonly string[] {
  const lines: string[] = [];
  let start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  for (let line = 1; line <= last; line++) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    if (line >= first) lines.push(text.slice(start, text[end - 1] === '\r' ? Math.max(start, end - 1) : end));
    if (newline === -1) break;
    start = newline + 1;
  }
  return lines;
}

interface Clipped {
  readonly text: string;
  /** Columns before the caret. */
  readonly indent: number;
  /** Columns of the caret, at least 1. */
  readonly width: number;
}

/** A line as it is shown, cut to the columns around the units `from` to `to`. */
function clip(line: string, from: number, to: number): Clipped {
  // A huge line is not measured as a whole: what is far from the caret is cut before.
  const base = Math.max(0, from - MAX_COLUMNS * 2);
  const near = line.slice(base, from + MAX_COLUMNS * 2);
  const before = visible(near.slice(0, from - base), 0);
  const marked = visible(near.slice(from - base, Math.max(to, from) - base), displayWidth(before));
  const rest = visible(near.slice(Math.max(to, from) - base), displayWidth(before) + displayWidth(marked));
  const isWhole = near.length === line.length && displayWidth(before + marked + rest) <= MAX_COLUMNS;
  if (isWhole)
    return {
      text: (before + marked + rest).trimEnd(),
      indent: displayWidth(before),
      width: Math.max(1, displayWidth(marked)),
    };
  const isCutBefore = base > 0 || displayWidth(before) > BEFORE_CARET;
  const left = isCutBefore ? `…${lastColumns(before, BEFORE_CARET - 1)}` : before;
  const middle = firstColumns(marked, MAX_COLUMNS - displayWidth(left) - 1);
  const right = firstColumns(rest, MAX_COLUMNS - displayWidth(left + middle) - 1);
  const isCutBehind = middle.length < marked.length || right.length < rest.length || base + near.length < line.length;
  const text = `${left}${middle}${middle.length < marked.length ? '' : right}${isCutBehind ? '…' : ''}`;
  return { text, indent: displayWidth(left), width: Math.max(1, displayWidth(middle)) };
}

/** Safe for a terminal, tabs as blanks. `column` is where the text begins. */
function visible(text: string, column: number): string {
  let shown = '';
  let at = column;
  for (const char of neutralize(text)) {
    const piece = char === '\t' ? ' '.repeat(TAB - (at % TAB)) : char;
    shown += piece;
    at += char === '\t' ? piece.length : charWidth(char);
  }
  return shown;
}

function firstColumns(text: string, columns: number): string {
  let kept = '';
  let width = 0;
  for (const char of text) {
    width += charWidth(char);
    if (width > columns) break;
    kept += char;
  }
  return kept;
}

function lastColumns(text: string, columns: number): string {
  const chars = Array.from(text);
  let width = 0;
  let from = chars.length;
  while (from > 0 && width + charWidth(known(chars[from - 1])) <= columns) width += charWidth(known(chars[--from]));
  return chars.slice(from).join('');
}
