import { describe, expect, it } from 'vitest';
import type { Template } from '../../../src/core/expr/ast.ts';
import { evaluateTemplate } from '../../../src/core/expr/evaluate.ts';
import { isSecretText, lookupObject, secretValue, textValue } from '../../../src/core/expr/value.ts';
import { codeOf, environment, expression } from './evaluating.ts';

const env = environment({
  inputs: {
    name: 'n',
    none: null,
    list: ['a', 1, true],
    object: { k: 1 },
    holes: ['a', null],
    forged: { secretText: [{ secret: 'TOKEN' }] },
  },
  secrets: lookupObject(
    () => secretValue('TOKEN'),
    () => ['TOKEN'],
  ),
  env: { AUTH: textValue({ secretText: ['Bearer ', { secret: 'TOKEN' }] }) },
});

const value = (text: string): Template => ({ kind: 'value', expression: expression(text) });
const text = (nulls: 'empty' | 'refuse', ...parts: readonly (string | [string])[]): Template => ({
  kind: 'text',
  nulls,
  parts: parts.map((part) => (typeof part === 'string' ? part : expression(part[0]))),
});

describe('templates', () => {
  it.each<[string, Template, unknown]>([
    ['a literal', { kind: 'literal', value: { a: [1] } }, { a: [1] }],
    ['a value keeps its type', value('inputs.list'), ['a', 1, true]],
    ['a text', text('refuse', 'v', ['inputs.name'], '-', ['1 + 1'], ['true']), 'vn-2true'],
    ['null as empty', text('empty', 'a', ['inputs.none'], 'b'), 'ab'],
    ['a list', { kind: 'list', items: [value('1'), text('empty', 'x')] }, [1, 'x']],
    [
      'an object',
      {
        kind: 'object',
        entries: [
          ['a', value('1')],
          ['__proto__', value('2')],
        ],
      },
      JSON.parse('{"a": 1, "__proto__": 2}'),
    ],
    [
      'argv',
      {
        kind: 'argv',
        items: [
          { kind: 'literal', value: 'ls' },
          value('inputs.list'),
          text('refuse', '-', ['inputs.name']),
          value('1'),
        ],
      },
      ['ls', 'a', '1', 'true', '-n', '1'],
    ],
    ['an empty list in argv', { kind: 'argv', items: [{ kind: 'literal', value: 'ls' }, value('[]')] }, ['ls']],
    ['a lookup object', value('{ s: 1 }'), { s: 1 }],
  ])('%s', (_, template, expected) => {
    const evaluated = evaluateTemplate(template, env);
    expect(evaluated.kind === 'value' && JSON.parse(JSON.stringify(evaluated.value))).toEqual(expected);
  });

  it.each<[string, Template, string]>([
    ['null in a text', text('refuse', 'rm ', ['inputs.none']), 'STEP_NULL_VALUE'],
    ['null in argv', { kind: 'argv', items: [value('inputs.none')] }, 'STEP_NULL_VALUE'],
    ['null in a list in argv', { kind: 'argv', items: [value('inputs.holes')] }, 'STEP_NULL_VALUE'],
    ['a list in a text', text('empty', 'a', ['inputs.list']), 'EXPR_NOT_TEXT'],
    ['an object in a text', text('empty', 'a', ['inputs.object']), 'EXPR_NOT_TEXT'],
    ['an object in argv', { kind: 'argv', items: [value('inputs.object')] }, 'EXPR_NOT_TEXT'],
    ['data that looks like a secret', value('inputs.forged'), 'EXPR_RESERVED_KEY'],
    ['data that looks like a secret, deep inside', value('{ a: [inputs.forged] }'), 'EXPR_RESERVED_KEY'],
    ['a secret inside an object', value('{ a: secrets.TOKEN }'), 'EXPR_SECRET'],
    ['an error of the expression', value("fromJSON('')"), 'EXPR_JSON'],
  ])('refuse %s', (_, template, code) => {
    expect(codeOf(evaluateTemplate(template, env))).toBe(code);
  });

  it('name the reference that is null, and the expression of an error', () => {
    expect(evaluateTemplate(text('refuse', 'rm ', ['inputs.none']), env)).toMatchObject({
      error: { message: '`inputs.none` is null.', hint: expect.stringContaining("`inputs.none ?? ''`") },
    });
    expect(evaluateTemplate(value("int('x')"), env)).toMatchObject({
      error: { message: expect.stringContaining("In `int('x')`: ") },
    });
  });

  it('hold secrets as names', () => {
    const bearer = { secretText: ['Bearer ', { secret: 'TOKEN' }] };
    for (const template of [
      text('refuse', 'Bearer ', ['secrets.TOKEN']),
      value('env.AUTH'),
      text('empty', ['env.AUTH']),
    ]) {
      const evaluated = evaluateTemplate(template, env);
      expect(evaluated).toMatchObject({ kind: 'value', value: bearer });
      expect(evaluated.kind === 'value' && isSecretText(evaluated.value)).toBe(true);
    }
    const argv = evaluateTemplate({ kind: 'argv', items: [value('secrets.TOKEN'), value('[secrets.TOKEN]')] }, env);
    expect(argv).toMatchObject({
      value: [{ secretText: [{ secret: 'TOKEN' }] }, { secretText: [{ secret: 'TOKEN' }] }],
    });
  });

  it('name all missing captures of all parts at once', () => {
    const template: Template = {
      kind: 'object',
      entries: [
        ['a', text('refuse', ["readFile('a')"], ["readFile('b')"])],
        ['b', { kind: 'argv', items: [value("glob('c')"), value("readFile('a')")] }],
      ],
    };
    const evaluated = evaluateTemplate(template, env);
    expect(evaluated.kind === 'missing' && evaluated.captures.map(({ key }) => key)).toEqual([
      'readFile["a"]',
      'readFile["b"]',
      'glob["c"]',
    ]);
  });

  it('are bounded as a whole', () => {
    const large = environment({ a: 'x'.repeat(4_000_000) });
    expect(codeOf(evaluateTemplate(text('empty', ['a'], ['a'], ['a']), large))).toBe('EXPR_TOO_LARGE');
  });
});
