/** Text for a screen: made harmless, measured and cut in terminal cells, coloured. Knows no runs. */

import { charWidth, displayWidth, neutralize } from '../../core/diagnostic/display.ts';

/* oxlint-disable no-control-regex -- control characters are what is looked for */
/** Nothing in it needs a closer look. */
const PRINTABLE = /^[ -~]*$/;
// ESC sequences (CSI, OSC, DCS and the like, two-byte ones), closed or cut off by the end.
const ESCAPES =
  /\u001B(?:\[[0-?]*[ -/]*[@-~]?|[\]PX^_][^\u0007\u001B\u009C]*(?:\u0007|\u001B\\|\u009C)?|[ -/]*[0-~]?)|\u009B[0-?]*[ -/]*[@-~]?/g;
/**
 * Makes one line of untrusted text harmless on a screen: escape sequences are dropped, other controls and marks that reorder text
 * become visible signs. Of a line that carriage returns overwrote, the last state is kept.
 */
export function harmless(line: string): string {
  if (PRINTABLE.test(line)) return line;
  const last = line.replace(/\r+$/, '').split('\r').at(-1) ?? '';
  return neutralize(last.replace(ESCAPES, '').replaceAll('\t', '  '));
}

/** As `harmless`, for a text that somebody decides on: nothing of it is left out, and what cannot be shown becomes a visible sign. */
export function undiminished(text: string): string[] {
  return text.split(/\r\n|[\n\r]/).map((line) => neutralize(line.replaceAll('\t', '  ')));
}

/** A word as a shell takes it. */
export function quoted(word: string): string {
  return /^[\w./@:+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Cells that a text takes: 2 for wide characters, 0 for combining ones. */
export function widthOf(text: string): number {
  return PRINTABLE.test(text) ? text.length : displayWidth(text);
}

/** Cuts a text to `cells`, with an ellipsis where something is missing. */
export function cut(text: string, cells: number): string {
  if (cells <= 0) return '';
  if (widthOf(text) <= cells) return text;
  let width = 0;
  let kept = '';
  for (const char of text) {
    width += charWidth(char);
    if (width > cells - 1) break;
    kept += char;
  }
  return `${kept}…`;
}

/** Cuts or fills a text to exactly `cells`. */
export function column(text: string, cells: number): string {
  const fitted = cut(text, cells);
  return fitted + ' '.repeat(Math.max(0, cells - widthOf(fitted)));
}

export type Tone = 'good' | 'bad' | 'warn' | 'dim' | 'bold' | 'accent';
const CODES: Readonly<Record<Tone, readonly [number, number]>> = {
  good: [32, 39],
  bad: [31, 39],
  warn: [33, 39],
  accent: [36, 39],
  dim: [2, 22],
  bold: [1, 22],
};

/** Colours a text; the plain one when there are no colours. Colour never says what a word does not. */
export type Paint = (tone: Tone, text: string) => string;

export function painter(color: boolean): Paint {
  if (!color) return (_tone, text) => text;
  return (tone, text) => (text === '' ? text : `\u001B[${CODES[tone][0]}m${text}\u001B[${CODES[tone][1]}m`);
}

/** Breaks a paragraph at blanks into lines of at most `cells`, where words allow. */
export function wrap(text: string, cells: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > cells) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}
