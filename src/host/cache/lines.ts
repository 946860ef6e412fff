/** Where two versions of a text begin to differ, when only short hashes of the lines of the earlier one are at hand. Pure. */

/** Of larger files no lines are kept. */
export const MAX_LINES_BYTES = 64 * 1024;
const HASH_BYTES = 4;
const NEWLINE = 10;

/** Four bytes for each line (FNV-1a): enough to find one that changed. Less than the text, though a short line can be guessed by them. */
export function lineHashes(bytes: Uint8Array): Uint8Array {
  const hashes: number[] = [];
  let hash = BEGIN;
  for (const byte of bytes) {
    if (byte === NEWLINE) {
      hashes.push(hash);
      hash = BEGIN;
    } else hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  if (bytes.length > 0 && bytes.at(-1) !== NEWLINE) hashes.push(hash);
  const packed = Buffer.alloc(hashes.length * HASH_BYTES);
  for (const [index, one] of hashes.entries()) packed.writeUInt32LE(one, index * HASH_BYTES);
  return packed;
}
const BEGIN = 0x811c9dc5;

/** The first line, from 1, that is not what it was; null where none is. */
export function firstDifference(before: Uint8Array, after: Uint8Array): number | null {
  const most = Math.max(before.length, after.length);
  for (let at = 0; at < most; at += HASH_BYTES)
    for (let byte = at; byte < at + HASH_BYTES; byte++) if (before[byte] !== after[byte]) return at / HASH_BYTES + 1;
  return null;
}
