import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { column, cut, harmless, painter, widthOf, wrap } from '../../../src/cli/render/text.ts';
import { dateAndTime, duration, stopwatch } from '../../../src/cli/render/time.ts';

describe('harmless', () => {
  it.each([
    ['plain text', 'plain text'],
    ['\u001B[31mred\u001B[0m', 'red'],
    ['\u001B]0;title\u0007after', 'after'],
    ['\u001B]8;;http://x\u001B\\link\u001B]8;;\u001B\\', 'link'],
    ['\u001BPdcs\u001B\\after', 'after'],
    ['\u001B[2Jwiped', 'wiped'],
    ['\u009B31mred', 'red'],
    ['cut off \u001B[3', 'cut off '],
    ['cut off \u001B]0;never closed', 'cut off '],
    ['10 %\r50 %\r100 %', '100 %'],
    ['line\r', 'line'],
    ['a\tb', 'a  b'],
    ['\u202Egnp.exe', '\uFFFDgnp.exe'],
    ['bell\u0007', 'bell␇'],
    ['two\nlines', 'two␊lines'],
    ['日本語 ✔', '日本語 ✔'],
  ])('%j becomes %j', (text, expected) => {
    expect(harmless(text)).toBe(expected);
  });

  it('leaves no control character, whatever comes', () => {
    const nasty = fc.string({
      unit: fc.constantFrom(
        '\u001B',
        '[',
        ']',
        '\u009B',
        '\u0007',
        '\r',
        '\n',
        ';',
        '3',
        'm',
        'x',
        '\\',
        '\u202E',
        '\u0000',
        'é',
      ),
    });
    fc.assert(
      fc.property(nasty, (text) => {
        // oxlint-disable-next-line no-control-regex -- they are what must be gone
        expect(harmless(text)).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u202A-\u202E]/);
      }),
    );
  });
});

describe('width', () => {
  it.each([
    ['abc', 3],
    ['日本', 4],
    ['e\u0301', 1],
    ['✔', 1],
    ['😀', 2],
  ])('of %j is %i cells', (text, cells) => {
    expect(widthOf(text)).toBe(cells);
  });

  it('of a cut text is never over the limit, and of a column exactly that', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '日', 'e\u0301', '😀', ' ') }),
        fc.integer({ min: 1, max: 20 }),
        (text, cells) => {
          expect(widthOf(cut(text, cells))).toBeLessThanOrEqual(cells);
          expect(widthOf(column(text, cells))).toBe(cells);
          if (widthOf(text) <= cells) expect(cut(text, cells)).toBe(text);
        },
      ),
    );
  });
});

it('wraps at blanks', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrap('averylongword b', 4)).toEqual(['averylongword', 'b']);
  expect(wrap('', 4)).toEqual([]);
});

it('paints only when there are colours', () => {
  expect(painter(false)('bad', 'x')).toBe('x');
  expect(painter(true)('bad', 'x')).toBe('\u001B[31mx\u001B[39m');
});

describe('times', () => {
  it.each([
    [-5, '0ms'],
    [42.4, '42ms'],
    [100, '0.1s'],
    [12_449, '12.4s'],
    [59_999, '59.9s'],
    [72_000, '1m12s'],
    [3_600_000, '1h00m'],
    [7_500_000, '2h05m'],
    [3 * 86_400_000 + 4 * 3_600_000, '3d04h'],
  ])('%i ms are %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it('are shown as a stopwatch and as a date', () => {
    expect([stopwatch(41_000), stopwatch(3_641_000), stopwatch(-1)]).toEqual(['00:41', '1:00:41', '00:00']);
    expect(dateAndTime(new Date(2026, 2, 9, 12, 0, 43).getTime())).toBe('2026-03-09 12:00:43');
  });
});
