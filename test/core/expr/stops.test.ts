/** Where the evaluation of an expression ends early: everything that was asked for on the way ends with it. */
import { describe, expect, test } from 'vitest';
import { index, readEntries, wildcard } from '../../../src/core/expr/access.ts';
import { Budget, Halt } from '../../../src/core/expr/halt.ts';
import { patternProblem } from '../../../src/core/expr/regex.ts';
import {
  entriesOf,
  lookupObject,
  NeededValue,
  secretValue,
  textValue,
  type Value,
} from '../../../src/core/expr/value.ts';
import { codeOf, evaluateText, valueOf } from './evaluating.ts';

const NEEDED = new NeededValue({ key: 'k', kind: 'now', args: [] });
const spent = (): Budget => {
  const budget = new Budget();
  budget.step(1_000_000);
  return budget;
};

describe('with no work left', () => {
  test.each([
    ['the members of items', () => index(wildcard([{ a: 1 }], new Budget()) as Value, 'A', spent())],
    ['a member by another case', () => index({ a: 1 }, 'A', spent())],
    ['the items of a list', () => wildcard([1], spent())],
    ['the entries of an object', () => readEntries({ a: 1 }, spent())],
    ['the values of an object', () => wildcard({ a: 1 }, spent())],
  ])('%s are not read', (_what, read) => {
    expect(read()).toBeInstanceOf(Halt);
  });
});

describe('a value that is to be captured first', () => {
  test.each(['count(list, x => x == needed)', 'groupBy(list, x => needed)', 'env(name)', 'toJSON(needed)'])(
    'is what %s needs',
    (text) => {
      const contexts = { list: [1, 2], needed: NEEDED, name: 'A', env: NEEDED };
      expect(evaluateText(text, contexts)).toMatchObject({ kind: 'missing', captures: [{ key: 'k' }] });
    },
  );
});

describe('a secret', () => {
  const contexts = { s: secretValue('A') };
  test('alone is what joining it gives; with a number it is none', () => {
    expect(valueOf('join(s)', contexts)).toEqual(secretValue('A'));
    expect(codeOf(evaluateText('int(s)', contexts))).toBe('EXPR_SECRET');
  });

  test('in a text of a plan stands for itself', () => {
    expect(textValue({ secretText: ['a', { secret: 'A' }] })).not.toBe('a');
    expect(textValue('a')).toBe('a');
  });
});

test.each([
  ['+x', 3],
  ['-x', -3],
  ['!x', false],
  ['last(none)', null],
  ['last(list)', 2],
  ['length(object)', 2],
  ["length('aé𝒳')", 3],
  ['join(x)', '3'],
  ['join(object)', ''],
  ['case(x == 3, 1, 2)', 1],
  ['case(x == 4, 1, x == 5, 2, 7)', 7],
])('%s', (text, value) => {
  const contexts = { x: 3, none: [], list: [1, 2], object: { a: 1, b: 2 } };
  expect(valueOf(text, contexts)).toEqual(value);
});

test('what a lambda is not given is null', () => {
  expect(valueOf('filter(list, (x, i) => i == 1)', { list: ['a', 'b'] })).toEqual(['b']);
  expect(valueOf('sortBy(list, x => x)', { list: [2, 1] })).toEqual([1, 2]);
});

test('a name that a context lists and does not have is null', () => {
  const odd = lookupObject(
    () => undefined,
    () => ['a'],
  );
  expect([...entriesOf(odd)]).toEqual([['a', null]]);
});

test('why a text is no pattern is told, and nothing of one that is', () => {
  expect(patternProblem('a(')).toMatchObject({ code: 'EXPR_PATTERN' });
  expect(patternProblem('a+')).toBeNull();
});
