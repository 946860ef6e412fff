/** Looks behind a damaged place of a segment for what later lines prove to have been on disk. Knows nothing of what comes before. */
import { known } from '../known.ts';
import { asBuffer, type Line, lineAt, PREFIX_BYTES, recordOf, sealOf, statedChecksum, trueChecksum } from './line.ts';

/** Records and seals begin so; JSON as we write it has no blanks, so a text inside a record never looks like this. */
const BEGINNINGS = [' {"seq":', ' {"seal":'];

/**
 * The highest sequence number that any whole line from the byte `from` on says was on disk; -1 for none. `crc` is the checksum
 * of the last good line before. A line is whole when it follows from what the line before it states, or truly has: either
 * may be what was damaged.
 */
export function laterClaim(bytes: Uint8Array, from: number, crc: number, enough: number): number {
  let seeds = [crc];
  let claim = -1;
  for (const line of linesFrom(bytes, from)) {
    const seal = sealOf(bytes, line);
    if (seal) return Math.max(claim, seal.seq);
    const isWhole = line.crc >= 0 && seeds.some((seed) => trueChecksum(bytes, line, seed) === line.crc);
    const record = isWhole ? recordOf(bytes, line) : null;
    if (record) claim = Math.max(claim, record.durableUpTo);
    if (claim >= enough) return claim;
    seeds = isWhole ? [line.crc] : [line.crc, trueChecksum(bytes, line, known(seeds[0]))];
  }
  return claim;
}

/** Lines from `from` on; one whose newline was damaged is parted where the next one begins. */
function* linesFrom(bytes: Uint8Array, from: number): Generator<Line> {
  for (let start = from; start < bytes.length; ) {
    const end = lineAt(bytes, start)?.end ?? bytes.length;
    let first = start;
    for (const next of innerStarts(bytes, start, end)) {
      yield { start: first, end: next - 1, crc: statedChecksum(bytes, first, next - 1) };
      first = next;
    }
    if (end < bytes.length) yield { start: first, end, crc: statedChecksum(bytes, first, end) };
    start = end + 1;
  }
}

function innerStarts(bytes: Uint8Array, start: number, end: number): number[] {
  const text = asBuffer(bytes).subarray(start, end);
  const starts: number[] = [];
  for (const beginning of BEGINNINGS) {
    for (let at = text.indexOf(beginning, PREFIX_BYTES); at >= 0; at = text.indexOf(beginning, at + 1)) {
      starts.push(start + at - 8);
    }
  }
  return starts.toSorted((a, b) => a - b);
}
