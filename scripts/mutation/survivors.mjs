/** How a survivor is written in `test/mutation/survivors.md`, and which are written there. Knows no mutants but as text. */

const MAX_LENGTH = 90;

/** Without line numbers, so that a line holds until the code itself changes. */
export function written({ file, original, replacement }) {
  const short = (text) => {
    const line = text.replaceAll(/\s+/g, ' ').trim();
    return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
  };
  return `${file}: ${short(original)} ⇒ ${short(replacement)}`;
}

/** The lines of the fenced blocks of the page. */
export function explained(page) {
  const blocks = page.match(/^```\n[\s\S]*?^```$/gm) ?? [];
  return new Set(blocks.flatMap((block) => block.split('\n').slice(1, -1)));
}
