/** Expressions written as texts again: with as few parentheses as give the same expression back. */
import { describe, expect, it } from 'vitest';
import { print } from '../../../src/core/expr/print.ts';
import { childrenOf, references, usesStatusFunction } from '../../../src/core/expr/references.ts';
import {
  ANY,
  BOOLEAN,
  listOf,
  NULL,
  NUMBER,
  OBJECT,
  STRING,
  type Type,
  unionOf,
  wordOf,
} from '../../../src/core/expr/type.ts';
import { expression } from './evaluating.ts';

describe('print', () => {
  it.each([
    "a.b['c d'].*[0]",
    'a || b || c',
    'a && b || c && d',
    '(a || b) && c',
    'a ?? b ?? c',
    '(a || b) ?? c',
    'a ?? (b && c)',
    '(a ?? b) || c',
    '(a ?? b) && (c ?? d)',
    'a ?? b + c',
    'a == b',
    'a + b ?? c',
    'a - b - c',
    'a - (b - c)',
    '(a + b) * c',
    'a + b * c',
    'a / (b / c)',
    'a == b == c',
    'a == (b == c)',
    '!(a && b)',
    '!a && b',
    '-a.b',
    '(-a).b',
    '(1).b',
    '(a ? b : c).d',
    'a ? b : c ? d : e',
    '(a ? b : c) ? d : e',
    '(a ? b : c) || d',
    "f('it''s', x => x + 1, (x, i) => [x, i])",
    "{ a: 1, a-b: 2, _c: 3, '1d': 4, 'e f': 5, '': 6, 'é': 7, '-g': 8 }",
    '[1, null, true, 1.5]',
    '!success()',
  ])('%s', (text) => {
    expect(print(expression(text).expr)).toBe(text);
  });
});

it.each([
  ['a && (b && c)', 'a && b && c'],
  ['a || (b || c)', 'a || b || c'],
  ['a ?? (b ?? c)', 'a ?? b ?? c'],
  ['a + (b)', 'a + b'],
  ['((a))', 'a'],
])('%s is %s without what says nothing', (text, printed) => {
  expect(print(expression(text).expr)).toBe(printed);
});

describe('what stands in an expression', () => {
  it.each([
    'filter(a, x => failure())',
    'a[failure()]',
    '[failure()].*',
    '{ a: failure() }',
    '!failure()',
    'a ? failure() : b',
  ])('is seen in %s', (text) => {
    expect(usesStatusFunction(expression(text).expr)).toBe(true);
  });

  it('has its children in the order of the text', () => {
    const children = (text: string): readonly string[] => childrenOf(expression(text).expr).map(print);
    expect(children('a[b]')).toEqual(['a', 'b']);
    expect(children('map(a, x => y)')).toEqual(['a', 'x => y']);
    expect(children('{ a: b, c: d }')).toEqual(['b', 'd']);
    expect(children('a.*')).toEqual(['a']);
    expect(children('a')).toEqual([]);
  });

  it.each<[string, readonly string[]]>([
    ['env(1)', ['env…']],
    ['env()', ['env…']],
    ["ENV('A')", ['env.A']],
    ['steps.*[inputs.x]', ['steps…', 'inputs.x']],
    ['steps[a][b].c[d]', ['steps…', 'a', 'b', 'd']],
    ['steps[true]', ['steps…']],
    ['steps[null].a', ['steps…']],
    ['steps[0].a', ['steps.0.a']],
    ['steps.*.*', ['steps…']],
  ])('is read from its contexts: %s', (text, paths) => {
    const found = references(expression(text).expr);
    expect(found.map(({ path, isDynamic }) => path.join('.') + (isDynamic ? '…' : ''))).toEqual(paths);
  });
});

describe('a union of types', () => {
  const words = (count: number): Type => wordOf(...Array.from({ length: count }, (_, i) => `w${i}`));

  it.each<[string, () => Type, Type]>([
    ['of one is that one', () => unionOf(NUMBER), NUMBER],
    ['of none is anything', () => unionOf(), ANY],
    ['of equal ones is one', () => unionOf(NUMBER, NUMBER), NUMBER],
    ['with anything is anything', () => unionOf(NUMBER, ANY), ANY],
    ['of two', () => unionOf(NUMBER, NULL), { kind: 'union', of: [NUMBER, NULL] }],
    [
      'of unions is flat',
      () => unionOf(unionOf(NUMBER, NULL), BOOLEAN),
      { kind: 'union', of: [NUMBER, NULL, BOOLEAN] },
    ],
    [
      'of two lists keeps both',
      () => unionOf(listOf(NUMBER), listOf(STRING)),
      { kind: 'union', of: [listOf(NUMBER), listOf(STRING)] },
    ],
    ['of two objects keeps both', () => unionOf(OBJECT, { ...OBJECT }), { kind: 'union', of: [OBJECT, OBJECT] }],
    ['of words has all', () => unionOf(wordOf('a', 'b'), wordOf('b', 'c')), wordOf('a', 'b', 'c')],
    ['of words and texts is a text', () => unionOf(wordOf('a'), STRING), STRING],
    ['of texts and words is a text', () => unionOf(STRING, wordOf('a')), STRING],
    ['of 50 words has all', () => unionOf(words(50), wordOf('w0')), words(50)],
    ['of more words than anyone reads is a text', () => unionOf(words(50), wordOf('x')), STRING],
  ])('%s', (_, union, expected) => {
    expect(union()).toEqual(expected);
  });

  it('of more than 20 lists and objects says nothing', () => {
    const lists = Array.from({ length: 21 }, () => listOf(NUMBER));
    expect(unionOf(...lists.slice(1))).toMatchObject({ kind: 'union' });
    expect(unionOf(...lists)).toEqual(ANY);
  });
});
