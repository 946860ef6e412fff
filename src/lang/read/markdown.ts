/** Reads the body of a Markdown file into sections with their fences. Knows no steps: what a section means is the compiler's. */
import type { Fence, ScalarTree, Section } from '../../core/document.ts';
import { type Block, readBlocks } from './markdown-lines.ts';

const GIVEN_ID = /\{#([A-Za-z0-9_-]{1,64})\}$/;
const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** The sections of a text from `offset` on, in its order; a section of a lesser level holds those of greater ones. */
export function readSections(text: string, offset: number): readonly Section[] {
  const blocks = readBlocks(text, offset);
  const fences = blocks.map((block) => (block.kind === 'fence' ? toFence(text, block) : null));
  // For each level, the heading that ends a section of it: found from the end in one pass.
  const nextOf: number[] = Array.from({ length: 7 }, () => blocks.length);
  const sections: Section[] = [];
  for (const [index, block] of Array.from(blocks.entries()).toReversed()) {
    if (block.kind !== 'heading') continue;
    const next = nextOf[block.level] ?? blocks.length;
    const ending = blocks[next];
    const inside = fences.slice(index + 1, next).filter((fence) => fence !== null);
    sections.push(toSection(text, block, ending?.kind === 'heading' ? ending.line.start : text.length, inside));
    nextOf.fill(index, block.level);
  }
  return sections.toReversed();
}

function toSection(text: string, heading: Block & { kind: 'heading' }, end: number, fences: readonly Fence[]): Section {
  const given = GIVEN_ID.exec(heading.title)?.[1];
  const title = heading.title.replace(GIVEN_ID, '').trimEnd();
  const id = given ?? (ID.test(title) ? title : undefined);
  const bodyStart = Math.min(text.indexOf('\n', heading.line.start) + 1 || text.length, end);
  return {
    title,
    ...(id === undefined ? {} : { id }),
    level: heading.level,
    headingRange: [heading.line.start, heading.line.end],
    bodyRange: [bodyStart, end],
    fences,
  };
}

/** A fence's text is without the indentation of its opening line, and its lines end with `\n` whatever the file has. */
function toFence(text: string, { open, info, indent, lines, end }: Block & { kind: 'fence' }): Fence {
  const kept = lines.map((line) => {
    const raw = text.slice(line.start, line.end);
    const blanks = /^ */.exec(raw)?.[0].length ?? 0;
    return raw.slice(Math.min(indent, blanks));
  });
  const first = lines[0];
  const last = lines.at(-1);
  const start = first?.start ?? Math.min(open.end + 1, end);
  const stop = last === undefined ? start : Math.min(text.indexOf('\n', last.start) + 1 || text.length, text.length);
  return {
    language: (/^[^\s{]*/.exec(info)?.[0] ?? '').toLowerCase(),
    range: [open.start, end],
    text: kept.map((line) => `${line}\n`).join(''),
    textRange: [start, stop],
  };
}

/** The text of a fence as a scalar, so that places inside it can be named like those of YAML. */
export function fenceScalar(fence: Fence): ScalarTree {
  return { kind: 'scalar', range: fence.textRange, value: fence.text, source: fence.text, style: 'literal' };
}
