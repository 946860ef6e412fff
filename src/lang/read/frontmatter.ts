/**
 * Finds the YAML at the head of a Markdown file. Knows where it begins and ends, not what it says.
 *
 * `gray-matter` does the split, but is never left to itself: by default it executes `---js`, takes any line that begins with
 * `---` for the end, and an unclosed block for frontmatter. So the first and the closing line are found here, every engine but
 * `yaml` refuses, options are always given (without them it caches by content), and `yaml` hands the text over unread.
 */
import matter from 'gray-matter';
import type { Range } from '../../core/document.ts';

export type Frontmatter =
  | { readonly kind: 'none' }
  /** `yaml` is the stretch between the dashes, `body` the offset behind the closing line. */
  | { readonly kind: 'yaml'; readonly yaml: Range; readonly body: number }
  /** The first line asks for an engine: `---js`. */
  | { readonly kind: 'refused'; readonly engine: string; readonly range: Range };

const OPENING = /^\ufeff?---(?:[ \t]*(?=\r?\n)|([A-Za-z][\w+.-]*)[^\n]*(?=\n|$))/;
const CLOSING = /\n(---[ \t]*(?:\r?\n|$))/;

/** Looks at the head of a text. A file that opens with `---` and never closes it has no frontmatter. */
export function findFrontmatter(text: string): Frontmatter {
  const opening = OPENING.exec(text);
  if (opening === null) return { kind: 'none' };
  const start = opening[0].length;
  const engine = opening[1];
  if (engine !== undefined)
    return { kind: 'refused', engine, range: [text.indexOf(engine), text.indexOf(engine) + engine.length] };
  const closing = CLOSING.exec(text.slice(start));
  if (closing === null) return { kind: 'none' };
  const [, closingLine = '---'] = closing;
  const end = start + closing.index + 1;
  return { kind: 'yaml', yaml: [end - 1 - split(text, closingLine).length, end], body: end + closingLine.length };
}

function refuse(): never {
  throw new Error('Bug: frontmatter in another language than YAML reached its engine');
}

function split(text: string, closingLine: string): string {
  const engines = Object.fromEntries(['json', 'javascript', 'coffee', 'toml'].map((name) => [name, refuse]));
  let inner = '';
  const keep = (block: string): object => {
    inner = block;
    return {};
  };
  // A file that ends with its closing line gets the break that tells the line from one that only begins so.
  const isLast = !closingLine.endsWith('\n');
  const file = matter(isLast ? `${text}\n` : text, {
    language: 'yaml',
    delimiters: ['---', isLast ? `${closingLine}\n` : closingLine],
    engines: { ...engines, yaml: keep },
  });
  return inner === '' ? (file.matter ?? '') : inner;
}
