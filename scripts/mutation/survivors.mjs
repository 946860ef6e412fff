/** Which survivors need no line in `test/mutation/survivors.md`, and how the others are written there. Knows mutants only as text. */

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

/**
 * Whether code is there for the types alone, and no test can reach it: what stands behind `??` where an index always finds
 * something, a `?.` where something is always there, and the `default` of a switch over all members of a union.
 */
export function isForTypes({ original, replacement, status }) {
  if (status === 'NoCoverage' && /^(''|'0'|\[\])$/.test(original)) return true;
  if (original.includes('?.') && original.replace('?.', '.').replace('.[', '[') === replacement) return true;
  return /^default:\s+return unreachable\(\w+\);$/.test(original);
}
