import { describe, expect, it } from 'vitest';
import { FUNCTIONS, findFunction } from '../../../src/core/expr/functions/table.ts';
import type { Value } from '../../../src/core/expr/value.ts';
import { parseExpression } from '../../../src/lang/expr/parse.ts';
import { codeOf, evaluateText, valueOf } from './evaluating.ts';

const list = [
  { name: 'b', score: 3 },
  { name: 'a', score: 5 },
  { name: 'c', score: 1 },
];

describe('functions', () => {
  it.each<[string, Value]>([
    // texts
    ["length('äb😊')", 3],
    ['length([1, 2])', 2],
    ['length({ a: 1 })', 1],
    ["trim(' a b\n')", 'a b'],
    ["lower('ÄB')", 'äb'],
    ["upper('äb')", 'ÄB'],
    ["split('a,b,,c', ',')", ['a', 'b', '', 'c']],
    ["split('a😊', '')", ['a', '😊']],
    ["split('', ',')", ['']],
    ["replace('a/b/c', '/', '-')", 'a-b-c'],
    ["replace('aaa', 'a', '$&')", '$&$&$&'],
    ["replace('abc', '', 'x')", 'abc'],
    ["slice('a😊bc', 1, 3)", '😊b'],
    ["slice('abc', -2)", 'bc'],
    ['slice([1, 2, 3], 1)', [2, 3]],
    ["reverse('a😊')", '😊a'],
    ['reverse([1, 2])', [2, 1]],
    ["matches('v1.2', '\\d+\\.\\d+')", true],
    ["matches('v1.2', '^\\d+')", false],
    ["matches('ÀB', '(?i)àb')", true],
    ["urlEncode('a b/ü&')", 'a%20b%2F%C3%BC%26'],
    ['urlEncode(1.5)', '1.5'],
    // lists
    ['filter(list, x => x.score > 2).*.name', ['b', 'a']],
    ['map(list, (x, i) => i)', [0, 1, 2]],
    ['map(list, x => { n: x.name })[1].n', 'a'],
    ['map([1, 2], x => map([10], y => x + y))', [[11], [12]]],
    ['map([1], x => map([2], x => x))', [[2]]],
    ['any(list, x => x.score > 4)', true],
    ['any([], x => true)', false],
    ['all(list, x => x.score > 1)', false],
    ['all([], x => false)', true],
    ["find(list, x => x.name == 'c').score", 1],
    ["find(list, x => x.name == 'z')", null],
    ['sortBy(list, x => x.score).*.name', ['c', 'b', 'a']],
    ['sortBy(list, x => x.name).*.name', ['a', 'b', 'c']],
    ["groupBy(['ab', 'ac', 'b'], x => slice(x, 0, 1)).a", ['ab', 'ac']],
    ['count(list)', 3],
    ['count(list, x => x.score > 2)', 2],
    ['first([3, 4])', 3],
    ['first([])', null],
    ['last([3, 4])', 4],
    ["unique([1, 1, '1', [2], [2], { b: 1, a: 2 }, { a: 2, b: 1 }])", [1, '1', [2], { a: 2, b: 1 }]],
    ['sort([10, 9, 1])', [1, 9, 10]],
    ["sort(['b', 'Z', 'a'])", ['Z', 'a', 'b']],
    ['sort([])', []],
    ['flatten([1, [2, [3]], []])', [1, 2, [3]]],
    ['range(3)', [0, 1, 2]],
    ['range(2, 4)', [2, 3]],
    ['range(4, 2)', []],
    ['chunk([1, 2, 3], 2)', [[1, 2], [3]]],
    ['keys({ b: 1, a: 2 })', ['b', 'a']],
    ['values({ b: 1, a: 2 })', [1, 2]],
    ['entries({ b: 1 })', [{ key: 'b', value: 1 }]],
    ['merge({ a: 1, b: 1 }, { b: 2 })', { a: 1, b: 2 }],
    // numbers and dates
    ['min([3, 1, 2])', 1],
    ['max(3, 1, 2)', 3],
    ["max('a', 'b')", 'b'],
    ['min([])', null],
    ['sum([1, 2, 3])', 6],
    ['sum([])', 0],
    ['round(2.5)', 3],
    ['round(-2.5)', -2],
    ['round(1.005, 2)', 1.01],
    ['round(1e300, 2)', 1e300],
    ['floor(-1.5)', -2],
    ['ceil(1.2)', 2],
    ['abs(-3)', 3],
    ["duration('1h30m')", 5_400_000],
    ["date('2026-03-01')", '2026-03-01T00:00:00.000Z'],
    ["date('2026-03-01T12:30:00+02:00', 'YYYY-MM-DD HH:mm:ss.SSS')", '2026-03-01 10:30:00.000'],
    ["date(0, 'YYYY')", '1970'],
    // conversions
    ["default('', 1)", 1],
    ['default(null, 1)', 1],
    ['default(0, 1)', 0],
    ['typeof(null)', 'null'],
    ['typeof([])', 'array'],
    ['typeof({ })', 'object'],
    ["typeof('')", 'string'],
    ["int('12.9')", 12],
    ["int(' -3 ')", -3],
    ['int(true)', 1],
    ["float('1.5e3')", 1500],
    ['string(1.5)', '1.5'],
    ['string(null)', ''],
    ["bool('true')", true],
    ["bool('false')", false],
    ['bool(0)', false],
    ['bool(null)', false],
    ["sha256('')", 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ["base64('ü')", 'w7w='],
    ["uuid5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'python.org')", '886313e1-3b8a-5372-9b90-0c9aee199e5d'],
    ["env('A')", 'x'],
    ["env('a' + 'b')", null],
  ])('%s', (text, value) => {
    expect(valueOf(text, { list, env: { A: 'x' } })).toEqual(value);
  });

  it.each([
    ['length(null)', 'EXPR_ARGUMENT'],
    ['upper(1)', 'EXPR_ARGUMENT'],
    ["sum(['1'])", 'EXPR_ARGUMENT'],
    ["sort([1, 'a'])", 'EXPR_ARGUMENT'],
    ['sort([[1]])', 'EXPR_ARGUMENT'],
    ["max(1, 'a')", 'EXPR_ARGUMENT'],
    ['chunk([1], 0)', 'EXPR_ARGUMENT'],
    ['range(1.5)', 'EXPR_ARGUMENT'],
    ["int('x')", 'EXPR_ARGUMENT'],
    ["int('')", 'EXPR_ARGUMENT'],
    ["float('1,5')", 'EXPR_ARGUMENT'],
    ["bool('yes')", 'EXPR_ARGUMENT'],
    ["duration('10')", 'EXPR_ARGUMENT'],
    ["date('yesterday')", 'EXPR_ARGUMENT'],
    ["date('2026-02-30')", 'EXPR_ARGUMENT'],
    ["date('2026-01-01T24:00')", 'EXPR_ARGUMENT'],
    ['date(1e300)', 'EXPR_ARGUMENT'],
    ["uuid5('x', 'y')", 'EXPR_ARGUMENT'],
    ['round(1, 99)', 'EXPR_ARGUMENT'],
    ["case('yes', 1, 2)", 'EXPR_ARGUMENT'],
    ["matches('a', '(')", 'EXPR_PATTERN'],
    ["matches('a', '(?=b)')", 'EXPR_PATTERN'],
    ["format('{9}', 1)", 'EXPR_FORMAT'],
    ["format('{', 1)", 'EXPR_FORMAT'],
    ["fromJSON('{')", 'EXPR_JSON'],
    ['map([1])', 'EXPR_ARGUMENT_COUNT'],
    ['now(1)', 'EXPR_ARGUMENT_COUNT'],
    ['map([1], 2)', 'EXPR_LAMBDA'],
    ['length(x => x)', 'EXPR_LAMBDA'],
    ['raw(1)', 'EXPR_NOT_BUILT'],
    ['nothing()', 'EXPR_UNKNOWN_FUNCTION'],
  ])('%s is %s', (text, code) => {
    expect(codeOf(evaluateText(text))).toBe(code);
  });

  it('are found without regard to case', () => {
    expect(findFunction('TOjson')?.name).toBe('toJSON');
    expect(findFunction('__proto__')).toBeUndefined();
  });

  it.each(FUNCTIONS.filter((spec) => spec.example).map((spec) => [spec.name, spec.example ?? '']))(
    'the example of %s can be read: %s',
    (_, example) => {
      expect(parseExpression(example)).toMatchObject({ ok: true });
    },
  );

  it('have unique names', () => {
    expect(new Set(FUNCTIONS.map((spec) => spec.name.toLowerCase())).size).toBe(FUNCTIONS.length);
  });
});
