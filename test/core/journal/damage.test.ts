/** Journals that were cut, changed, or put together wrongly: a prefix that keeps every durable claim, or a refusal with a place. */
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { parseSegments } from '../../../src/core/journal/parse.ts';
import type { Recorded } from '../../../src/core/run/event.ts';
import { first, named, parseOne, sampleRecords, segment } from './sample.ts';

const records = sampleRecords(0, 36, 1, 3, 250);
const whole = first(records).bytes;
const sealed = first(records, true).bytes;
const chain = sampleRecords(0, 8, 1).map((record) => ({ ...record, durableUpTo: record.seq - 1 }));
const EVERY_BIT = [0, 1, 2, 3, 4, 5, 6, 7];

/** The first way in which a reading breaks the promise; null when it keeps it. `claim`: what was known to be on disk. */
function broken(reading: ReturnType<typeof parseOne>, written: readonly Recorded[], claim: number): string | null {
  const isPrefix = reading.records.every((record, n) => record.seq === n && nodeOf(record) === nodeOf(written[n]));
  if (!isPrefix) return 'a record that was never written';
  const refusal = reading.diagnostics.find(({ severity }) => severity === 'error');
  if (refusal)
    return /journal\/\d\.jsonl is damaged at byte \d+/.test(refusal.message) ? null : 'a refusal without a place';
  return reading.records.length > claim ? null : `record ${claim} was known to be on disk, and is gone unsaid`;
}

const nodeOf = (record: Recorded | undefined): string | null => (record?.type === 'attempt.ended' ? record.node : null);
const claimOf = (kept: readonly Recorded[]): number => Math.max(-1, ...kept.map(({ durableUpTo }) => durableUpTo));

describe(`a journal of ${whole.length} bytes`, () => {
  test('cut at every byte, is read up to there', () => {
    const wrong: string[] = [];
    for (let length = 0; length <= whole.length; length++) {
      const reading = parseOne(whole.subarray(0, length));
      const lines = whole.subarray(0, length).toString('latin1').split('\n').length - 1;
      const expected = Math.max(0, lines - 1);
      const why = broken(reading, records, claimOf(records.slice(0, expected)));
      if (why || reading.records.length !== expected) wrong.push(`${length}: ${why}`);
    }
    expect(wrong).toEqual([]);
  });

  test.each([
    ['open', records, whole, -1, EVERY_BIT],
    ['sealed', records, sealed, records.length - 1, [5]], // the bit that makes digits and letters of each other
    ['each record knows of the one before', chain, first(chain).bytes, -1, EVERY_BIT],
  ] as const)(
    'with any bit flipped (%s), loses nothing that was on disk, and no flip stays unseen',
    (_, written, bytes, sealClaim, bits) => {
      const copy = Buffer.from(bytes);
      const wrong: string[] = [];
      for (const { from, to, index } of linesOf(bytes)) {
        // What the damaged line itself says cannot be known any more.
        const claim = Math.max(
          claimOf(written.filter(({ seq }) => seq !== index - 1)),
          index <= written.length ? sealClaim : -1,
        );
        for (let offset = from; offset < to; offset++) {
          const byte = bytes[offset] ?? 0;
          for (const bit of bits) {
            copy[offset] = byte ^ (1 << bit);
            const reading = parseOne(copy);
            const why = broken(reading, written, claim) ?? (reading.diagnostics.length > 0 ? null : 'unseen');
            if (why) wrong.push(`byte ${offset} bit ${bit}: ${why}`);
          }
          copy[offset] = byte;
        }
      }
      expect(wrong).toEqual([]);
    },
  );
});

function linesOf(bytes: Buffer): { readonly from: number; readonly to: number; readonly index: number }[] {
  const ends = [...bytes.toString('latin1').matchAll(/\n/g)].map(({ index }) => index + 1);
  return ends.map((to, index) => ({ from: ends[index - 1] ?? 0, to, index }));
}

describe('lines that were dropped, doubled or exchanged', () => {
  const lines = whole.toString().split('\n').slice(0, -1);
  const changed = (change: (copy: string[]) => void): ReturnType<typeof parseOne> => {
    const copy = [...lines];
    change(copy);
    return parseOne(Buffer.from(`${copy.join('\n')}\n`));
  };
  const claim = claimOf(records);

  test.each(lines.map((_, index) => index))('line %i', (index) => {
    const claimElsewhere = claimOf(records.filter(({ seq }) => seq !== index - 1));
    const dropped = changed((copy) => copy.splice(index, 1));
    const doubled = changed((copy) => copy.splice(index, 0, copy[index] ?? ''));
    const exchanged = changed((copy) => copy.splice(index, 2, ...copy.slice(index, index + 2).toReversed()));
    expect(broken(dropped, records, claimElsewhere)).toBeNull();
    expect(broken(doubled, records, claim)).toBeNull();
    expect(
      broken(exchanged, records, claimOf(records.filter(({ seq }) => seq !== index - 1 && seq !== index))),
    ).toBeNull();
  });

  test('are refused with file, offset and the way out where a later line says that they were on disk', () => {
    const { diagnostics } = changed((copy) => copy.splice(5, 1));
    const offset = Buffer.byteLength(`${lines.slice(0, 5).join('\n')}\n`);
    expect(diagnostics).toMatchObject([{ code: 'RUN_JOURNAL_DAMAGED', severity: 'error' }]);
    expect(diagnostics[0]?.message).toContain(`journal/1.jsonl is damaged at byte ${offset}`);
    expect(diagnostics[0]?.hint).toContain('giga doctor --repair');
  });
});

test('a torn tail is a warning that says how much was cut, and that this may be damage', () => {
  const reading = parseOne(whole.subarray(0, whole.length - 10));
  expect(reading.records).toEqual(records.slice(0, -1));
  expect(reading.diagnostics).toMatchObject([{ code: 'RUN_JOURNAL_TORN', severity: 'warning' }]);
  expect(reading.diagnostics[0]?.message).toMatch(/after record 34, at byte \d+: at most 1 record, \d+ bytes\.$/);
  expect(reading.diagnostics[0]?.hint).toContain('cannot be told from');
});

describe('several segments', () => {
  const one = first(records.slice(0, 12));
  const two = segment(3, one.mark, 11, sampleRecords(12, 6, 3));
  const three = segment(4, two.mark, 17, sampleRecords(18, 6, 4), true);
  const all = [...records.slice(0, 12), ...sampleRecords(12, 6, 3), ...sampleRecords(18, 6, 4)];

  test('are one journal, in any order, with epochs left out', () => {
    const reading = parseSegments([named(4, three.bytes), named(1, one.bytes), named(3, two.bytes)]);
    expect(reading).toEqual({ records: all, diagnostics: [], sealed: true, durable: three.mark });
  });

  test('what an old holder wrote late, and segments of those who had lost the run, are ignored', () => {
    const late = first([...records.slice(0, 12), ...sampleRecords(12, 9, 1)], true);
    const lost = segment(2, one.mark, 11, sampleRecords(12, 2, 2));
    const torn = Buffer.concat([late.bytes, Buffer.from('0000 half a li')]);
    expect(
      parseSegments([named(1, torn), named(2, lost.bytes), named(3, two.bytes), named(4, three.bytes)]).records,
    ).toEqual(all);
    expect(
      parseSegments([named(1, torn), named(2, lost.bytes), named(3, two.bytes), named(4, three.bytes)]).diagnostics,
    ).toEqual([]);
  });

  test('records that are carried over keep their epochs', () => {
    const carried = segment(2, { epoch: 1, seq: 8, crc: first(records.slice(0, 9)).mark.crc }, 11, [
      ...records.slice(9, 12),
      ...sampleRecords(12, 3, 2),
    ]);
    const reading = parseSegments([named(1, one.bytes), named(2, carried.bytes)]);
    expect(reading.records).toEqual([...records.slice(0, 12), ...sampleRecords(12, 3, 2)]);
    expect(reading.durable).toMatchObject({ epoch: 2, seq: 11 });
    expect(
      parseSegments([named(1, one.bytes), named(2, carried.bytes.subarray(0, carried.bytes.indexOf('\n') + 30))])
        .diagnostics,
    ).toMatchObject([{ code: 'RUN_JOURNAL_DAMAGED' }]);
  });

  test.each([
    [
      'one is missing',
      [named(1, one.bytes), named(4, three.bytes)],
      /journal\/3\.jsonl is damaged at byte 0: the file is missing/,
      12,
    ],
    [
      'the first is missing',
      [named(3, two.bytes), named(4, three.bytes)],
      /journal\/1\.jsonl is damaged at byte 0: the file is missing/,
      0,
    ],
    [
      'an earlier one was cut',
      [named(1, one.bytes.subarray(0, -20)), named(3, two.bytes)],
      /journal\/1\.jsonl is damaged at byte \d+: everything up to record 11/,
      11,
    ],
    [
      'a later one has lost its first line',
      [named(1, one.bytes), named(3, two.bytes.subarray(5))],
      /journal\/3\.jsonl is damaged at byte 0: its first line/,
      12,
    ],
    [
      'a later one is empty',
      [named(1, one.bytes), named(3, Buffer.alloc(0))],
      /journal\/3\.jsonl is damaged at byte 0: its first line/,
      12,
    ],
    [
      'one has the name of another',
      [named(1, one.bytes), named(5, two.bytes)],
      /journal\/5\.jsonl is damaged at byte 0: it says .* epoch 3/,
      12,
    ],
    ['one follows itself', [named(2, segment(2, { epoch: 2, seq: 3, crc: 1 }, 3, []).bytes)], /follows itself/, 0],
    [
      'an earlier one was exchanged',
      [named(1, first(sampleRecords(0, 12, 1)).bytes), named(3, two.bytes)],
      /journal\/1\.jsonl is damaged/,
      12,
    ],
  ] as const)('%s: refused, with what lies before it', (_, segments, message, kept) => {
    const reading = parseSegments(segments);
    expect(reading.diagnostics[0]?.message).toMatch(message);
    expect(reading.records).toHaveLength(kept);
    expect(reading.sealed).toBe(false);
  });

  test('a journal of a later format is left alone', () => {
    const later = first([])
      .bytes.toString()
      .replace(/^.{9}\{"journal":1/, '{"journal":2')
      .trimEnd();
    const line = `${crc32(later).toString(16).padStart(8, '0')} ${later}\n`;
    expect(parseOne(Buffer.from(line)).diagnostics).toMatchObject([{ code: 'RUN_STATE_NEWER' }]);
  });

  test('nothing at all is an empty journal', () => {
    expect(parseSegments([])).toMatchObject({ records: [], diagnostics: [], sealed: false, durable: { seq: -1 } });
    expect(parseOne(Buffer.alloc(0))).toMatchObject({ records: [], diagnostics: [], sealed: false });
  });
});
