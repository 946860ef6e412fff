/** Single lines: what is a checksum, a record, a header, a seal; what lines behind a damaged place prove. */
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { laterClaim } from '../../../src/core/journal/claims.ts';
import { torn } from '../../../src/core/journal/findings.ts';
import { encode, encodeHeader, encodeSeal } from '../../../src/core/journal/format.ts';
import {
  asBuffer,
  headerOf,
  type Line,
  lineAt,
  recordOf,
  sealOf,
  statedChecksum,
} from '../../../src/core/journal/line.ts';
import { endsWithSeal } from '../../../src/core/journal/parse.ts';
import { asJournaled } from '../../../src/core/journal/round-trip.ts';
import { first, parseOne, sampleRecords } from './sample.ts';

/** A line whose checksum holds, whatever it says. */
const lineOf = (value: unknown, seed = 0): Buffer => {
  const json = typeof value === 'string' ? value : JSON.stringify(value);
  return Buffer.from(`${crc32(json, seed).toString(16).padStart(8, '0')} ${json}\n`);
};
const read = <T>(bytes: Buffer, reader: (bytes: Uint8Array, line: Line) => T): T => {
  const line = lineAt(bytes, 0);
  if (line === null) expect.fail('no line');
  return reader(bytes, line);
};

test('bytes that are no Buffer are read as one, where they stand in their memory', () => {
  const memory = new Uint8Array([120, 97, 98, 120]);
  expect(asBuffer(memory.subarray(1, 3)).toString()).toBe('ab');
  const buffer = Buffer.from('ab');
  expect(asBuffer(buffer)).toBe(buffer);
});

describe('a stated checksum', () => {
  test.each<[string, number]>([
    ['00000000 ', 0],
    ['0123456789', -1],
    ['01234567 x', 0x01234567],
    ['89abcdef x', 0x89abcdef],
    ['ffffffff {}', 0xffffffff],
    ['89ABCDEF x', -1],
    ['0000000/ x', -1],
    ['0000000: x', -1],
    ['0000000` x', -1],
    ['0000000g x', -1],
    ['g0000000 x', -1],
    ['00000000', -1],
    ['0000000 x', -1],
    ['', -1],
  ])('in %j is %j', (text, crc) => {
    expect(statedChecksum(Buffer.from(text), 0, text.length)).toBe(crc);
    expect(statedChecksum(Buffer.from(`zz${text}`), 2, text.length + 2)).toBe(crc);
  });

  test('stands at the beginning of a line that ends', () => {
    expect(lineAt(Buffer.from('\n'), 0)).toEqual({ start: 0, end: 0, crc: -1 });
    expect(lineAt(Buffer.from('ab'), 0)).toBeNull();
    expect(lineAt(Buffer.from('x\n00000001 y\n'), 2)).toEqual({ start: 2, end: 12, crc: 1 });
  });
});

describe('a record', () => {
  const whole = { seq: 0, epoch: 1, at: 5, durableUpTo: -1, type: 'x' };

  test('is one with an envelope', () => {
    expect(read(lineOf(whole), recordOf)).toEqual(whole);
    expect(read(lineOf({ ...whole, seq: 7, durableUpTo: 6, more: [1] }), recordOf)).toMatchObject({
      seq: 7,
      more: [1],
    });
  });

  test.each<[unknown]>([
    [{ ...whole, seq: -1 }],
    [{ ...whole, seq: 0.5 }],
    [{ ...whole, seq: '0' }],
    [{ ...whole, epoch: 0 }],
    [{ ...whole, epoch: null }],
    [{ ...whole, durableUpTo: -2 }],
    [{ ...whole, durableUpTo: 0 }],
    [{ ...whole, durableUpTo: '-1' }],
    [{ ...whole, at: '5' }],
    [{ ...whole, type: 5 }],
    [{}],
    [[]],
    [null],
    [5],
    ['{'],
  ])('is not %j', (value) => {
    expect(read(lineOf(value), recordOf)).toBeNull();
  });
});

describe('a header', () => {
  const whole = { journal: 1, epoch: 2, after: { epoch: 1, seq: 4, crc: 5 }, durableUpTo: -1 };

  test('is the first line of a segment', () => {
    expect(headerOf(lineOf(whole))?.header).toEqual(whole);
    const least = { journal: 1, epoch: 1, after: { epoch: 0, seq: -1, crc: 0 }, durableUpTo: -1 };
    expect(headerOf(lineOf(least))?.header).toEqual(least);
  });

  test.each<[unknown]>([
    [{ ...whole, journal: 0 }],
    [{ ...whole, journal: '1' }],
    [{ ...whole, epoch: 0 }],
    [{ ...whole, epoch: 1.5 }],
    [{ ...whole, durableUpTo: -2 }],
    [{ ...whole, durableUpTo: null }],
    [{ ...whole, after: null }],
    [{ ...whole, after: {} }],
    [{ ...whole, after: { ...whole.after, epoch: -1 } }],
    [{ ...whole, after: { ...whole.after, epoch: 'x' } }],
    [{ ...whole, after: { ...whole.after, seq: -2 } }],
    [{ ...whole, after: { ...whole.after, seq: null } }],
    [{ ...whole, after: { ...whole.after, crc: -1 } }],
    [{ ...whole, after: { epoch: 1, seq: 4 } }],
    [null],
    [5],
    ['{'],
  ])('is not %j', (value) => {
    expect(headerOf(lineOf(value))).toBeNull();
  });

  test('is none that is cut, or whose checksum is another', () => {
    expect(headerOf(lineOf(whole).subarray(0, -1))).toBeNull();
    expect(headerOf(lineOf(whole, 1))).toBeNull();
    expect(headerOf(Buffer.from(`x${lineOf(whole).toString().slice(1)}`))).toBeNull();
    expect(headerOf(Buffer.alloc(0))).toBeNull();
  });
});

describe('a seal', () => {
  test('is a line of its own kind', () => {
    expect(read(lineOf({ seal: { seq: -1, crc: 0 } }), sealOf)).toEqual({ seq: -1, crc: 0 });
  });

  test.each<[unknown]>([
    [{ seal: { seq: -2, crc: 0 } }],
    [{ seal: { seq: 0, crc: -1 } }],
    [{ seal: { seq: 'x', crc: 0 } }],
    [{ seal: { seq: 0 } }],
    [{ seal: null }],
    [{ seal: 5 }],
    [{}],
    [null],
    ['{'],
  ])('is not %j', (value) => {
    expect(read(lineOf(value), sealOf)).toBeNull();
  });

  test('is none with another checksum', () => {
    expect(read(lineOf({ seal: { seq: 0, crc: 0 } }, 1), sealOf)).toBeNull();
    expect(read(Buffer.from('zzzzzzzz {"seal":{"seq":0,"crc":0}}\n'), sealOf)).toBeNull();
  });

  test('ends a stretch, or does not', () => {
    const seal = Buffer.from(encodeSeal({ seq: 3, crc: 5 }).text);
    expect(endsWithSeal(seal)).toBe(true);
    expect(endsWithSeal(Buffer.concat([Buffer.from('x\n'), seal]))).toBe(true);
    expect(endsWithSeal(Buffer.concat([seal, Buffer.from('x')]))).toBe(false);
    expect(endsWithSeal(seal.subarray(0, -1))).toBe(false);
    expect(endsWithSeal(seal.subarray(1))).toBe(false);
    expect(endsWithSeal(Buffer.from('nothing\n'))).toBe(false);
    expect(endsWithSeal(lineOf({ seal: { seq: 0, crc: 0 } }, 1))).toBe(false);
  });

  test('counts only for the records before it', () => {
    const records = sampleRecords(0, 4, 1);
    const { bytes, mark } = first(records);
    const sealed = (seq: number, crc: number): boolean =>
      parseOne(Buffer.concat([bytes, Buffer.from(encodeSeal({ seq, crc }).text)])).sealed;
    expect(sealed(3, mark.crc)).toBe(true);
    expect(sealed(2, mark.crc)).toBe(false);
    expect(sealed(3, mark.crc + 1)).toBe(false);
  });
});

describe('what later lines prove', () => {
  const records = [0, 1, 2, 3].map((seq) => ({ seq, epoch: 1, at: 5, durableUpTo: seq - 1, type: 'x' }));
  const lines = records.reduce<{ readonly texts: readonly string[]; readonly crc: number }>(
    ({ texts, crc }, record) => {
      const line = encode([record as never], crc); // a record of a type that nobody knows
      return { texts: [...texts, line.text], crc: line.crc };
    },
    { texts: [], crc: 77 },
  ).texts;
  const claimIn = (text: string, enough = 100, crc = 77): number => laterClaim(Buffer.from(text), 0, crc, enough);

  test('is the highest claim of whole lines', () => {
    expect(claimIn(lines.join(''))).toBe(2);
    expect(claimIn('')).toBe(-1);
    expect(claimIn(lines.join('').slice(0, -1))).toBe(1);
  });

  test('goes no further than is enough', () => {
    expect(claimIn(lines.join(''), 1)).toBe(1);
    expect(claimIn(lines.join(''), 0)).toBe(0);
  });

  test('counts lines that follow from what the damaged one says, or truly has', () => {
    expect(claimIn(lines.slice(1).join(''))).toBe(2); // the first does not follow, those after it do
    const [a = '', b = '', c = ''] = lines;
    expect(claimIn(a + b.replace('"x"', '"y"') + c)).toBe(1);
    expect(claimIn(a + b.replace(/^./, 'z') + c)).toBe(1);
    expect(claimIn(a + b.replace(/^./, 'z').replace('"x"', '"y"') + c)).toBe(-1);
    expect(claimIn(c)).toBe(-1);
  });

  test('parts lines whose newline was damaged', () => {
    expect(claimIn(lines.join('').replace('\n', '#'))).toBe(2);
    expect(claimIn(lines.join('').replaceAll('\n', '#').replace(/#$/, '\n'))).toBeGreaterThanOrEqual(1);
    const seal = encodeSeal({ seq: 9, crc: 1 }).text;
    expect(claimIn(lines.join('').replaceAll('\n', '#') + seal)).toBe(9);
    expect(claimIn(seal.replace('\n', '#') + (lines[1] ?? ''))).toBe(9);
  });

  test('ends with a seal, which says most', () => {
    expect(claimIn(lines.join('') + encodeSeal({ seq: 3, crc: 1 }).text)).toBe(3);
    expect(claimIn(lines.join('') + encodeSeal({ seq: 1, crc: 1 }).text)).toBe(2);
    expect(claimIn(encodeSeal({ seq: 1, crc: 1 }).text + lines.join(''))).toBe(1);
  });
});

test('the mark of what is durable is that of its record', () => {
  const records = sampleRecords(0, 8, 1).map((record) => ({
    ...record,
    durableUpTo: record.seq - 3 < 0 ? -1 : record.seq - 3,
  }));
  expect(parseOne(first(records).bytes).durable).toEqual(first(records.slice(0, 5)).mark);
  expect(parseOne(first(records.slice(0, 2)).bytes).durable).toEqual(first([]).mark);
  expect(encodeHeader({ epoch: 1, after: { epoch: 0, seq: -1, crc: 0 }, durableUpTo: -1 }).crc).toBe(
    first([]).mark.crc,
  );
});

test.each<[string, number, string]>([
  ['a', 3, 'cut after record 3, at byte 9: at most 1 record, 1 bytes.'],
  ['a\n', 3, 'cut after record 3, at byte 9: at most 1 record, 2 bytes.'],
  ['a\nb', 0, 'cut after record 0, at byte 9: at most 2 records, 3 bytes.'],
  ['\n\n', -1, 'cut before its first record, at byte 9: at most 2 records, 2 bytes.'],
])('a tail of %j is counted', (tail, last, said) => {
  expect(torn('f', Buffer.from(tail), 9, last).message).toBe(
    `The end of the journal f was not written whole. It is ${said}`,
  );
});

describe('an event as a reader gets it back', () => {
  test('is itself where JSON keeps it', () => {
    const event = { a: [1, 'x', null, true, { b: 0 }] };
    expect(asJournaled(event)).toBe(event);
  });

  test.each<[object, unknown]>([
    [{ a: undefined }, {}],
    [{ a: -0 }, { a: 0 }],
    [{ a: Number.NaN }, { a: null }],
    [{ a: Number.POSITIVE_INFINITY }, { a: null }],
    [{ a: new Date(0) }, { a: '1970-01-01T00:00:00.000Z' }],
    [{ a: { toJSON: () => 'x' } }, { a: 'x' }],
    [
      [undefined, 1],
      [null, 1],
    ],
  ])('%j is %j', (event, journaled) => {
    const got = asJournaled(event);
    expect(got).toEqual(journaled);
    expect(Object.is((got as { a?: unknown }).a, -0)).toBe(false); // an object of any kind
    expect(got).not.toBe(event);
  });

  test('is nothing where it nests too deep, also beside what does not', () => {
    let deep: object = {};
    for (let i = 0; i < 1_000; i++) deep = { d: deep };
    expect(asJournaled({ deep: 1, more: deep })).toBeNull();
    let most: object = { leaf: 1 };
    for (let i = 0; i < 999; i++) most = { d: most };
    expect(asJournaled(most)).toBe(most);
    expect(asJournaled({ d: most })).toBeNull();
  });
});
