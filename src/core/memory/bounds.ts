/** What a store of notes holds at most, and how its notes may be called. Pure. */

/** Bytes of one note, and of all of a store; and how many there may be. */
export const MOST_NOTE_BYTES = 64 * 1_024;
export const MOST_STORE_BYTES = 1_024 * 1_024;
export const MOST_NOTES = 256;

const MOST_PATH_BYTES = 200;
const MOST_FOLDERS = 6;

/** The name of a store. */
export const STORE_NAME = /^[a-z][a-z0-9-]{0,62}$/;
/** Letters, digits and a few signs; no dot first or last: no name that a system or a shell takes for something else. */
const SEGMENT = /^[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N} _.,+@()-]*[\p{L}\p{M}\p{N}_,+@()-])?$/u;

/** Half of a pair of UTF-16: no disk holds it. */
const LONE = /\p{Cs}/u;
/** Tab, line feed and carriage return are the only ones that belong into a text. */
const CONTROL = /[^\P{Cc}\t\n\r]/u;

/** A path as it is kept; null for what is none. */
export function notePath(text: string): string | null {
  if (LONE.test(text) || Buffer.byteLength(text) > MOST_PATH_BYTES) return null;
  const path = text.normalize('NFC');
  const segments = path.split('/');
  return segments.length <= MOST_FOLDERS && segments.every((one) => SEGMENT.test(one)) ? path : null;
}

/** Why a text cannot be a note; null where it can. */
export function noteFault(text: string): string | null {
  if (LONE.test(text)) return 'it is no text in Unicode';
  if (CONTROL.test(text)) return 'it holds control characters';
  const bytes = Buffer.byteLength(text);
  return bytes > MOST_NOTE_BYTES ? `it has ${bytes} bytes, and a note at most ${MOST_NOTE_BYTES}` : null;
}

/** Why notes (texts by path) cannot stand in one store; null where they can. */
export function storeFault(texts: ReadonlyMap<string, string>): string | null {
  if (texts.size > MOST_NOTES) return `there would be ${texts.size} notes, and a store has at most ${MOST_NOTES}`;
  let bytes = 0;
  for (const [path, text] of texts) {
    bytes += Buffer.byteLength(path) + Buffer.byteLength(text);
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
      if (texts.has(path.slice(0, at))) return `\`${path.slice(0, at)}\` would be a note and a folder`;
  }
  return bytes > MOST_STORE_BYTES
    ? `all notes together would have ${bytes} bytes, and a store at most ${MOST_STORE_BYTES}`
    : null;
}
