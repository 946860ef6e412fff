/** Tells what each line of a Markdown text is, as far as headings and top-level fences go (CommonMark). Knows no sections and no ids. */

export interface Line {
  readonly start: number;
  /** Without the line break. */
  readonly end: number;
}

export type Block =
  | { readonly kind: 'heading'; readonly line: Line; readonly level: number; readonly title: string }
  | {
      readonly kind: 'fence';
      readonly open: Line;
      readonly info: string;
      readonly indent: number;
      readonly lines: readonly Line[];
      readonly end: number;
    };

const HEADING = /^ {0,3}(#{1,6})(?=[ \t]|$)/;
const CLOSING_HASHES = /(?:^|[ \t])#+$/;
const FENCE = /^( {0,3})(?:(`{3,})([^`]*)|(~{3,})(.*))$/;
const BREAK = /^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])(?:([ \t]+)(.*)|$)/;
const QUOTE = /^ {0,3}>/;
/** What begins an HTML block, and what ends it (null: a blank line). */
const HTML: readonly (readonly [RegExp, RegExp | null])[] = [
  [/^ {0,3}<!--/, /-->/],
  [/^ {0,3}<(?:script|pre|style|textarea)(?:[ \t>]|$)/i, /<\/(?:script|pre|style|textarea)>/i],
  [/^ {0,3}<\?/, /\?>/],
  [/^ {0,3}<!\[CDATA\[/, /\]\]>/],
  [/^ {0,3}<![A-Za-z]/, />/],
  [
    /^ {0,3}<\/?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul)(?:[ \t]|\/?>|$)/i,
    null,
  ],
];

interface Scanner {
  readonly text: string;
  readonly lines: readonly Line[];
  at: number;
  /** Columns of indentation from which a line belongs to the open list item; -1 outside lists. */
  item: number;
  isInParagraph: boolean;
}

/** The headings and fences of a text that stand in no list, quote, HTML block or other fence, from `offset` on. */
export function readBlocks(text: string, offset: number): readonly Block[] {
  const scanner: Scanner = { text, lines: splitLines(text, offset), at: 0, item: -1, isInParagraph: false };
  const blocks: Block[] = [];
  for (let line = nextLine(scanner); line !== undefined; line = nextLine(scanner)) {
    const block = readLine(scanner, line);
    if (block !== null) blocks.push(block);
  }
  return blocks;
}

function splitLines(text: string, offset: number): readonly Line[] {
  const lines: Line[] = [];
  for (let start = offset; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const stop = newline === -1 ? text.length : newline;
    lines.push({ start, end: stop > start && text[stop - 1] === '\r' ? stop - 1 : stop });
    start = stop + 1;
  }
  return lines;
}

function nextLine(scanner: Scanner): Line | undefined {
  return scanner.lines[scanner.at++];
}

/** Takes one line, or the lines of the fence or HTML block that it begins. */
function readLine(scanner: Scanner, line: Line): Block | null {
  const text = scanner.text.slice(line.start, line.end);
  if (text.trim() === '') {
    scanner.isInParagraph = false;
    return null;
  }
  const indent = indentOf(text);
  if (scanner.item !== -1 && indent >= scanner.item) {
    scanner.isInParagraph = true;
    return null;
  }
  // Four columns are code, or the paragraph before goes on; neither can begin anything.
  if (indent >= 4) return null;
  return readTopLine(scanner, line, text);
}

function readTopLine(scanner: Scanner, line: Line, text: string): Block | null {
  const wasInParagraph = scanner.isInParagraph;
  const heading = HEADING.exec(text);
  const fence = FENCE.exec(text);
  const html = HTML.find(([begin]) => begin.test(text));
  const isBreak = BREAK.test(text);
  const item = isBreak ? null : ITEM.exec(text);
  const beginsItem = item !== null && (!wasInParagraph || scanner.item !== -1 || canInterrupt(item));
  const isOther = heading !== null || fence !== null || html !== undefined || isBreak || QUOTE.test(text) || beginsItem;
  // An ordinary line right behind the text of an item is that text going on: the item stays open.
  if (!isOther && wasInParagraph) return null;
  scanner.isInParagraph = !isOther || QUOTE.test(text) || beginsItem;
  scanner.item = beginsItem ? contentColumn(item) : -1;
  if (fence !== null) return readFence(scanner, line, fence);
  if (html !== undefined) skipHtml(scanner, text, html[1]);
  if (heading === null) return null;
  return { kind: 'heading', line, level: heading[1]?.length ?? 1, title: titleOf(text.slice(heading[0].length)) };
}

/** A list interrupts a paragraph only with text, and if numbered, with 1. */
function canInterrupt(item: RegExpExecArray): boolean {
  const marker = item[2] ?? '';
  return (item[4] ?? '') !== '' && (marker.length === 1 || /^1[.)]$/.test(marker));
}

/** The column at which the content of a list item stands. */
function contentColumn(item: RegExpExecArray): number {
  const [, before = '', marker = '', blanks = ''] = item;
  const width = blanks.length >= 5 || (item[4] ?? '') === '' || blanks === '' ? 1 : blanks.length;
  return before.length + marker.length + width;
}

/** The indentation of a line in columns; a tab goes to the next multiple of four. */
function indentOf(text: string): number {
  let column = 0;
  for (const char of text) {
    if (char === ' ') column++;
    else if (char === '\t') column += 4 - (column % 4);
    else break;
  }
  return column;
}

function titleOf(text: string): string {
  return text.trim().replace(CLOSING_HASHES, '').trimEnd();
}

/** The lines of a fence up to its closing line, or to the end of the text when there is none. */
function readFence(scanner: Scanner, open: Line, match: RegExpExecArray): Block {
  const mark = match[2] ?? match[4] ?? '```';
  const lines: Line[] = [];
  let end = open.end;
  for (let line = nextLine(scanner); line !== undefined; line = nextLine(scanner)) {
    end = line.end;
    if (closesFence(scanner.text.slice(line.start, line.end), mark)) break;
    lines.push(line);
  }
  scanner.isInParagraph = false;
  return { kind: 'fence', open, info: (match[3] ?? match[5] ?? '').trim(), indent: match[1]?.length ?? 0, lines, end };
}

/** Whether a line is at least as many of the fence's characters as opened it, and nothing else. */
function closesFence(text: string, mark: string): boolean {
  if (indentOf(text) > 3) return false;
  const line = text.trim();
  return line.length >= mark.length && line.startsWith(mark) && /^(?:`+|~+)$/.test(line);
}

/** Moves behind an HTML block that this line began. */
function skipHtml(scanner: Scanner, first: string, ending: RegExp | null): void {
  scanner.isInParagraph = false;
  const ends = (text: string): boolean => (ending === null ? text.trim() === '' : ending.test(text));
  let isOpen = !ends(first);
  while (isOpen) {
    const line = nextLine(scanner);
    isOpen = line !== undefined && !ends(scanner.text.slice(line.start, line.end));
  }
}
