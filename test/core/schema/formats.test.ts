/** Texts that have a format of JSON Schema, and texts that nearly do. */
import { describe, expect, it } from 'vitest';
import { FORMAT_NAMES, hasFormat } from '../../../src/core/schema/formats.ts';

const x = (count: number): string => 'x'.repeat(count);

const TEXTS: Readonly<Record<string, readonly [fits: readonly string[], fitsNot: readonly string[]]>> = {
  date: [
    ['2024-02-29', '2000-02-29', '2023-02-28', '2023-12-31', '2023-04-30', '2023-01-01', '2023-10-31'],
    [
      '1900-02-29',
      '2023-02-29',
      '2023-13-01',
      '2023-00-10',
      '2023-04-31',
      '2023-06-31',
      '2023-09-31',
      '2023-11-31',
      '2023-01-32',
      '2023-01-00',
      'x2023-01-01',
      '2023-01-01x',
      '2023-1-1',
      '2023-01',
      '',
    ],
  ],
  time: [
    ['23:59:59Z', '00:00:60z', '19:00:00.123+02:00', '09:00:00-23:59', '12:00:00.1234567Z'],
    [
      '24:00:00Z',
      '12:60:00Z',
      '12:00:61Z',
      '12:00:00',
      '12:00:00+24:00',
      '12:00:00+02:60',
      'x12:00:00Z',
      '12:00:00Zx',
      '12:00:00.Z',
      '12:00Z',
      '1:00:00Z',
      '12:00:00+02',
    ],
  ],
  'date-time': [
    ['2024-02-29T12:00:00Z', '2024-02-29t12:00:00.5+01:00'],
    [
      '2024-02-30T12:00:00Z',
      '2024-02-29 12:00:00Z',
      '2024-02-29T25:00:00Z',
      '2024-02-29',
      '2024-02-29T',
      '2024-02-29xT12:00:00Z',
      '2024-02-2912:00:00Z',
    ],
  ],
  email: [
    ['a@b.c', 'a.b+c@example.com', `${x(64)}@b`],
    [
      '@b.c',
      'abc',
      'a@',
      'a',
      'a b@c',
      'a@b c',
      `${x(65)}@b`,
      '"a"@b.c',
      'a,b@c',
      'a@-b.c',
      'a@b@c d',
      'a(b@c',
      'a[b@c',
      'a\\b@c',
    ],
  ],
  hostname: [
    ['a', '1', 'a-b.example.com', x(63), `${x(63)}.${x(63)}.${x(63)}.${x(61)}`],
    ['-a', 'a-', 'a..b', '', 'a_b', x(64), `${x(63)}.${x(63)}.${x(63)}.${x(62)}`, 'a.', '.a', 'a b'],
  ],
  ipv4: [
    ['0.0.0.0', '255.255.255.255', '1.22.199.249', '10.100.200.250'],
    [
      '256.0.0.1',
      '01.2.3.4',
      '1.2.3',
      '1.2.3.4.5',
      '1.2.3.x',
      '260.1.1.1',
      '1.2.3.299',
      '1.2.3.x4',
      '1.2.3.4x',
      '1.2.3.',
      '',
    ],
  ],
  ipv6: [
    [
      '::',
      '::1',
      '1:2:3:4:5:6:7:8',
      '1::8',
      'fe80::',
      '::ffff:1.2.3.4',
      '1:2:3:4:5:6:1.2.3.4',
      'ABCD::ef01',
      '1:2:3:4:5:6::8',
      '::1.2.3.4',
      '1::1.2.3.4',
    ],
    [
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '1::2::3',
      '1:2:3:4::5::6:7:8',
      '12345::',
      'g::',
      '::1.2.3',
      '1:2:3:4:5:6:7::8',
      '1.2.3.4',
      '1:2:3:4:5:6:7:1.2.3.4',
      '1.2.3.4::',
      ':::',
      '',
      '::x1',
      '::1x',
      '1:2:3:4:5:1.2.3.4',
      '::1.2.3.4:5',
      '::1.2.3.256',
    ],
  ],
  uri: [
    ['https://a/b?c#d', 'urn:x:y', 'a+b.c-d1:e', 'A:b', `a:${x(2046)}`],
    [
      '//a',
      '1a:b',
      'a:',
      'a:b c',
      'a:<b>',
      '',
      'a:b"c',
      ':x',
      'a:b|c',
      'a:b\\c',
      'a:b^c',
      'a:b`c',
      'a:{b}',
      ' a:b',
      `a:${x(2047)}`,
    ],
  ],
  uuid: [
    ['886313e1-3b8a-5372-9b90-0c9aee199e5d', '886313E1-3B8A-5372-9B90-0C9AEE199E5D'],
    [
      '886313e1-3b8a-5372-9b90-0c9aee199e5',
      '886313e1-3b8a-5372-9b90-0c9aee199e5dd',
      '886313e13b8a53729b900c9aee199e5d',
      'g86313e1-3b8a-5372-9b90-0c9aee199e5d',
      'x886313e1-3b8a-5372-9b90-0c9aee199e5d',
    ],
  ],
};

it('all formats have texts here', () => {
  expect(Object.keys(TEXTS)).toEqual(FORMAT_NAMES);
});

describe.each(Object.entries(TEXTS))('the format %s', (format, [fits, fitsNot]) => {
  it.each(fits)('is that of %j', (text) => {
    expect(hasFormat(text, format)).toBe(true);
  });

  it.each(fitsNot)('is not that of %j', (text) => {
    expect(hasFormat(text, format)).toBe(false);
  });
});

it('a format that nobody knows is had by no text', () => {
  expect(hasFormat('x', 'toString')).toBe(false);
});
