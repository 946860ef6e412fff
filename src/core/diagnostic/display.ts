/** Makes text of users safe and measurable on a terminal. Knows characters, not colours nor lines. */

/** C0 but tab, DEL, C1, line and paragraph separators, and the marks that turn the direction of writing. */
const UNSAFE = /(?!\t)\p{Cc}|[\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

/** Control characters as visible signs, so that no text of a user can move the cursor, colour, retitle or reorder what is shown. */
export function neutralize(text: string): string {
  return text.replace(UNSAFE, (char) => {
    const code = char.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? '\u2421' : '\ufffd';
  });
}

const ZERO_WIDTH = /\p{Mn}|\p{Me}|\u200b|\u200c|\u200d/u; // variation selectors are among the first
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{1fa70}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** The columns that a character takes on a terminal: 0, 1 or 2. */
export function charWidth(char: string): 0 | 1 | 2 {
  if (char < '\u0300') return 1;
  if (ZERO_WIDTH.test(char)) return 0;
  return WIDE.test(char) ? 2 : 1;
}

/** The columns that a text takes on a terminal. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const char of text) width += charWidth(char);
  return width;
}
