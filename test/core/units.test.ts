import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatDuration,
  formatElapsed,
  parseBytes,
  parseCount,
  parseDuration,
  parseShare,
  shareOf,
} from '../../src/core/units.ts';

describe('durations', () => {
  it.each([
    ['0s', 0],
    ['250ms', 250],
    ['10s', 10_000],
    ['1.5s', 1_500],
    ['10m', 600_000],
    ['1h30m', 5_400_000],
    ['1w2d3h4m5s6ms', 788_645_006],
    ['0.1s', 100],
    ['0.125s', 125],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    '',
    '10',
    '10 s',
    ' 10s',
    '-1s',
    '1e3s',
    '0.5ms',
    '30m1h',
    '1m1m',
    '1S',
    '1.s',
    '.5s',
    '1s\n',
    '10sec',
    '9999999999999w',
  ])('%j is none', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  it('refuses a very long text without reading it', () => {
    expect(parseDuration('1s'.repeat(1_000_000))).toBeNull();
  });

  it('are read back as they were written', () => {
    fc.assert(
      fc.property(fc.nat({ max: 10_000_000_000 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });

  it.each([
    [0, '0ms'],
    [999, '999ms'],
    [10_000, '10s'],
    [1_000, '1s'],
    [1_500, '1.5s'],
    [-1, '0ms'],
    [0.6, '1ms'],
    [86_400_000, '1d'],
    [600_000, '10m'],
    [5_400_000, '1h30m'],
    [90_061_001, '1d1h1m1.001s'],
    [1_209_600_000, '14d'],
  ])('%d ms are written %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it.each([
    [0, '0ms'],
    [812.4, '812ms'],
    [-1, '0ms'],
    [999, '999ms'],
    [1_000, '1.0s'],
    [59_950, '1m'],
    [3_600_000, '1h'],
    [3_660_000, '1h1m'],
    [86_399_000, '23h59m'],
    [86_400_000, '1d'],
    [8_149, '8.1s'],
    [11_000, '11.0s'],
    [59_949, '59.9s'],
    [59_960, '1m'],
    [72_000, '1m12s'],
    [3_599_600, '1h'],
    [7_500_000, '2h5m'],
    [273_600_000, '3d4h'],
  ])('%d ms are shown as %s', (ms, text) => {
    expect(formatElapsed(ms)).toBe(text);
  });
});

describe('bytes, counts and shares', () => {
  it.each([
    ['0', 0],
    ['512', 512],
    ['512B', 512],
    ['1KB', 1_000],
    ['1.25KB', 1_250],
    ['1MiB', 1_048_576],
    ['10MB', 10_000_000],
    ['64KiB', 65_536],
    ['1.5GB', 1_500_000_000],
    ['1GiB', 1_073_741_824],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each(['', 'KB', '10 MB', '10mb', '10K', '-1KB', '1.2B', '1e9', 'constructor', '1__proto__'])(
    '%j is no size',
    (text) => {
      expect(parseBytes(text)).toBeNull();
    },
  );

  it.each([
    ['200', 200],
    ['400k', 400_000],
    ['1.5M', 1_500_000],
  ])('%s is %d', (text, count) => {
    expect(parseCount(text)).toBe(count);
  });

  it.each(['', '4K', '1.5', '400 k', 'k'])('%j is no count', (text) => {
    expect(parseCount(text)).toBeNull();
  });

  it.each([
    ['20%', 20],
    ['0%', 0],
    ['100%', 100],
    ['12.5%', 12.5],
    ['12.55%', 12.55],
    ['20%x', null],
    ['x20%', null],
    ['101%', null],
    ['20', null],
    ['-1%', null],
    ['%', null],
  ])('the share %j is %j', (text, percent) => {
    expect(parseShare(text)).toBe(percent);
  });

  it.each([
    ['a duration', parseDuration, 's'],
    ['a size', parseBytes, ''],
    ['a count', parseCount, 'k'],
    ['a share', parseShare, '%'],
  ])('%s is read up to 100 characters', (_, parse, unit) => {
    const digits = '0'.repeat(100 - unit.length);
    expect(parse(`${digits}${unit}`)).toBe(0);
    expect(parse(`0${digits}${unit}`)).toBeNull();
  });

  it('rounds a share of the items down', () => {
    expect(shareOf(29, 100)).toBe(29);
    expect(shareOf(9, 20)).toBe(1);
    expect(shareOf(100, 29)).toBe(29);
  });
});
