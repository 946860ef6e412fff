/**
 * The examples of a page of documentation, and how they are held true. The info string of a fence says what happens to it:
 *
 *     yaml run               is a whole workflow and succeeds; `yaml run=failed` names another verdict
 *     yaml check             is a whole workflow and is valid
 *     yaml refused=CODE      is refused with this code
 *     yaml file=a.yaml       is put into the folder of the page (any language)
 *     yaml                   is a part of something, and well-formed
 *     console                `$ command` lines with what they print, run in the folder of the page, one after the other
 *
 * Knows no page by name.
 */
export interface Block {
  readonly language: string;
  readonly words: readonly string[];
  readonly text: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
}

/** Fenced blocks at the left margin, in order. */
export function blocksOf(page: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { fence: string; info: string; line: number; text: string[] } | null = null;
  for (const [index, row] of page.split('\n').entries()) {
    const [, fence = '', info = ''] = /^(`{3,})(.*)$/.exec(row) ?? [];
    if (open === null && fence !== '') open = { fence, info, line: index + 1, text: [] };
    else if (open !== null && info === '' && fence.length >= open.fence.length) {
      const [language = '', ...words] = open.info.trim().split(/\s+/);
      blocks.push({ language, words, line: open.line, text: open.text.map((text) => `${text}\n`).join('') });
      open = null;
    } else open?.text.push(row);
  }
  if (open !== null) throw new Error(`line ${open.line}: the block is not closed`);
  return blocks;
}

/** What stands behind `name=` in the info string; '' for the bare word, null where there is none. */
export function word(block: Block, name: string): string | null {
  if (block.words.includes(name)) return '';
  const found = block.words.find((text) => text.startsWith(`${name}=`));
  return found === undefined ? null : found.slice(name.length + 1);
}

export interface Command {
  readonly command: string;
  readonly shown: string;
}

/** The commands of a `console` block, each with what it is shown to print. */
export function commandsOf({ text }: Block): readonly Command[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n');
      return { command: part.slice(0, end), shown: part.slice(end + 1).trimEnd() };
    });
}

/** Output without what differs from run to run: ids, times, durations, checksums. */
export function steady(output: string): string {
  return output
    .replace(/\b\d{4}-\d\d-\d\d\b/g, 'DATE')
    .replace(/\b\d\d:\d\d:\d\d\b/g, 'TIME')
    .replace(/\b\d+(?:\.\d+)?m?s\b/g, 'DURATION')
    .replace(/\b(plan|tree) [0-9a-f]{12}\b/g, '$1 HASH')
    .replace(/(?<=\b(?:runs? |resume |redo |approve |cancel |runs\/))[0-9a-z]{4}\b/g, 'ID')
    .replace(/^[0-9a-z]{4}(?= {2}\w)/gm, 'ID')
    .replace(/--digest [0-9a-f]{16}\b/g, '--digest DIGEST')
    .replace(/\b[0-9a-f]{64}\b/g, 'DIGEST')
    .replace(/\b(low|medium|high|critical) +[0-9a-f]{12}\b/g, '$1 DIGEST')
    .replace(/"crc":\d+/g, '"crc":CRC')
    .replace(/ +/g, ' ')
    .trimEnd();
}
