/** How values are compared, counted as numbers and written as texts: the rules of GitHub, from `==` to `join`. */
import { describe, expect, it } from 'vitest';
import { lookupObject, secretValue, type Value } from '../../../src/core/expr/value.ts';
import { codeOf, evaluateText, valueOf } from './evaluating.ts';

const o = { a: 1 };
const secrets = lookupObject(
  () => secretValue('TOKEN'),
  () => ['TOKEN'],
);
const half = '\ud83d';

describe('== compares', () => {
  it.each<[string, boolean]>([
    // texts without regard to case
    ["'a' == 'A'", true],
    ["'a' == 'b'", false],
    ["'éa' == 'ÉA'", true],
    ["'ÿ' == 'Ÿ'", true],
    ["'ß' == 'SS'", false],
    ["'ß' == 'ß'", true],
    ["'ı' == 'I'", false],
    ["'ı' == 'i'", false],
    ["'éabc' == 'ÉABC'", true],
    ["'ŉ' == 'ʼN'", false],
    ['true == 2', false],
    // one kind with itself
    ['1 == 1', true],
    ['1 == 2', false],
    ['NaN == NaN', false],
    ['true == true', true],
    ['true == false', false],
    ['null == null', true],
    // kinds with each other, as numbers
    ["'1' == 1", true],
    ["' 1.5 ' == 1.5", true],
    ["'' == 0", true],
    ["'x' == 0", false],
    ["'0xff' == 255", true],
    ["'0o17' == 15", true],
    ["'0XFF' == 255", false],
    ["'0O17' == 15", false],
    ["'0b1' == 1", false],
    ["'0B1' == 1", false],
    ["'  0b1' == 1", false],
    ["'\t0b1' == 1", false],
    ['null == 0', true],
    ["null == ''", true],
    ['null == false', true],
    ["null == 'null'", false],
    ['true == 1', true],
    ["true == '1'", true],
    ['false == 0', true],
    ["false == ''", true],
    ["true == 'true'", false],
    // lists and objects by identity
    ['o == o', true],
    ['list == list', true],
    ['[] == []', false],
    ['{} == {}', false],
    ['[] == 0', false],
    ["[] == ''", false],
    ['null == o', false],
    ['o == null', false],
    ["'' == '' && 1 == 1", true],
  ])('%s: %j', (text, result) => {
    expect(valueOf(text, { o, list: [1] })).toBe(result);
  });
});

describe('truth', () => {
  it.each<[string, boolean]>([
    ['null', false],
    ['false', false],
    ['0', false],
    ['-0', false],
    ['NaN', false],
    ["''", false],
    ['true', true],
    ['1', true],
    ["' '", true],
    ["'0'", true],
    ["'false'", true],
    ['[]', true],
    ['{}', true],
    ['Infinity', true],
  ])('of %s is %j', (text, truth) => {
    expect(valueOf(`${text} ? 1 : 2`)).toBe(truth ? 1 : 2);
    expect(valueOf(`!${text}`)).toBe(!truth);
    expect(valueOf(`${text} && 'x'`)).toEqual(truth ? 'x' : valueOf(text));
    expect(valueOf(`any([${text}], x => x)`)).toBe(truth);
  });
});

describe('> and its like compare', () => {
  it.each<[string, boolean]>([
    ["'b' > 'a'", true],
    ["'B' > 'a'", true],
    ["'a' > 'B'", false],
    ["'a' > 'a'", false],
    ["'_' > 'a'", true], // by upper case: '_' lies between the two alphabets
    ["'É' > 'é'", false],
    ["'b' < 'c'", true],
    ["'10' > '9'", false],
    ["'10' > 9", true],
    ['2 > 1', true],
    ['1 > 2', false],
    ['1 < 1', false],
    ['1 < 2', true],
    ['1 <= 1', true],
    ['2 <= 1', false],
    ['1 <= 2', true],
    ['1 >= 1', true],
    ['2 >= 1', true],
    ['1 >= 2', false],
    ['true > false', true],
    ['1 > null', true],
    ['NaN > 1', false],
    ['NaN >= NaN', false],
    ["'x' > 1", false],
    ['[1] > 0', false],
    ['0 > [1]', false],
    ['list >= list', true],
    ['list > list', false],
    ['Infinity > 1', true],
    ["1 > 'x'", false],
    ["11 > '10'", true],
    ["null > 'a'", false],
    ["true > ''", true],
  ])('%s: %j', (text, result) => {
    expect(valueOf(text, { list: [1] })).toBe(result);
  });
});

describe('arithmetic', () => {
  it.each<[string, Value]>([
    ['+5', 5],
    ['+(2 + 3)', 5],
    ['+(-5)', -5],
    ['-5', -5],
    ['2 - 5', -3],
    ['string(NaN)', 'NaN'],
    ['string(Infinity)', 'Infinity'],
    ['string(-Infinity)', '-Infinity'],
  ])('%s', (text, value) => {
    expect(valueOf(text)).toBe(value);
  });

  it.each([
    ["1 - '1'", '`-` takes numbers; here is a text.'],
    ["'1' - 1", '`-` takes numbers; here is a text.'],
    ["'a' + 1", '`+` joins two texts or adds two numbers; here are a text and a number.'],
    ["1 + 'a'", '`+` joins two texts or adds two numbers; here are a number and a text.'],
    ['[1] * 2', '`*` takes numbers; here is a list.'],
    ['-o', '`-` takes numbers; here is an object.'],
    ['-(true)', '`-` takes numbers; here is a boolean.'],
  ])('%s is refused', (text, message) => {
    expect(evaluateText(text, { o })).toMatchObject({ error: { code: 'EXPR_OPERANDS', message } });
  });

  it('a secret is compared with the empty text from either side', () => {
    expect(valueOf("'' == secrets.T", { secrets })).toBe(false);
    expect(valueOf("'' != secrets.T", { secrets })).toBe(true);
  });
});

describe('functions of GitHub', () => {
  it.each<[string, Value]>([
    ["startsWith('Release/1', 'release/')", true],
    ["startsWith('a/release/', 'release/')", false],
    ['startsWith(123, 12)', true],
    ["startsWith(null, '')", true],
    ["startsWith(list, '')", false],
    ["startsWith('Array', list)", false],
    ["endsWith('README.MD', '.md')", true],
    ["endsWith('.md.txt', '.md')", false],
    ['endsWith(123, 23)', true],
    ["endsWith(list, '')", false],
    ["endsWith('Array', list)", false],
    ["contains('Hello', 'ELL')", true],
    ["contains('Hello', 'x')", false],
    ['contains(123, 2)', true],
    ["contains('Array', list)", false],
    ["contains(list, 'B')", true],
    ["contains(list, 'c')", false],
    ["contains(list, '1')", true],
    ['contains([], null)', false],
    ["contains({ a: 'b' }, 'b')", false],
    ["contains(o, '')", false],
    ["join('a')", 'a'],
    ['join(1)', '1'],
    ['join(null)', ''],
    ['join(o)', ''],
    ['join(list)', 'a,B,1'],
    ["join(list, '')", 'aB1'],
    ['join(list, 0)', 'a0B01'],
    ['join(list, list)', 'a,B,1'],
    ['join([list, o, true, false, null])', 'Array,Object,true,false,'],
    ["format('{{0}} {0}', 1)", '{0} 1'],
    ["format('}}{0}', 1)", '}1'],
    ["format('{10}{1}{0}', 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 'x')", 'x10'],
    ["format('{0}{0}', false)", 'falsefalse'],
  ])('%s', (text, value) => {
    expect(valueOf(text, { list: ['a', 'B', 1], o })).toBe(value);
  });

  it.each([
    ["format('{', 1)", 'The template of `format` is not valid: {'],
    ["format('}', 1)", 'The template of `format` is not valid: }'],
    ["format('{x}', 1)", 'The template of `format` is not valid: {x}'],
    ["format('{1}', 1)", '`format` has no value for {1}.'],
  ])('%s is refused', (text, message) => {
    expect(evaluateText(text)).toMatchObject({ error: { code: 'EXPR_FORMAT', message } });
  });
});

describe('functions at the edges of what they take', () => {
  it.each<[string, Value]>([
    ["length('abc')", 3],
    ["length('\uffff\uffff')", 2],
    ['last([1, 2, 3])', 3],
    ['chunk([1, 2], 1)', [[1], [2]]],
    ['round(1.5, 15)', 1.5],
    ['round(-1.5, 0)', -1],
    ['max(1)', 1],
    ['max([2, 3])', 3],
    ["min('b', 'a')", 'a'],
    ['sort([2, NaN, 1])', [1, 2, Number.NaN]],
    ["sort(['b', 'a', 'c', 'a'])", ['a', 'a', 'b', 'c']],
    ['sortBy([{ n: 1, s: 1 }, { n: 2, s: 0 }, { n: 3, s: 1 }, { n: 4, s: 0 }], x => x.s).*.n', [2, 4, 1, 3]],
    ["sortBy([{ n: 1, s: 'b' }, { n: 2, s: 'a' }, { n: 3, s: 'b' }], x => x.s).*.n", [2, 1, 3]],
    ["date('2026-01-01T00:00:00.5Z')", '2026-01-01T00:00:00.500Z'],
    ["date('2026-01-01T00:00:00.1239Z')", '2026-01-01T00:00:00.123Z'],
    ["date('2026-01-01T12:00:00+02:30')", '2026-01-01T09:30:00.000Z'],
    ["date('2026-01-01T12:00:00-02:30')", '2026-01-01T14:30:00.000Z'],
    ["date('2026-01-01t23:59:59z')", '2026-01-01T23:59:59.000Z'],
    ["date('2026-01-01 12:34', 'DD.MM.YYYY HH:mm:ss,SSS')", '01.01.2026 12:34:00,000'],
    ["date(8640000000000000, 'YYYY|MM|DD')", '+275760|09|13'],
    ["date(-62198755200000, 'YYYY')", '-000001'],
    ['unique([NaN, null])', [Number.NaN]], // both are null in JSON
    ["typeof(fromJSON('[]'))", 'array'],
  ])('%s', (text, value) => {
    expect(valueOf(text)).toEqual(value);
  });

  it.each([
    ["int('  ')", '`int` was given "  ", which is no number.'],
    ["int('x')", '`int` was given "x", which is no number.'],
    ["float('x')", '`float` was given "x", which is no number.'],
    ["bool('x')", '`bool` was given "x", which is no boolean.'],
    ['round(1, 1.5)', '`round` takes a whole number of digits from 0 to 15.'],
    ['round(1, -1)', '`round` takes a whole number of digits from 0 to 15.'],
    ['round(1, 16)', '`round` takes a whole number of digits from 0 to 15.'],
    ['max([1], [2])', '`max` takes numbers, or texts, not a mixture.'],
    ['merge({ }, { }, 1)', '`merge` takes an object as its object, not a number.'],
    ["date('2026-01-01T10:60')", '"2026-01-01T10:60" is no date.'],
    ["date('2026-01-01T10:59:60')", '"2026-01-01T10:59:60" is no date.'],
    ["date('2026-13-01')", '"2026-13-01" is no date.'],
    ["uuid5('6ba7b8109dad11d180b400c04fd430c80', 'x')", 'The namespace of `uuid5` must be a UUID.'],
    ["uuid5('x6ba7b8109dad11d180b400c04fd430c8', 'x')", 'The namespace of `uuid5` must be a UUID.'],
    ['urlEncode(half)', '`urlEncode` was given a text with half a character in it.'],
  ])('%s is refused', (text, message) => {
    expect(evaluateText(text, { half })).toMatchObject({ error: { code: 'EXPR_ARGUMENT', message } });
  });
});

describe('calls', () => {
  it.each([
    ['upper()', 'EXPR_ARGUMENT_COUNT', '`upper` takes 1 argument, not 0.'],
    ["replace('a')", 'EXPR_ARGUMENT_COUNT', '`replace` takes 3 arguments, not 1.'],
    ['now(1)', 'EXPR_ARGUMENT_COUNT', '`now` takes 0 arguments, not 1.'],
    ['max()', 'EXPR_ARGUMENT_COUNT', '`max` takes 1 or more arguments, not 0.'],
    ['slice()', 'EXPR_ARGUMENT_COUNT', '`slice` takes 2 to 3 arguments, not 0.'],
    ['case(true)', 'EXPR_ARGUMENT_COUNT', '`case` takes 3 or more arguments, not 1.'],
    ['case(true, 1)', 'EXPR_ARGUMENT_COUNT', '`case` takes 3 or more arguments, not 2.'],
    ['case(true, 1, 2, 3)', 'EXPR_ARGUMENT_COUNT', expect.stringContaining('an odd number')],
    ['case(secrets.T, 1, 2)', 'EXPR_ARGUMENT', 'A condition of `case` must be a boolean, not a secret.'],
    ["case(fromJSON('x'), 1, 2)", 'EXPR_JSON', expect.stringContaining('no JSON')],
    ['map([1], 2)', 'EXPR_LAMBDA', '`map` takes a lambda here, such as `x => x.name`.'],
    ['upper(1)', 'EXPR_ARGUMENT', '`upper` takes a text as its text, not a number.'],
    ['date(null)', 'EXPR_ARGUMENT', '`date` takes a text or a number as its date, not null.'],
    ["format('{0}{1}', fromJSON('x'), now())", 'EXPR_JSON', expect.stringContaining('no JSON')],
    ["[fromJSON('x'), now()]", 'EXPR_JSON', expect.stringContaining('no JSON')],
  ])('%s: %s', (text, code, message) => {
    expect(evaluateText(text, { secrets })).toMatchObject({ error: { code, message } });
  });

  it('say what to do with a null, and only with one', () => {
    expect(evaluateText('upper(null)')).toMatchObject({ error: { hint: expect.stringContaining('`??`') } });
    expect(evaluateText('upper(1)')).not.toHaveProperty('error.hint');
  });

  it('case takes the first that is true', () => {
    expect(valueOf("case(false, 'a', true, 'b', 'c')")).toBe('b');
    expect(valueOf("case(false, 'a', false, 'b', 'c')")).toBe('c');
  });

  it('two at once in one text are two', () => {
    expect(codeOf(evaluateText("now() == fromJSON('x')"))).toBe('EXPR_JSON');
  });
});

describe('access', () => {
  it.each<[string, Value]>([
    ['[1, 2].*', [1, 2]],
    ['[{ a: 1 }, { b: 2 }].*.a', [1]],
    ['[[1], [2, 3]].*.*', [1, 2, 3]],
    ['{ a: [1], b: [2] }.*.*', [1, 2]],
    ['text.*', []],
    ['{ Array: 1 }[[1]]', null],
    ['{ undefined: 1 }.x', null],
    ['[1, 2][-1]', null],
    ['[1, 2][[1]]', null],
    ["[1, 2]['1']", 2],
    ['[1, 2][1.9]', 2],
    ["{ '1': 5 }[1]", 5],
    ['text[0]', null],
  ])('%s', (text, value) => {
    expect(valueOf(text, { text: 'abc' })).toEqual(value);
  });
});

it('a secret in a list has no members', () => {
  expect(valueOf('[secrets.T].*.parts', { secrets })).toEqual([]);
  expect(valueOf('[secrets.T].*.*', { secrets })).toEqual([]);
});
