/** What a step is done for: its list, put in order, and the keys of its items. Knows no slots. */

import { type Diagnostic, problem } from '../diagnostic/diagnostic.ts';
import type { Expression } from '../expr/ast.ts';
import { compareRanks, ranksOf } from '../expr/functions/order.ts';
import { canonical, isJsonObject, type Json } from '../json.ts';
import { known } from '../known.ts';
import type { EachSpec, ItemList } from '../plan/plan.ts';
import { type Answer, evaluateFor, isTruthy } from './evaluation.ts';
import type { RunEvent } from './event.ts';
import { keysOf } from './item-keys.ts';
import { matrixItems } from './matrix.ts';
import type { Node } from './node.ts';
import { askEach, badItems as bad, MAX_ITEMS, tooMany } from './over-items.ts';
import type { Run } from './run.ts';
import { sceneOf } from './scene.ts';
import { refusal, settled } from './wishes.ts';

/** The event that opens a fan-out with its items, or ends it because there are none. */
export function openItems(run: Run, node: Node, spec: EachSpec): RunEvent | null {
  const items = itemsOf(run, node, spec);
  if (items.kind !== 'value') return refusal(run, node, items);
  const count = items.value.length;
  const min = spec.min ?? 0;
  if (count < min) return fails(node, tooFew(node.path, count, min));
  if (count === 0) return settled(node, 'skipped', { kind: 'no-items' });
  const keys = keysOf(run, node, spec, items.value);
  if (keys.kind !== 'value') return refusal(run, node, keys);
  const areKeys = items.value.every((item, index) => item === keys.value[index]);
  return {
    type: 'node.opened',
    node: node.path,
    count,
    keys: keys.value,
    ...(!areKeys && { items: items.value }),
  };
}

function fails(node: Node, error: Diagnostic): RunEvent {
  return settled(node, 'failed', { kind: 'error' }, { error });
}

function itemsOf(run: Run, node: Node, spec: EachSpec): Answer<readonly Json[]> {
  const listed = spec.from.kind === 'items' ? listOf(run, node, spec.from) : matrixItems(run, node, spec.from);
  if (listed.kind !== 'value') return listed;
  let items = listed.value;
  for (const step of [filtered, distinct, sorted, limited]) {
    const answer = step(run, node, spec, items);
    if (answer.kind !== 'value') return answer;
    items = answer.value;
  }
  return { kind: 'value', value: items };
}

function listOf(run: Run, node: Node, { items }: ItemList): Answer<readonly Json[]> {
  const answer = evaluateFor(run, node, items, sceneOf(node));
  if (answer.kind !== 'value') return answer;
  const { value } = answer;
  const list = Array.isArray(value) ? (value as readonly Json[]) : entriesOf(value); // isArray does not narrow readonly lists
  if (list === null) return { kind: 'error', diagnostic: noList(node.path, value) };
  return list.length > MAX_ITEMS ? { kind: 'error', diagnostic: tooMany(node.path) } : { kind: 'value', value: list };
}

/** The items of an object. */
function entriesOf(value: Json): readonly Json[] | null {
  return isJsonObject(value) ? Object.entries(value).map(([key, inner]) => ({ key, value: inner })) : null;
}

type Step = (run: Run, node: Node, spec: EachSpec, items: readonly Json[]) => Answer<readonly Json[]>;

// `askEach` gives a value for every item.

const filtered: Step = (run, node, spec, items) => {
  if (spec.filter === undefined) return { kind: 'value', value: items };
  const answer = askEach(run, node, spec.filter, items);
  if (answer.kind !== 'value') return answer;
  return { kind: 'value', value: items.filter((_, index) => isTruthy(answer.value[index] as Json)) };
};

/** The first item of each value stays. */
const distinct: Step = (run, node, spec, items) => {
  if (spec.distinct === undefined) return { kind: 'value', value: items };
  const answer = askEach(run, node, spec.distinct, items);
  if (answer.kind !== 'value') return answer;
  const seen = new Set<string>();
  const isNew = (value: Json): boolean => seen.size < seen.add(canonical(value)).size;
  return { kind: 'value', value: items.filter((_, index) => isNew(answer.value[index] as Json)) };
};

/** By numbers, or by texts in the order of code units; equals stay in the order of the list. */
const sorted: Step = (run, node, spec, items) => {
  if (spec.sort === undefined) return { kind: 'value', value: items };
  const answer = askEach(run, node, spec.sort.by, items);
  if (answer.kind !== 'value') return answer;
  const ranks = ranksOf(answer.value);
  if (!ranks) return { kind: 'error', diagnostic: noOrder(node.path, spec.sort.by) };
  const order = items.map((item, index) => ({ item, rank: known(ranks[index]) }));
  const sign = spec.sort.desc ? -1 : 1;
  return {
    kind: 'value',
    value: order.toSorted((a, b) => sign * compareRanks(a.rank, b.rank)).map(({ item }) => item),
  };
};

const limited: Step = (run, node, spec, items) => {
  if (spec.limit === undefined) return { kind: 'value', value: items };
  const answer = evaluateFor(run, node, spec.limit, sceneOf(node));
  if (answer.kind !== 'value') return answer;
  const { value } = answer;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
    return { kind: 'error', diagnostic: noLimit(node.path, value) };
  return { kind: 'value', value: items.slice(0, value) };
};

function noList(path: string, value: Json): Diagnostic {
  const what = value === null ? 'null' : `a ${typeof value}`;
  return bad(
    `The items of step \`${path}\` are ${what}, not a list.`,
    'Give a list or an object; `fromJSON(…)` and `split(…)` make lists of texts.',
  );
}

function noOrder(path: string, { source }: Expression): Diagnostic {
  return bad(
    `The items of step \`${path}\` cannot be put in order by \`${source}\`: it gives neither only numbers nor only texts.`,
    'Sort by one kind, such as `string(item.x)`.',
  );
}

function noLimit(path: string, value: Json): Diagnostic {
  return bad(
    `The \`limit\` of step \`${path}\` is ${JSON.stringify(value)}, which is no whole number from 0.`,
    '`int(…)` makes one of a text.',
  );
}

function tooFew(path: string, count: number, min: number): Diagnostic {
  return problem('STEP_TOO_FEW_ITEMS', `Step \`${path}\` has ${count} items, and at least ${min} are wanted.`, {
    hint: 'See what made the list; without `min` an empty list skips the step.',
  });
}
