/** Checks a file's text before anything reads it: its size, and characters that no text has. Knows no format. */
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import type { Locator } from '../../core/document.ts';
import { MAX_TEXT_UNITS } from './limits.ts';

/** Half of a surrogate pair. Only looked for in a text that has surrogates at all: looking around each character is slow. */
const HALF = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const ANY_SURROGATE = /[\ud800-\udfff]/;

/** The offset of the first character that no text has, -1 for none. */
function findBadCharacter(text: string): number {
  const nul = text.indexOf('\0');
  if (nul !== -1) return nul;
  return ANY_SURROGATE.test(text) ? text.search(HALF) : -1;
}

/** What is wrong with a text as such, or null. */
export function checkText(text: string, locator: Locator): Diagnostic | null {
  if (text.length > MAX_TEXT_UNITS) {
    const size = `${Math.ceil(text.length / 1024 / 1024)} MiB`;
    const hint = `Documents may have up to ${MAX_TEXT_UNITS / 1024 / 1024} MiB.`;
    return problem('DOC_LIMIT', `The document is too large (${size}).`, { at: locator.span([0, 0]), hint });
  }
  const at = findBadCharacter(text);
  if (at === -1) return null;
  const what = text[at] === '\0' ? 'A NUL character' : 'Half of a surrogate pair';
  return problem('DOC_BAD_CHARACTER', `${what} stands in the text.`, {
    at: locator.span([at, at + 1]),
    hint: 'Save the file as UTF-8 text without it.',
  });
}
