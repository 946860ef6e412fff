/** What is written is what is read: checksums, lines, fields that nobody knows yet, and values that JSON cannot say. */
import { crc32 as zlibCrc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32, crc32OfText } from '../../../src/core/journal/crc32.ts';
import { encode } from '../../../src/core/journal/format.ts';
import { endsWithSeal, parseSegments } from '../../../src/core/journal/parse.ts';
import { asJournaled, RECORD_DEPTH_LIMIT } from '../../../src/core/journal/round-trip.ts';
import type { Recorded, RunEvent } from '../../../src/core/run/event.ts';
import { first, named, parseOne, sampleRecords, segment } from './sample.ts';

describe('the checksum', () => {
  test('is that of zlib, for bytes and for text, continued from any value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(0xffffffff), (text, seed) => {
        const bytes = Buffer.from(text);
        expect(crc32(bytes, seed)).toBe(zlibCrc32(bytes, seed));
        expect(crc32OfText(text, seed)).toBe(zlibCrc32(bytes, seed));
      }),
    );
  });

  test('of a part is that of the part alone', () => {
    const bytes = Buffer.from('one two three');
    expect(crc32(bytes, 7, 4, 7)).toBe(zlibCrc32('two', 7));
  });
});

describe('records', () => {
  test('are read as they were written, whatever their payload', () => {
    const payload = fc.array(fc.jsonValue({ noUnicodeString: false, maxDepth: 4 }), { maxLength: 8 });
    fc.assert(
      fc.property(payload, fc.boolean(), (values, sealed) => {
        const records = values.map(
          (data, seq): Recorded => recorded(seq, { type: 'attempt.noted', node: 'a', op: 1, data: data as null }),
        );
        const kept = records.map((record) => asJournaled(record));
        const reading = parseOne(first(kept as Recorded[], sealed).bytes);
        expect(reading.records).toEqual(JSON.parse(JSON.stringify(records)));
        expect(reading).toMatchObject({ diagnostics: [], sealed });
      }),
    );
  });

  test('keep fields and types that nobody knows yet, and keys of every name', () => {
    const record = JSON.parse(
      '{"seq":0,"epoch":1,"at":1,"durableUpTo":-1,"type":"x-later.thing","v":3,"__proto__":{"a":1},"new":[{}]}',
    ) as Recorded;
    const read = parseOne(first([record]).bytes).records[0];
    expect(JSON.stringify(read)).toBe(JSON.stringify(record));
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });

  test('with newlines, separators and half characters stay on one line', () => {
    const data = 'a\nb\r\n\u2028\ud800 {"seq":0 {"seal":{';
    const record = recorded(0, { type: 'attempt.noted', node: 'a', op: 1, data });
    expect(parseOne(first([record, { ...record, seq: 1 }], true).bytes).records).toEqual([
      record,
      { ...record, seq: 1 },
    ]);
  });

  test('chain from group to group as in one go', () => {
    const records = sampleRecords(0, 9, 1);
    const a = encode(records.slice(0, 4), 77);
    const b = encode(records.slice(4), a.crc);
    expect({ text: a.text + b.text, crc: b.crc }).toEqual(encode(records, 77));
  });

  test.each([
    ['a gap', [0, 2]],
    ['a number twice', [0, 0]],
  ])('with %s in their numbers do not count', (_, numbers) => {
    const records = numbers.map((seq) => recorded(seq, { type: 'run.resumed' }));
    expect(parseOne(first(records).bytes).records).toHaveLength(1);
  });

  test.each([
    ['an epoch that falls', { epoch: 0 }],
    ['an epoch of somebody later', { epoch: 2 }],
    ['a claim about itself', { durableUpTo: 1 }],
    ['no type', { type: 5 }],
    ['no time', { at: null }],
  ])('with %s do not count', (_, change) => {
    const good = recorded(0, { type: 'run.resumed' });
    const bad = { ...good, seq: 1, ...change } as unknown as Recorded;
    expect(parseOne(first([good, bad]).bytes).records).toEqual([good]);
  });
});

test('an epoch never falls from record to record', () => {
  const one = first([recorded(0, { type: 'run.resumed' })]);
  const two = [2, 2, 1].map((epoch, n) => ({ ...recorded(1 + n, { type: 'run.resumed' }), epoch }));
  const reading = parseSegments([named(1, one.bytes), named(2, segment(2, one.mark, 0, two).bytes)]);
  expect(reading.records).toHaveLength(3);
  expect(reading.diagnostics).toMatchObject([{ code: 'RUN_JOURNAL_TORN' }]);
});

describe('a seal', () => {
  const bytes = first(sampleRecords(0, 3, 1), true).bytes;

  test('is found in the last stretch of a segment, whole or not', () => {
    expect(endsWithSeal(bytes)).toBe(true);
    expect(endsWithSeal(bytes.subarray(-60))).toBe(true);
    expect(endsWithSeal(bytes.subarray(0, -1))).toBe(false);
    expect(endsWithSeal(Buffer.concat([bytes, Buffer.from('\n')]))).toBe(false);
    expect(endsWithSeal(first(sampleRecords(0, 3, 1)).bytes)).toBe(false);
    expect(endsWithSeal(Buffer.alloc(0))).toBe(false);
  });

  test('of an empty journal says so', () => {
    expect(parseOne(first([], true).bytes)).toMatchObject({ records: [], sealed: true, diagnostics: [] });
  });

  test('ends the journal: what follows does not count', () => {
    const more = encode([recorded(3, { type: 'run.resumed' })], 0).text;
    expect(parseOne(Buffer.concat([bytes, Buffer.from(more)]))).toMatchObject({
      sealed: true,
      diagnostics: [],
      records: { length: 3 },
    });
  });
});

describe('values that JSON cannot say', () => {
  test('are journaled as JSON says them; others are not even copied', () => {
    const plain = { a: [1, 'x', null, { b: true }] };
    expect(asJournaled(plain)).toBe(plain);
    expect(asJournaled({ a: undefined, b: -0, c: Number.NaN, d: [undefined], e: new Date(0), f: () => 1 })).toEqual({
      b: 0,
      c: null,
      d: [null],
      e: '1970-01-01T00:00:00.000Z',
    });
    // oxlint-disable-next-line no-sparse-arrays -- a hole is what is tested
    expect(asJournaled({ a: [1, , 3] })).toEqual({ a: [1, null, 3] });
  });

  test('come back equal', () => {
    fc.assert(
      fc.property(
        fc.object({ withNullPrototype: true, withDate: true, withSparseArray: true, withBigInt: false }),
        (value) => {
          const kept = asJournaled(value);
          expect(JSON.parse(JSON.stringify(kept))).toEqual(JSON.parse(JSON.stringify(value)));
          expect(asJournaled(JSON.parse(JSON.stringify(kept)) as object)).toEqual(JSON.parse(JSON.stringify(kept)));
        },
      ),
    );
  });

  test('and nesting beyond the limit is refused', () => {
    expect(asJournaled(nested(RECORD_DEPTH_LIMIT))).not.toBeNull();
    expect(asJournaled(nested(RECORD_DEPTH_LIMIT + 1))).toBeNull();
    expect(asJournaled(nested(100_000))).toBeNull();
  });
});

function recorded(seq: number, event: RunEvent): Recorded {
  return { seq, epoch: 1, at: 1, durableUpTo: -1, ...event };
}

function nested(depth: number): object {
  return Array.from({ length: depth - 1 }).reduce<object>((inner) => ({ inner }), {});
}
