/**
 * How a journal is written (format 1). Knows nothing of files beyond their bytes.
 *
 * A journal is a chain of segments, one per epoch (writer). A segment is lines of `crc32 in 8 hex digits, blank, JSON`:
 *
 *     header   {"journal":1,"epoch":2,"after":{"epoch":1,"seq":41,"crc":123},"durableUpTo":44}     checksum from 0
 *     records  {"seq":42,"epoch":1,"at":…,"durableUpTo":41,"type":…}                               chained from the line before
 *     seal     {"seal":{"seq":57,"crc":456}}                                                       checksum from 0
 *
 * `after` names the segment before and the last line of it that counts: what an old writer added later is ignored. Records that
 * the earlier segment held, but did not prove to be on disk, are carried over: they stand first in the new segment, with their
 * own numbers and epochs. `durableUpTo` of the header covers them, because a segment after the first gets its name only when it
 * is on disk. The seal is the last line of a segment that was closed in good order. Bytes once written are never changed.
 */
import type { Recorded } from '../run/event.ts';
import { crc32OfText } from './crc32.ts';

export const JOURNAL_FORMAT = 1;
/** The longest JSON of a record, in UTF-16 units. */
const RECORD_LENGTH_LIMIT = 64 * 1024 * 1024;

/** A line in a journal: the segment it stands in, the sequence number reached with it, its checksum. */
export interface Mark {
  readonly epoch: number;
  readonly seq: number;
  readonly crc: number;
}

/** Before everything: what the first segment follows. */
export const BEGINNING: Mark = { epoch: 0, seq: -1, crc: 0 };

export interface SegmentHeader {
  readonly journal: number;
  readonly epoch: number;
  readonly after: Mark;
  /** The last sequence number on disk when the segment got its name. */
  readonly durableUpTo: number;
}

export interface Seal {
  readonly seq: number;
  /** Of the last record, or of the header where the segment has none. */
  readonly crc: number;
}

/** Lines, each with its newline, and the checksum the next line goes on from. */
export interface Encoded {
  readonly text: string;
  readonly crc: number;
}

/** The lines of some records, in order, continued from the checksum of the line before. Throws RangeError for one that is too long. */
export function encode(records: readonly Recorded[], crc: number): Encoded {
  let text = '';
  let last = crc;
  for (const record of records) {
    const json = JSON.stringify(record);
    /* istanbul ignore if -- @preserve: no test makes 64 million characters */
    if (json.length > RECORD_LENGTH_LIMIT) throw new RangeError(`a record of ${json.length} characters`);
    const line = encodeLine(json, last);
    text += line.text;
    last = line.crc;
  }
  return { text, crc: last };
}

/** The first line of a segment. */
export function encodeHeader(header: Omit<SegmentHeader, 'journal'>): Encoded {
  const { epoch, after, durableUpTo } = header;
  return encodeLine(JSON.stringify({ journal: JOURNAL_FORMAT, epoch, after, durableUpTo }), 0);
}

/** The last line of a segment that is closed in good order. */
export function encodeSeal(seal: Seal): Encoded {
  return encodeLine(JSON.stringify({ seal: { seq: seal.seq, crc: seal.crc } }), 0);
}

function encodeLine(json: string, seed: number): Encoded {
  const crc = crc32OfText(json, seed);
  return { text: `${crc.toString(16).padStart(8, '0')} ${json}\n`, crc };
}
