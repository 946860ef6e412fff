/** The functions on lists and objects. Order is by code unit, equality by canonical JSON; nothing depends on a locale. */

import { bareObject, canonical } from '../../json.ts';
import { known } from '../../known.ts';
import { readEntries } from '../access.ts';
import { isTruthy } from '../coerce.ts';
import { type Budget, Halt, halt, MISSING } from '../halt.ts';
import { toJson } from '../to-json.ts';
import { ANY, BOOLEAN, LIST, listOf, NUMBER, OBJECT, openObject, STRING } from '../type.ts';
import { isList, type ListValue, type Value } from '../value.ts';
import { compareRanks, ranksOf } from './order.ts';
import { type CallContext, type FunctionGroup, type FunctionSpec, list, number, parameter } from './spec.ts';

const LISTED = parameter('list', ['array']);
const LAMBDA = parameter('lambda', 'lambda');

export const LIST_FUNCTIONS: readonly FunctionSpec[] = [
  each('filter', LIST, 'The items for which the lambda is true.', 'filter(list, x => x.score > 3)', (items, results) =>
    items.filter((_, i) => isTruthy(results[i] as Value)),
  ),
  each('map', LIST, 'What the lambda makes of each item.', 'map(list, x => x.name)', (_, results) => results),
  each('any', BOOLEAN, 'Whether the lambda is true for an item.', "any(list, x => x == 'a')", (_, results) =>
    results.some(isTruthy),
  ),
  each('all', BOOLEAN, 'Whether the lambda is true for every item.', 'all(list, x => x.ok)', (_, results) =>
    results.every(isTruthy),
  ),
  each(
    'find',
    ANY,
    'The first item for which the lambda is true, or null.',
    "find(list, x => x.id == 'a')",
    (items, results) => items[results.findIndex(isTruthy)] ?? null,
  ),
  each(
    'sortBy',
    LIST,
    'The items in the order of what the lambda gives: numbers, or texts by code unit.',
    'sortBy(list, x => x.name)',
    sortBy,
  ),
  each(
    'groupBy',
    OBJECT,
    'An object of lists: the items by the text that the lambda gives.',
    'groupBy(list, x => x.kind)',
    groupBy,
  ),
  {
    name: 'count',
    group: 'list',
    parameters: [LISTED, parameter('lambda', 'lambda', { optional: true })],
    result: NUMBER,
    doc: 'The number of items, or of those for which the lambda is true.',
    example: 'count(list, x => x.failed)',
    call: ([items], context) => {
      if (!context.lambda) return list(items).length;
      const results = applyToEach(list(items), context);
      return results instanceof Halt ? results : results.filter(isTruthy).length;
    },
  },
  plain('first', [LISTED], ANY, 'The first item, or null.', ([items]) => list(items)[0] ?? null),
  plain('last', [LISTED], ANY, 'The last item, or null.', ([items]) => list(items).at(-1) ?? null),
  plain('unique', [LISTED], LIST, 'The items without repetitions, in their first order.', ([items], { budget }) =>
    unique(list(items), budget),
  ),
  plain(
    'sort',
    [LISTED],
    LIST,
    'Numbers by size, or texts by code unit.',
    ([items], { budget }) => budget.step(list(items).length) ?? sortBy(list(items), list(items)),
  ),
  plain('flatten', [LISTED], LIST, 'The items of the lists in a list, one level deep.', ([items], { budget }) => {
    const lists = list(items).map((item) => (isList(item) ? item : [item]));
    const size = lists.reduce((total, each) => total + each.length, 0);
    return budget.step(size) ?? lists.flat();
  }),
  plain(
    'range',
    [parameter('start', ['number']), parameter('end', ['number'], { optional: true })],
    listOf(NUMBER),
    'The whole numbers from `start` up to but without `end`; from 0 if only one is given.',
    ([start, end], { budget }) =>
      end === undefined ? range(0, number(start), budget) : range(number(start), number(end), budget),
  ),
  plain(
    'chunk',
    [LISTED, parameter('size', ['number'])],
    LIST,
    'The list cut into lists of `size` items.',
    ([items, size], { budget }) => chunk(list(items), number(size), budget),
  ),
  plain(
    'keys',
    [parameter('object', ['object'])],
    listOf(STRING),
    'The keys of an object.',
    ([of]: readonly [Value], context) => entryList(of, context, (key) => key),
  ),
  plain(
    'values',
    [parameter('object', ['object'])],
    LIST,
    'The values of an object.',
    ([of]: readonly [Value], context) => entryList(of, context, (_, value) => value),
  ),
  plain(
    'entries',
    [parameter('object', ['object'])],
    listOf(openObject({ key: STRING, value: ANY })),
    'The entries of an object as a list of `{ key, value }`.',
    ([of]: readonly [Value], context) =>
      entryList(of, context, (key, value) =>
        bareObject<Value>([
          ['key', key],
          ['value', value],
        ]),
      ),
  ),
  plain(
    'merge',
    [parameter('object', ['object'], { rest: true })],
    OBJECT,
    'One object of several; later ones win.',
    (objects, { budget }) => {
      const entries: (readonly [string, Value])[] = [];
      for (const of of objects) {
        const own = readEntries(of, budget);
        if (own instanceof Halt) return own;
        entries.push(...own);
      }
      return bareObject<Value>(entries);
    },
  ),
];

type Call = FunctionSpec['call'];

function plain(
  name: string,
  parameters: FunctionSpec['parameters'],
  result: FunctionSpec['result'],
  doc: string,
  call: Call,
): FunctionSpec {
  const group: FunctionGroup = parameters[0]?.name === 'object' ? 'object' : 'list';
  return { name, group, parameters, result, doc, call };
}

function each(
  name: string,
  result: FunctionSpec['result'],
  doc: string,
  example: string,
  combine: (items: ListValue, results: ListValue) => Value | Halt,
): FunctionSpec {
  return {
    name,
    group: 'list',
    parameters: [LISTED, LAMBDA],
    result,
    doc,
    example,
    call: ([items], context) => {
      const results = applyToEach(list(items), context);
      return results instanceof Halt ? results : combine(list(items), results);
    },
  };
}

/** What the lambda gives for each item (and its index): one value of each. Goes on after a missing capture, so that all are found at once. */
function applyToEach(items: ListValue, { lambda, budget }: CallContext): ListValue | Halt {
  const results: Value[] = [];
  let isMissing = false;
  for (const [i, item] of items.entries()) {
    const result = budget.step() ?? known(lambda)(item, i);
    if (result instanceof Halt) {
      if (result.error) return result;
      isMissing = true;
    } else results.push(result);
  }
  return isMissing ? MISSING : results;
}

function sortBy(items: ListValue, ranks: ListValue): Value | Halt {
  const ranked = ranksOf(ranks);
  if (!ranked) {
    return halt(
      'EXPR_ARGUMENT',
      'Only numbers, or only texts, can be put in order.',
      'Sort by one kind: `sortBy(list, x => string(x))`.',
    );
  }
  const order = items.map((item, i) => ({ item, rank: ranked[i] as number | string }));
  return order.toSorted((a, b) => compareRanks(a.rank, b.rank)).map(({ item }) => item);
}

function groupBy(items: ListValue, names: ListValue): Value | Halt {
  const groups = new Map<string, Value[]>();
  for (const [i, item] of items.entries()) {
    const name = names[i] as Value; // one of each item
    if (typeof name === 'object') return halt('EXPR_ARGUMENT', 'The lambda of `groupBy` must give a text.');
    const group = groups.get(String(name));
    if (group) group.push(item);
    else groups.set(String(name), [item]);
  }
  return bareObject<Value>(groups);
}

function unique(items: ListValue, budget: Budget): Value | Halt {
  const seen = new Set<string>();
  const kept: Value[] = [];
  for (const item of items) {
    const json = toJson(item, budget);
    if (json instanceof Halt) return json;
    const text = canonical(json);
    if (!seen.has(text)) kept.push(item);
    seen.add(text);
  }
  return kept;
}

function range(start: number, end: number, budget: Budget): Value | Halt {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end))
    return halt('EXPR_ARGUMENT', '`range` takes whole numbers.');
  const length = Math.max(0, end - start);
  return budget.step(length) ?? Array.from({ length }, (_, i) => start + i);
}

function chunk(items: ListValue, size: number, budget: Budget): Value | Halt {
  if (!Number.isSafeInteger(size) || size < 1) return halt('EXPR_ARGUMENT', '`chunk` takes a size of 1 or more.');
  const count = Math.ceil(items.length / size);
  return budget.step(items.length) ?? Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size));
}

function entryList(of: Value, { budget }: CallContext, pick: (key: string, value: Value) => Value): Value | Halt {
  const entries = readEntries(of, budget);
  return entries instanceof Halt ? entries : entries.map(([key, value]) => pick(key, value));
}
