import { expect, it } from 'vitest';
import type { Expression } from '../../../src/core/expr/ast.ts';
import { flowOf, flowOfTemplate, type Sources } from '../../../src/core/taint/flow.ts';
import { anyMember, flat, listOf, origins, parts, type Taint, text } from '../../../src/core/taint/taint.ts';
import { parseExpressionKey } from '../../../src/lang/expr/parse.ts';

const D: Taint = text({ kind: 'web', of: 'd', via: [] });
const CONTEXTS: Readonly<Record<string, Taint>> = {
  d: D,
  list: listOf(D),
  object: parts([
    ['bad', D],
    ['good', null],
  ]),
  objects: listOf(
    parts([
      ['bad', D],
      ['good', null],
    ]),
  ),
  env: parts([
    ['BAD', D],
    ['GOOD', null],
  ]),
};

function expression(source: string): Expression {
  const parsed = parseExpressionKey(source);
  if (!parsed.ok) throw new Error(`${source}: ${parsed.error.message}`);
  return parsed.value;
}

const paths: Taint[] = [];
const sources: Sources = { context: (name) => CONTEXTS[name] ?? null, readPath: (path) => paths.push(path) };
const isTainted = (source: string): boolean => origins(flowOf(expression(source), sources)).length > 0;

it.each(
  [
    'd',
    'D',
    'd.x',
    'd[0]',
    "d['x']",
    'd.*',
    'list[0]',
    'list[length(list)]',
    'object.bad',
    'object[d]',
    'object.*',
    'objects.*.bad',
    "objects.*['bad']",
    "objects.*['bad'].x",
    'first(objects.*.*)',
    'c ? d : 1',
    'c ? 1 : d',
    "d + 'a'",
    "'a' + d",
    'd || 1',
    '1 || d',
    'd ?? 1',
    'true && d',
    '[d]',
    '{ a: d }',
    'filter(list, x => true)',
    'sortBy(list, x => 1)',
    'sort(list)',
    'unique(list)',
    'reverse(list)',
    'slice(d, 1)',
    'trim(d)',
    'lower(d)',
    'upper(d)',
    'find(list, x => true)',
    'first(list)',
    'last(list)',
    "min(d, 'a')",
    'max(list)',
    'map([1], x => d)',
    'map(list, x => x)',
    'groupBy(list, x => 1)',
    'groupBy([1], x => d)',
    'values(object)',
    'keys(d)',
    'entries(object)',
    'entries(d)',
    'merge(object, {})',
    "default(d, '')",
    "default('', d)",
    "case(true, d, 'b')",
    "case(false, 'a', d)",
    'flatten([list])',
    'chunk(list, 2)',
    "split(d, ',')",
    "date('2026-01-01', d)",
    "format('{0}', d)",
    "join(list, ',')",
    'string(d)',
    'urlEncode(d)',
    'base64(d)',
    'toJSON(object)',
    'fromJSON(d)',
    "replace('a', 'a', d)",
    "env('BAD')",
    'env(d)',
    'nothing(d)',
    'raw(d)',
  ].map((source) => [source]),
)('%s is text of others', (source) => {
  expect(isTainted(source)).toBe(true);
});

it.each(
  [
    "'a'",
    '1',
    'NaN',
    'other',
    'other.x',
    'object.good',
    'objects.*.good',
    "c ? 'a' : 'b'",
    "d ? 'a' : 'b'",
    "d && 'a'",
    '!d',
    '-d',
    'd == 1',
    'd < 1',
    'length(d)',
    'int(d)',
    'float(d)',
    'bool(d)',
    'sha256(d)',
    'typeof(d)',
    "contains(d, 'a')",
    "matches(d, 'a')",
    'any(list, x => x)',
    'sum(list)',
    "map(list, x => 'a')",
    'map(list, (x, i) => i)',
    'keys(object)',
    "case(d, 'a', 'b')",
    "['a'][d]",
    "{ a: 'b' }[d]",
    "env('GOOD')",
    'date(d)',
    'now()',
    'nothing()',
    'keys(groupBy([1], x => 1))',
    "'' + object",
    'range(0, length(d))',
  ].map((source) => [source]),
)('%s is none', (source) => {
  expect(isTainted(source)).toBe(false);
});

it('knows the paths that are read', () => {
  paths.length = 0;
  expect(isTainted('readFile(d)')).toBe(false);
  isTainted("glob('a', d)");
  isTainted("hashFiles('a')");
  expect(paths).toEqual([D, D, null]);
  expect(flowOf(expression('readFile(d)'), { context: () => D })).toBeNull();
});

it('goes through templates', () => {
  const value = { kind: 'value', expression: expression('d') } as const;
  const flow = (template: Parameters<typeof flowOfTemplate>[0]): Taint => flowOfTemplate(template, sources);
  expect(flow({ kind: 'literal', value: 'a' })).toBeNull();
  expect(flow(value)).toEqual(D);
  expect(flow({ kind: 'text', parts: ['a', value.expression], nulls: 'empty' })).toEqual(D);
  expect(flow({ kind: 'text', parts: ['a', expression('object')], nulls: 'empty' })).toBeNull();
  expect(flow({ kind: 'list', items: [value] })).toEqual(listOf(D));
  expect(flow({ kind: 'argv', items: [value] })).toEqual(listOf(D));
  expect(flow({ kind: 'object', entries: [['a', value]] })).toEqual(parts([['a', D]]));
});

it('knows what is encoded', () => {
  const encoded = (source: string): boolean =>
    origins(flowOf(expression(source), sources)).every((one) => one.encoded === true);
  for (const source of [
    'urlEncode(d)',
    "format('a/{0}', urlEncode(d))",
    "'a' + urlEncode(d)",
    "join([urlEncode(d)], '/')",
  ])
    expect(encoded(source)).toBe(true);
  for (const source of ['d', 'urlEncode(d) + d', 'base64(urlEncode(d))']) expect(encoded(source)).toBe(false);
  expect(flat(anyMember(CONTEXTS['objects'] ?? null))).toEqual(D);
});
