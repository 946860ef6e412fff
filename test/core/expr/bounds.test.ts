/** The bounds of an evaluation, at their edges; JSON in and out of expressions; what an error quotes. */
import { describe, expect, it } from 'vitest';
import { member, wildcard } from '../../../src/core/expr/access.ts';
import { evaluateTemplate } from '../../../src/core/expr/evaluate.ts';
import { Budget, Halt } from '../../../src/core/expr/halt.ts';
import { patternProblem } from '../../../src/core/expr/regex.ts';
import { parseJson, toJson, writeJson } from '../../../src/core/expr/to-json.ts';
import { isSecretText, lookupObject, secretValue, type Value } from '../../../src/core/expr/value.ts';
import { codeOf, environment, evaluateText, expression, valueOf } from './evaluating.ts';

const nest = (levels: number, wrap: (inner: Value) => Value): Value => {
  let value: Value = 1;
  for (let i = 0; i < levels; i++) value = wrap(value);
  return value;
};
const inList = (inner: Value): Value => [inner];
const inObject = (inner: Value): Value => ({ k: inner });

describe('a budget', () => {
  it('of steps ends after a million', () => {
    const budget = new Budget();
    expect(budget.step(999_999)).toBeNull();
    expect(budget.step()).toBeNull();
    expect(budget.step()?.error?.code).toBe('EXPR_TOO_MUCH_WORK');
  });

  it('of sizes is 10 MB for a value, and 50 for all', () => {
    expect(new Budget().make(10_000_001)?.error?.code).toBe('EXPR_TOO_LARGE');
    const budget = new Budget();
    for (let i = 0; i < 5; i++) expect(budget.make(10_000_000)).toBeNull();
    expect(budget.make(1)?.error?.code).toBe('EXPR_TOO_LARGE');
  });

  it('is not spent by patterns on a text of ordinary size', () => {
    expect(valueOf("matches(text, 'b$')", { text: 'a'.repeat(200_000) })).toBe(false);
  });
});

describe('nesting', () => {
  it.each([
    ['lists', inList],
    ['objects', inObject],
  ])('of %s goes 200 levels deep', (_, wrap) => {
    const contexts = { deepest: nest(200, wrap), deeper: nest(201, wrap) };
    expect(codeOf(evaluateText('toJSON(deepest)', contexts))).toBeNull();
    expect(codeOf(evaluateText('toJSON(deeper)', contexts))).toBe('EXPR_VALUE_TOO_DEEP');
  });

  it.each([
    ['[', ']'],
    ['{"k":', '}'],
  ])('of what fromJSON reads, by %s, goes 200 levels deep', (open, close) => {
    const json = (levels: number): string => `${open.repeat(levels)}1${close.repeat(levels)}`;
    expect(codeOf(evaluateText('typeof(fromJSON(text))', { text: json(200) }))).toBeNull();
    expect(codeOf(evaluateText('typeof(fromJSON(text))', { text: json(201) }))).toBe('EXPR_VALUE_TOO_DEEP');
  });

  it.each([
    ['brackets in a text', JSON.stringify('['.repeat(300))],
    ['brackets behind a quote in a text', JSON.stringify(`"${'['.repeat(300)}`)],
    ['brackets behind a backslash at the end of a text', JSON.stringify(['\\', '['.repeat(300)])],
    ['one list after another', `[${Array.from({ length: 300 }, () => '[]').join()}]`],
    ['one object after another', `[${Array.from({ length: 300 }, () => '{}').join()}]`],
  ])('is not made by %s', (_, text) => {
    expect(JSON.stringify(valueOf('fromJSON(text)', { text }))).toBe(text);
  });

  it('is seen behind texts with quotes in them', () => {
    const text = `["a\\"b\\\\", ${'['.repeat(200)}${']'.repeat(200)}]`;
    expect(codeOf(evaluateText('fromJSON(text)', { text }))).toBe('EXPR_VALUE_TOO_DEEP');
  });
});

describe('values', () => {
  /** A budget that has so much left. */
  const left = (steps: number, size: number): Budget => {
    const budget = new Budget();
    budget.step(1_000_000 - steps);
    for (let i = 0; i < 5; i++) budget.make(10_000_000 - (i === 4 ? size : 0));
    return budget;
  };
  const codeOfHalt = (outcome: unknown): string | undefined =>
    outcome instanceof Halt ? outcome.error?.code : undefined;
  const lookup = lookupObject(
    () => 1,
    () => ['a', 'b', 'c'],
  );

  it.each<[string, Value]>([
    ['a list', [1, 2, 3]],
    ['an object', { a: 1, b: 2, c: 3 }],
    ['a lookup object', lookup],
  ])('that are items of %s cost a step each', (_, value) => {
    expect(codeOfHalt(toJson(value, left(3, 1_000)))).toBeUndefined();
    expect(codeOfHalt(toJson(value, left(2, 1_000)))).toBe('EXPR_TOO_MUCH_WORK');
  });

  it('that are texts cost their characters, and what keys and indents are written with', () => {
    expect(codeOfHalt(toJson('abc', left(9, 3)))).toBeUndefined();
    expect(codeOfHalt(toJson('abc', left(9, 2)))).toBe('EXPR_TOO_LARGE');
    expect(codeOfHalt(toJson({ abc: 1 }, left(9, 3)))).toBeUndefined();
    expect(codeOfHalt(toJson({ abc: 1 }, left(9, 2)))).toBe('EXPR_TOO_LARGE');
    expect(codeOfHalt(toJson({ a: { bc: 1 } }, left(9, 5)))).toBeUndefined();
    expect(codeOfHalt(toJson({ a: { bc: 1 } }, left(9, 4)))).toBe('EXPR_TOO_LARGE');
    expect(codeOfHalt(toJson([[[1, 1]]], left(9, 10)))).toBeUndefined();
    expect(codeOfHalt(toJson([[[1, 1]]], left(9, 9)))).toBe('EXPR_TOO_LARGE');
  });

  it('cost what they are read from, and what they are written as', () => {
    expect(codeOfHalt(parseJson('[1]', left(9, 3)))).toBeUndefined();
    expect(codeOfHalt(parseJson('[1]', left(9, 2)))).toBe('EXPR_TOO_LARGE');
    expect(codeOfHalt(writeJson([], left(9, 2)))).toBeUndefined();
    expect(codeOfHalt(writeJson([], left(9, 1)))).toBe('EXPR_TOO_LARGE');
  });

  it('cost a step for each entry that is looked at', () => {
    const object = { a: 1, b: 2, c: 3 };
    expect(codeOfHalt(member(object, 'A', left(3, 9)))).toBeUndefined();
    expect(codeOfHalt(member(object, 'A', left(2, 9)))).toBe('EXPR_TOO_MUCH_WORK');
    expect(codeOfHalt(member(object, 'a', left(0, 9)))).toBeUndefined();
    expect(codeOfHalt(wildcard(object, left(3, 9)))).toBeUndefined();
    expect(codeOfHalt(wildcard(object, left(2, 9)))).toBe('EXPR_TOO_MUCH_WORK');
    expect(codeOfHalt(wildcard([1, 2, 3], left(2, 9)))).toBe('EXPR_TOO_MUCH_WORK');
    const budget = left(8, 9);
    const all = wildcard([object, object], budget);
    if (all instanceof Halt) expect.fail('six steps are left');
    expect(codeOfHalt(member(all, 'a', budget))).toBeUndefined();
    expect(codeOfHalt(member(all, 'a', left(1, 9)))).toBe('EXPR_TOO_MUCH_WORK');
  });

  it('that grow are measured before they are made', () => {
    const part = 'x'.repeat(1_000_000);
    const contexts = { text: part.repeat(6), two: part.repeat(2), part, long: part.repeat(4), url: part.repeat(4) };
    expect(valueOf("length(replace(text, part, ''))", contexts)).toBe(0);
    expect(valueOf('length(replace(two, part, long))', contexts)).toBe(8_000_000);
    expect(codeOf(evaluateText('replace(text, part, two)', contexts))).toBe('EXPR_TOO_LARGE');
    expect(codeOf(evaluateText('urlEncode(url)', contexts))).toBe('EXPR_TOO_LARGE');
  });

  it('that JSON cannot hold are null, and -0 is 0', () => {
    const template = { kind: 'value', expression: expression('[NaN, Infinity, -0, -1.5]') } as const;
    const evaluated = evaluateTemplate(template, environment());
    expect(evaluated).toEqual({ kind: 'value', value: [null, null, 0, -1.5] });
  });

  it.each(['{"a":{"b":null}}', '[null,{"a":[1]}]', 'null', '{"secretText":1}'])('of %s come back equal', (text) => {
    const value = valueOf('fromJSON(text)', { text });
    expect(JSON.stringify(value)).toBe(text);
    for (const object of [value].flat()) {
      if (object !== null && typeof object === 'object') expect(Object.getPrototypeOf(object)).toBeNull();
    }
    expect(valueOf('toJSON(fromJSON(text))', { text })).toBe(JSON.stringify(JSON.parse(text), null, 2));
  });

  it('are secret texts only by their whole shape', () => {
    expect(isSecretText({ secretText: ['a', { secret: 'T' }] })).toBe(true);
    for (const other of [null, undefined, 'secretText', 1, [], {}, { secretText: 'a' }, { secretText: { a: 1 } }]) {
      expect(isSecretText(other), JSON.stringify(other)).toBe(false);
    }
  });
});

describe('errors quote', () => {
  const quoted = (length: number): string => `\`fromJSON\` was given a text that is no JSON: "${'x'.repeat(length)}"`;

  it('no more than 60 characters of a text that is no JSON', () => {
    expect(evaluateText('fromJSON(text)', { text: 'x'.repeat(60) })).toMatchObject({ error: { message: quoted(60) } });
    const message = quoted(60).replace(/"$/, '…"');
    expect(evaluateText('fromJSON(text)', { text: 'x'.repeat(61) })).toMatchObject({ error: { message } });
  });

  it('no more than 120 characters of an expression, on one line', () => {
    const messageOf = (text: string): unknown =>
      evaluateTemplate({ kind: 'value', expression: expression(text) }, environment());
    const exact = `int('${'x'.repeat(113)}')`;
    expect(messageOf(exact)).toMatchObject({ error: { message: expect.stringContaining(`In \`${exact}\`: `) } });
    const longer = `int('${'x'.repeat(114)}')`;
    const cut = `In \`${longer.slice(0, 120)}…\`: `;
    expect(messageOf(longer)).toMatchObject({ error: { message: expect.stringContaining(cut) } });
    expect(messageOf("int(\n\n  'x')")).toMatchObject({ error: { message: expect.stringContaining("`int( 'x')`") } });
  });
});

describe('patterns', () => {
  it('are at most 1,000 characters long', () => {
    expect(valueOf('matches(text, pattern)', { text: 'a', pattern: `${'b?'.repeat(499)}a?` })).toBe(true);
    expect(codeOf(evaluateText("matches('', pattern)", { pattern: 'a'.repeat(1_000) }))).toBeNull();
    expect(codeOf(evaluateText("matches('', pattern)", { pattern: 'a'.repeat(1_001) }))).toBe('EXPR_PATTERN');
  });

  it('that are none say why', () => {
    expect(patternProblem('a+')).toBeNull();
    expect(patternProblem('(')).toMatchObject({
      code: 'EXPR_PATTERN',
      message: 'The pattern "(" is not valid: missing closing ): `(`.',
    });
  });
});

it('a secret in a template keeps its place among arguments', () => {
  const env = environment({ secrets: lookupObject(secretValue, () => ['T']), list: [1], none: null });
  const value = (text: string) => ({ kind: 'value', expression: expression(text) }) as const;
  const text = (...parts: readonly (string | [string])[]) =>
    ({
      kind: 'text',
      nulls: 'refuse',
      parts: parts.map((part) => (typeof part === 'string' ? part : expression(part[0]))),
    }) as const;
  const argv = (
    ...items: readonly (ReturnType<typeof value> | ReturnType<typeof text> | { kind: 'literal'; value: 5 })[]
  ) => evaluateTemplate({ kind: 'argv', items }, env);
  expect(argv({ kind: 'literal', value: 5 }, text('--t=', ['secrets.T']), value("'a'"))).toEqual({
    kind: 'value',
    value: ['5', { secretText: ['--t=', { secret: 'T' }] }, 'a'],
  });
  expect(codeOf(argv(text('-', ['none'])))).toBe('STEP_NULL_VALUE');
  expect(codeOf(argv(value("fromJSON('x')"), value('now()')))).toBe('EXPR_JSON');
});
