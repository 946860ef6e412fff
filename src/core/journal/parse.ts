/**
 * Reads a journal from the bytes of its segments, and tells a torn tail (cut) from damage below what was on disk (refused).
 * Knows nothing of files, locks or what the records mean.
 */

import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { known } from '../known.ts';
import type { JournalReading } from '../ports.ts';
import type { Recorded } from '../run/event.ts';
import { type Link, linkSegments, type Segment } from './chain.ts';
import { laterClaim } from './claims.ts';
import { damaged, torn } from './findings.ts';
import { BEGINNING, type Mark } from './format.ts';
import { asBuffer, lineAt, recordOf, sealOf, trueChecksum } from './line.ts';

export type { Segment } from './chain.ts';

export interface ParsedJournal extends JournalReading {
  /** The last line that the journal itself proves to be on disk. Records after it must be carried over by whoever goes on. */
  readonly durable: Mark;
}

/** What has been read so far; grows from segment to segment. */
interface Progress {
  readonly records: Recorded[];
  readonly diagnostics: Diagnostic[];
  /** Checksums of the records of the segment being read. */
  checksums: number[];
  /** Of the last line read. */
  crc: number;
  durable: Mark;
  sealed: boolean;
}

/**
 * Reads the segments of one journal, given in any order. Takes about 2 µs a record of 150 bytes. `run`: the one whose journal it must
 * be; each by itself, the segments of two runs may fit together.
 */
export function parseSegments(segments: readonly Segment[], run?: string): ParsedJournal {
  const progress: Progress = { records: [], diagnostics: [], checksums: [], crc: 0, durable: BEGINNING, sealed: false };
  const links = linkSegments(segments, progress.diagnostics);
  for (const [index, link] of links.entries()) {
    const next = links[index + 1];
    const isWhole = next ? readEarlier(progress, link, next.header.after) : readLast(progress, link);
    if (!isWhole) break;
  }
  const { records, diagnostics, durable, sealed } = progress;
  const owner = records[0]?.type === 'run.created' ? records[0].run : run;
  if (run === undefined || owner === run) return { records, diagnostics, durable, sealed };
  const stranger = damaged(known(links[0]).segment.file, 0, `it is the journal of run ${owner}, and not of run ${run}`);
  return { records: [], diagnostics: [stranger], durable: BEGINNING, sealed: false };
}

/** A segment that another one follows: what counts of it was on disk when the other one was made. */
function readEarlier(progress: Progress, link: Link, limit: Mark): boolean {
  const offset = readRecords(progress, link, limit.seq);
  const last = progress.records.length - 1;
  const isWhole = last === limit.seq && progress.crc === limit.crc;
  if (!isWhole) {
    const why = `everything up to record ${limit.seq} was on disk when a later process went on from there`;
    progress.diagnostics.push(damaged(link.segment.file, offset, why));
  }
  markDurable(progress, link, Math.min(last, limit.seq));
  return isWhole;
}

/** The newest segment: only claims tell what was on disk. */
function readLast(progress: Progress, link: Link): boolean {
  const { bytes, file } = link.segment;
  const offset = readRecords(progress, link, Number.POSITIVE_INFINITY);
  const last = progress.records.length - 1;
  const { durableUpTo } = progress.records[last] ?? { durableUpTo: -1 };
  const claim = Math.max(
    link.header.durableUpTo,
    durableUpTo,
    progress.sealed ? last : laterClaim(bytes, offset, progress.crc, last + 1),
  );
  markDurable(progress, link, Math.min(claim, last));
  if (claim > last)
    progress.diagnostics.push(
      damaged(file, offset, `record ${last + 1} was on disk, as what is written elsewhere shows`),
    );
  else if (offset < bytes.length) progress.diagnostics.push(torn(file, asBuffer(bytes).subarray(offset), offset, last));
  return claim <= last;
}

function markDurable(progress: Progress, link: Link, seq: number): void {
  const back = progress.records.length - 1 - seq;
  const crc = progress.checksums[progress.checksums.length - 1 - back];
  progress.durable = { epoch: link.segment.epoch, seq, crc: crc ?? link.line.crc };
}

/** Reads records up to number `upTo`, the seal, the end, or a line that does not follow; gives the offset where it stopped. */
function readRecords(progress: Progress, link: Link, upTo: number): number {
  const { bytes, epoch } = link.segment;
  const { records } = progress;
  progress.checksums = [];
  progress.crc = link.line.crc;
  let offset = link.line.end + 1;
  let lastEpoch = records.at(-1)?.epoch ?? 1;
  while (offset < bytes.length && records.length <= upTo) {
    const line = lineAt(bytes, offset);
    if (!line || line.crc < 0) return offset;
    if (trueChecksum(bytes, line, progress.crc) !== line.crc) {
      const seal = sealOf(bytes, line);
      progress.sealed = seal !== null && seal.seq === records.length - 1 && seal.crc === progress.crc;
      return progress.sealed ? bytes.length : offset; // nothing after a seal counts
    }
    const record = recordOf(bytes, line);
    if (!record || record.seq !== records.length || record.epoch < lastEpoch || record.epoch > epoch) return offset;
    records.push(record);
    progress.checksums.push(line.crc);
    progress.crc = line.crc;
    lastEpoch = record.epoch;
    offset = line.end + 1;
  }
  return offset;
}

/** Whether the last stretch of a segment ends with a seal: its writer gave the run up in good order. */
export function endsWithSeal(stretch: Uint8Array): boolean {
  const blank = asBuffer(stretch).lastIndexOf(' {"seal":');
  const line = blank < 8 ? null : lineAt(stretch, blank - 8);
  return line !== null && line.end === stretch.length - 1 && sealOf(stretch, line) !== null;
}
