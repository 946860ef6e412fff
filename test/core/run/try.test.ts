import { describe, expect, test } from 'vitest';
import type { CompositeNode, PlanNode } from '../../../src/core/plan/plan.ts';
import { action, composite, equal, expression, failing, lit, type More, plan, ref, set, value } from './plans.ts';
import { type Reply, runOf, World } from './world.ts';

const FAIL: Reply = { outcome: 'failed' };
const timedOut = equal(ref('error.code'), lit('STEP_TIMEOUT'));
const failed = equal(ref('error.code'), lit('STEP_FAILED'));

interface Parts {
  readonly catches?: readonly (readonly [when: ReturnType<typeof lit> | null, nodes: readonly PlanNode[]])[];
  readonly last?: readonly PlanNode[];
}
function tryStep(body: readonly PlanNode[], { catches = [], last }: Parts, more: More = {}): CompositeNode {
  const slots = catches.map(([when, nodes], index) => ({ when, nodes, slot: index === 0 ? 1 : index + 2 }));
  const at = (slot: number) => slots.find((one) => one.slot === slot);
  const all = [0, 1, 2, ...slots.slice(1).map(({ slot }) => slot)];
  const bodyAt = (slot: number) => (slot === 0 ? { nodes: body } : slot === 2 ? (last ? { nodes: last } : null) : null);
  const bodies = all.map((slot) => {
    const clause = at(slot);
    return clause ? { nodes: clause.nodes } : bodyAt(slot);
  });
  const conditions = all.map((slot) => {
    const when = at(slot)?.when ?? null;
    return when === null ? null : expression(when);
  });
  return composite('try', 't', bodies, { ...more, conditions });
}

describe('a try', () => {
  const clauses: Parts['catches'] = [
    [timedOut, [action('slow')]],
    [failed, [action('broken')]],
    [null, [action('other')]],
  ];
  test.each([
    ['failed', 't/catch/broken'],
    ['timed-out', 't/catch/slow'],
    ['hollow', 't/catch/broken'],
  ] as const)('whose body ended as %s takes the first catch that is for it: %s', (outcome, path) => {
    const world = runOf(plan([tryStep([action('a')], { catches: clauses }), action('b', { needs: [0] })]), {
      't/a': { outcome },
    });
    const ran = world.events('attempt.started').map(({ node }) => node);
    expect(ran).toEqual(['t/a', path, 'b']);
    expect([world.result('t'), world.finished?.verdict]).toEqual(['succeeded', 'succeeded']);
  });

  test('without a catch for the failure fails of it, after its finally', () => {
    const parts = { catches: [[timedOut, [action('slow')]] as const], last: [action('tidy')] };
    const world = runOf(plan([tryStep([action('a')], parts)]), { 't/a': FAIL });
    expect(world.attempts('t/catch/slow')).toBe(0);
    expect(world.result('t/finally/tidy')).toBe('succeeded');
    expect([world.result('t'), world.finished?.error?.code]).toEqual(['failed', 'STEP_FAILED']);
  });

  test('fails with the failure of its catch', () => {
    const world = runOf(plan([tryStep([action('a')], { catches: [[null, [failing('no', 'worse')]]] })]), {
      't/a': FAIL,
    });
    expect(world.finished?.error).toMatchObject({ code: 'STEP_FAIL', message: 'worse' });
  });

  test('shows its failure to the catch, and the steps of its body', () => {
    const says = set('says', { code: value('error.code'), at: value('error.step'), v: value('steps.ok.outputs.v') });
    const body = [action('ok'), action('a', { needs: [0] })];
    const world = runOf(plan([tryStep(body, { catches: [[null, [says]]] })]), {
      't/ok': { outputs: { v: 7 } },
      't/a': FAIL,
    });
    expect(world.settled('t/catch/says')?.outputs).toEqual({ code: 'STEP_FAILED', at: 't/a', v: 7 });
  });

  test('gives the outputs of the catch in the place of those of its body', () => {
    const outputs = { v: { value: value('steps.b.outputs.v') } };
    const step = tryStep([action('a')], { catches: [[null, [action('b')]]], last: [action('c')] }, { outputs });
    const reader = set('reader', { v: value('steps.t.outputs.v') }, { needs: [0] });
    const world = runOf(plan([step, reader]), { 't/a': FAIL, 't/catch/b': { outputs: { v: 3 } } });
    expect(world.settled('reader')?.outputs).toEqual({ v: 3 });
  });

  test('runs its finally under a cancel, but no catch; a second cancel ends that too', () => {
    const step = tryStep([action('a')], { catches: [[null, [action('b')]]], last: [action('c')] });
    const world = new World(plan([step])).rest();
    world.command({ kind: 'cancel', node: 't' });
    world.rest().end('t/a', { outcome: 'cancelled' });
    expect([world.attempts('t/catch/b'), world.attempts('t/finally/c')]).toEqual([0, 1]);
    world.command({ kind: 'cancel', node: 't' });
    world.rest().end('t/finally/c', { outcome: 'cancelled' });
    expect(world.result('t')).toBe('cancelled');
  });

  test('does again what follows its steps when one of those was done again, and else keeps it', () => {
    const step = tryStep([action('a'), action('k')], {
      catches: [[null, [action('b')]]],
      last: [action('c')],
    });
    const world = new World(plan([step, action('d', { needs: [0], join: 'all-done' })])).rest();
    world.end('t/a', FAIL).end('t/k').end('t/catch/b').end('t/finally/c').end('d', FAIL);
    world.resume().rest().end('t/a', FAIL).end('t/catch/b').end('t/finally/c').end('d', FAIL);
    const attempts = (): readonly number[] =>
      ['t/a', 't/k', 't/catch/b', 't/finally/c'].map((path) => world.attempts(path));
    expect([world.result('t/k'), attempts()]).toEqual(['kept', [2, 1, 2, 2]]);
    world.resume().rest().end('t/a').end('t/finally/c').end('d', FAIL);
    expect(attempts()).toEqual([3, 1, 2, 3]);
    world.resume().rest().end('d');
    expect([attempts(), world.result('t/finally/c')]).toEqual([[3, 1, 2, 3], 'kept']);
  });
});
