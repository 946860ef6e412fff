/** Which values a lowered script takes. */
import { assert, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkValues, MAX_VARIABLE_BYTES } from '../../../src/core/shell/guard.ts';

const check = (value: string, more: { integers?: string[]; guard?: 'subscript' | 'expansion' } = {}) =>
  checkValues({ values: { GIGA_V0: value }, integers: more.integers ?? [], guard: more.guard ?? null });
const asInteger = (value: string) => check(value, { integers: ['GIGA_V0'] });

describe('a value that must be a whole number', () => {
  test.each(['0', '-0', '+0', '7', '-7', '+7', '9223372036854775807', '-9223372036854775808'])('takes %j', (value) => {
    expect(asInteger(value)).toBeNull();
  });
  test.each([
    '',
    ' ',
    '1 ',
    ' 1',
    '1\n',
    '\n1',
    '1\r',
    '1.0',
    '1e3',
    '0x10',
    '010',
    '-08',
    '1,000',
    '--1',
    '+-1',
    '١',
    '１',
    'a',
    'PATH',
    'a[$(x)]',
    'NaN',
    'Infinity',
    '1;2',
    '1+1',
    '9223372036854775808',
    '-9223372036854775809',
    '99999999999999999999',
  ])('refuses %j', (value) => {
    expect(asInteger(value)?.code).toBe('SHELL_NOT_INTEGER');
  });
  test('names itself, says why, and quotes a value only whole', () => {
    expect(asInteger('010')).toMatchObject({
      message: '`$GIGA_V0` must be a whole number, because the shell calculates with it; it is "010".',
      hint: expect.stringContaining('octal'),
    });
    for (const octal of ['+01', '-007']) expect(asInteger(octal)?.hint).toContain('octal');
    for (const none of ['0x10', '01x', 'x01', '1.0', '']) {
      expect(asInteger(none)?.hint).toBe(
        'Convert it in the expression, for example with `int(…)`, or keep it out of the calculation.',
      );
    }
    expect(asInteger('x'.repeat(40))?.message).toMatch(/; it is "x{40}"\.$/);
    expect(asInteger('x'.repeat(41))?.message).toMatch(/; it has 41 characters\.$/);
    const secret = 'x'.repeat(100);
    expect(JSON.stringify(asInteger(secret))).not.toContain('xx');
    const named = checkValues({ values: { GIGA_V0: 'x' }, integers: ['GIGA_V0'], guard: null }, () => '`inputs.count`');
    expect(named?.message).toContain('`inputs.count` must be');
  });
});

describe('a value that no program can be given', () => {
  test.each(['\0', 'a\0b', '\uD800', 'a\uDC00b', '\uDC00\uD800'])('is refused: %j', (value) => {
    expect(check(value)?.code).toBe('STEP_BAD_VALUE');
    const what = value.includes('\0') ? 'the character NUL' : 'half of a character (a lone surrogate)';
    expect(check(value)?.message).toBe(`The value of \`$GIGA_V0\` holds ${what}, which no program can be given.`);
  });
  test('pairs of surrogates and everything else pass', () => {
    for (const value of ['', '🎉', '\u0001\u007F\uFFFF\uFDD0', '\n', '\u202E']) expect(check(value)).toBeNull();
  });
  test('is refused when it is larger than the system takes, counted in bytes with its name', () => {
    const most = MAX_VARIABLE_BYTES - 'GIGA_V0='.length;
    expect(check('x'.repeat(most))).toBeNull();
    expect(check('x'.repeat(most + 1))?.code).toBe('STEP_VALUE_TOO_LARGE');
    expect(check('é'.repeat(most / 2))).toBeNull();
    const name = 'N'.repeat(100_000);
    const named = checkValues({ values: { [name]: 'x'.repeat(40_000) }, integers: [], guard: null });
    expect(named?.message).toContain('has 40000 bytes; a program can be given about 128 KiB');
    expect(check('é'.repeat(most / 2 + 1))).toMatchObject({
      code: 'STEP_VALUE_TOO_LARGE',
      hint: expect.stringContaining('stdin'),
    });
  });
});

describe('a value in a script that evaluates text', () => {
  const RUNS = [
    'a[$(x)]',
    'a[`x`]',
    'a[0]+b[${x:=$(y)}]',
    '[$(x)]',
    'é[$(x)]',
    'x=a[$(x)]',
    'a[$[x]]',
    '1+a[$(x)]',
    'a[$',
  ];
  const EXPANDS = ['$(x)', '`x`', '${x}', '$[x]', 'x $(y) z', '$'];
  const PLAIN = ['', 'x', 'a[1]', 'a[x]', '[x](http://y)', '5 $ each', '$x', 'x | y; z', '(x)', '{x}', "'", '"'];
  test.each(RUNS)('is refused: %j', (value) => {
    expect(check(value, { guard: 'subscript' })?.code).toBe('SHELL_VALUE_EVALUATED');
    expect(check(value, { guard: 'expansion' })?.code).toBe('SHELL_VALUE_EVALUATED');
    expect(check(value)).toBeNull();
  });
  test.each(EXPANDS)('is refused only where an expansion alone runs: %j', (value) => {
    expect(check(value, { guard: 'subscript' })).toBeNull();
    expect(check(value, { guard: 'expansion' })?.code).toBe('SHELL_VALUE_EVALUATED');
  });
  test.each(PLAIN)('passes: %j', (value) => {
    expect(check(value, { guard: 'subscript' })).toBeNull();
    expect(check(value, { guard: 'expansion' })).toBeNull();
  });
  test('prose with a link and code passes where only subscripts matter', () => {
    expect(check('see [the page](http://x) and run `make` or $(make)', { guard: 'subscript' })).toBeNull();
  });
  test('values are judged together, since a script may join them', () => {
    const values = { GIGA_V0: 'a[', GIGA_V1: '$(x)', GIGA_V2: ']' };
    expect(checkValues({ values, integers: [], guard: 'subscript' })?.message).toContain('GIGA_V1');
  });
  test('the message holds nothing of the value, which may be a secret', () => {
    expect(JSON.stringify(check('a[$(hunter2)]', { guard: 'subscript' }))).not.toContain('hunter2');
  });
});

test('any text gets an answer, and a guard never lets more through', () => {
  assert(
    property(string({ unit: 'binary' }), (value) => {
      const [none, subscript, expansion] = [null, 'subscript', 'expansion'].map((guard) => isTaken(value, guard));
      return (none || !subscript) && (subscript || !expansion);
    }),
  );
  expect.assertions(0);
});

function isTaken(value: string, guard: string | null): boolean {
  return check(value, guard === 'subscript' || guard === 'expansion' ? { guard } : {}) === null;
}
