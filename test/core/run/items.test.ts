/** What is said of a list that no step can be done for, and the edges of those for which it can. */
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import type { EachSpec } from '../../../src/core/plan/plan.ts';
import { MAX_ITEMS } from '../../../src/core/run/over-items.ts';
import { action, each, expression, plain, plan, ref } from './plans.ts';
import { runOf } from './world.ts';

const by = (path: string, source = path) => expression(ref(path), source);
const of = (items: Json, spec: Partial<EachSpec> = {}) =>
  runOf(plan([each(action('s'), plain(items), { failFast: false, ...spec })]));

describe('a step is not done for', () => {
  test.each<[string, Json, Partial<EachSpec>, string, string]>([
    ['null', null, {}, 'The items of step `s` are null, not a list.', 'Give a list or an object;'],
    ['a text', 'x', {}, 'The items of step `s` are a string, not a list.', '`fromJSON(…)` and `split(…)` make lists'],
    [
      'a mixture that is to be sorted',
      ['a', 1],
      { sort: { by: by('item'), desc: false } },
      'The items of step `s` cannot be put in order by `item`: it gives neither only numbers nor only texts.',
      'Sort by one kind, such as `string(item.x)`.',
    ],
    [
      'a limit that is a text',
      ['a'],
      { limit: plain('2') },
      'The `limit` of step `s` is "2", which is no whole number from 0.',
      '`int(…)` makes one of a text.',
    ],
    ['a limit below 0', ['a'], { limit: plain(-1) }, 'The `limit` of step `s` is -1, which', '`int(…)`'],
    ['half a limit', ['a'], { limit: plain(0.5) }, 'The `limit` of step `s` is 0.5, which', '`int(…)`'],
  ])('%s', (_, items, spec, message, hint) => {
    const world = of(items, spec);
    expect(world.settled('s')).toMatchObject({ result: 'failed', cause: { kind: 'error' } });
    const { error } = world.settled('s') ?? {};
    expect(error).toMatchObject({ code: 'STEP_ITEMS_INVALID', message: expect.stringContaining(message) });
    expect(error?.hint).toContain(hint);
  });

  test('a filter, a key to sort by, or one to tell apart that has no value', () => {
    const wrong = by('steps.gone.outputs.v.w');
    const broken = { ...wrong, expr: { ...wrong.expr, kind: 'call', name: 'fromJSON', args: [ref('item')] } } as never;
    for (const spec of [{ filter: broken }, { sort: { by: broken, desc: false } }, { distinct: broken }])
      expect(of(['{'], spec).settled('s')).toMatchObject({ result: 'failed', cause: { kind: 'error' } });
  });
});

describe('a step is done for', () => {
  const opened = (items: Json, spec: Partial<EachSpec> = {}) =>
    of(items, spec)
      .events('node.opened')
      .find(({ node }) => node === 's');

  test('none where the limit is 0', () => {
    expect(of(['a'], { limit: plain(0) }).settled('s')).toMatchObject({ cause: { kind: 'no-items' } });
  });

  test('items that are their keys but for one, with what they are', () => {
    expect(opened(['a', 2])).toMatchObject({ keys: ['a', '2'], items: ['a', 2] });
    expect(opened(['a', 'b'])).not.toHaveProperty('items');
  });

  test('those that are first, from the greatest down; equals in the order of the list', () => {
    const items = [1, 3, 2, 3].map((n, k) => ({ n, k }));
    const spec = { sort: { by: by('item.n'), desc: true }, key: by('item.k') };
    expect(opened(items, spec)).toMatchObject({ keys: ['1', '3', '2', '0'] });
  });

  test('as many as there may be, and no more', () => {
    const least = { min: MAX_ITEMS + 1 };
    const list = (count: number): Json => Array.from({ length: count }, () => 0);
    const tooFew = { cause: { kind: 'error' }, error: { code: 'STEP_TOO_FEW_ITEMS' } };
    expect(of(list(MAX_ITEMS), least).settled('s')).toMatchObject(tooFew);
    expect(of(list(MAX_ITEMS + 1), least).settled('s')?.error?.code).toBe('STEP_ITEMS_INVALID');
  });
});
