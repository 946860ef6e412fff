/** Reads single lines of a journal from bytes: where they stand, and whether their checksum holds. Knows no order of lines. */
import type { Recorded } from '../run/event.ts';
import { crc32 } from './crc32.ts';
import type { Mark, Seal, SegmentHeader } from './format.ts';

const NEWLINE = 0x0a;
const BLANK = 0x20;
/** Eight digits and a blank. */
export const PREFIX_BYTES = 9;

/** A line in `bytes`: `end` is where its newline stands. `crc` is what it says of itself; -1 where that is no checksum. */
export interface Line {
  readonly start: number;
  readonly end: number;
  readonly crc: number;
}

/** The line that begins at `start`; null where no newline ends it. */
export function lineAt(bytes: Uint8Array, start: number): Line | null {
  const end = bytes.indexOf(NEWLINE, start);
  return end < 0 ? null : { start, end, crc: statedChecksum(bytes, start, end) };
}

/** The checksum that a line states; -1 when what stands there is none (upper case is none: no bit may change unseen). */
export function statedChecksum(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < PREFIX_BYTES || bytes[start + 8] !== BLANK) return -1;
  let value = 0;
  for (let i = start; i < start + 8; i++) {
    const byte = bytes[i] as number; // within the bounds
    const digit = byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/** The checksum that a line should state when it follows `seed`. */
export function trueChecksum(bytes: Uint8Array, line: Line, seed: number): number {
  return crc32(bytes, seed, line.start + PREFIX_BYTES, line.end);
}

/** The JSON of a line as a value, or undefined where it is none. */
function jsonOf(bytes: Uint8Array, line: Line): unknown {
  try {
    return JSON.parse(asBuffer(bytes).toString('utf8', line.start + PREFIX_BYTES, line.end));
  } catch {
    return undefined;
  }
}

/** The record of a line whose checksum holds; null when the value is no record. */
export function recordOf(bytes: Uint8Array, line: Line): Recorded | null {
  const value = jsonOf(bytes, line);
  if (!isObject(value)) return null;
  const { seq, epoch, at, durableUpTo, type } = value;
  const whole = isCount(seq, 0) && isCount(epoch, 1) && isCount(durableUpTo, -1) && durableUpTo < seq;
  return whole && typeof at === 'number' && typeof type === 'string' ? (value as unknown as Recorded) : null; // the envelope was just looked at; what the checksum guards, giga wrote
}

/** The header at the beginning of a segment, and where the records begin; null when it is damaged or cut off. */
export function headerOf(bytes: Uint8Array): { readonly header: SegmentHeader; readonly line: Line } | null {
  const line = lineAt(bytes, 0);
  if (!line || line.crc < 0 || trueChecksum(bytes, line, 0) !== line.crc) return null;
  const header = jsonOf(bytes, line);
  if (!isObject(header)) return null;
  const { journal, epoch, after, durableUpTo } = header;
  const whole = isCount(journal, 1) && isCount(epoch, 1) && isCount(durableUpTo, -1) && isMark(after);
  return whole ? { header: { journal, epoch, after, durableUpTo }, line } : null;
}

/** The seal that `line` is; null when it is none. */
export function sealOf(bytes: Uint8Array, line: Line): Seal | null {
  if (line.crc < 0 || trueChecksum(bytes, line, 0) !== line.crc) return null;
  const value = jsonOf(bytes, line);
  if (!isObject(value) || !isObject(value['seal'])) return null;
  const { seq, crc } = value['seal'];
  return isCount(seq, -1) && isCount(crc, 0) ? { seq, crc } : null;
}

function isMark(value: unknown): value is Mark {
  return isObject(value) && isCount(value['epoch'], 0) && isCount(value['seq'], -1) && isCount(value['crc'], 0);
}

function isCount(value: unknown, least: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** The same bytes with Buffer's searching and decoding; nothing is copied. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
