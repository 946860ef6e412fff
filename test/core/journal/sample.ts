/** Journals for tests: events of every shape, written in groups by one or several writers. */
import { BEGINNING, encode, encodeHeader, encodeSeal, type Mark } from '../../../src/core/journal/format.ts';
import { parseSegments, type Segment } from '../../../src/core/journal/parse.ts';
import type { Recorded, RunEvent } from '../../../src/core/run/event.ts';

/** An event with a payload of about `bytes`; text of more than one byte a character now and then. */
export function sampleEvent(n: number, bytes = 60): RunEvent {
  const stdout = `${n % 5 === 1 ? 'größe 漢字 \u2028' : 'size'} ${n} "quoted" \\ `.padEnd(bytes, 'x');
  return {
    type: 'attempt.ended',
    node: `build[${n}]/upload`,
    op: n,
    outcome: 'succeeded',
    outputs: { stdout, code: 0 },
    durationMs: n,
  };
}

/** Records from `first` on, in groups of `group`; each group is known to be on disk when the next but one is written. */
export function sampleRecords(first: number, count: number, epoch: number, group = 3, bytes = 60): Recorded[] {
  return Array.from({ length: count }, (_, n) => {
    const durableUpTo = first + Math.max(0, Math.floor(n / group) - 1) * group - 1;
    return { seq: first + n, epoch, at: 1_795_167_552_000 + n, durableUpTo, ...sampleEvent(first + n, bytes) };
  });
}

export interface Written {
  readonly bytes: Buffer;
  /** Of the last record, or of the header. */
  readonly mark: Mark;
}

/** One segment: header, records, and perhaps a seal. */
export function segment(
  epoch: number,
  after: Mark,
  durableUpTo: number,
  records: readonly Recorded[],
  sealed = false,
): Written {
  const header = encodeHeader({ epoch, after, durableUpTo });
  const body = encode(records, header.crc);
  const seq = records.at(-1)?.seq ?? after.seq;
  const seal = sealed ? encodeSeal({ seq, crc: body.crc }).text : '';
  return { bytes: Buffer.from(header.text + body.text + seal), mark: { epoch, seq, crc: body.crc } };
}

export function first(records: readonly Recorded[], sealed = false): Written {
  return segment(1, BEGINNING, -1, records, sealed);
}

export function named(epoch: number, bytes: Uint8Array): Segment {
  return { epoch, bytes, file: `journal/${epoch}.jsonl` };
}

export function parseOne(bytes: Uint8Array): ReturnType<typeof parseSegments> {
  return parseSegments([named(1, bytes)]);
}
