/** Steps whose result may come from another run: asked before they begin, kept after they succeeded, journals in and out. */
import { describe, expect, test } from 'vitest';
import type { ActionNode, PlanNode } from '../../../src/core/plan/plan.ts';
import { ON_SUCCESS_HOOK, planHash } from '../../../src/core/plan/plan.ts';
import type { CacheWork } from '../../../src/core/run/effect.ts';
import type { CacheEnded } from '../../../src/core/run/event.ts';
import { verifyDecisions } from '../../../src/core/run/verify.ts';
import { action, group, type More, object, plain, plan, value } from './plans.ts';
import { World } from './world.ts';

const CACHE = {
  cache: {
    with: object({ inputs: plain([]), outputs: plain([]), key: plain(null), env: plain([]), ttlMs: plain(null) }),
  },
};
const cached = (id: string, more: More & Partial<ActionNode> = {}) => action(id, { ...CACHE, ...more });
const begin = (nodes: readonly PlanNode[], more: Parameters<typeof plan>[1] = {}) =>
  new World(plan(nodes, more)).rest();
const HIT = { key: 'k', run: 'r0', step: 'a', endedAt: 5, durationMs: 7, outputs: { v: 'old' } };

function asked(world: World, node: string): CacheWork {
  const work = world.started.findLast((one) => one.kind === 'cache' && one.node === node);
  if (work?.kind !== 'cache') throw new Error(`${node} did not ask`);
  return work;
}
function answer(world: World, node: string, more: Partial<CacheEnded> = {}): World {
  world.apply({ type: 'cache.ended', node, op: asked(world, node).op, ...more });
  return world.rest();
}
const asks = (world: World) => world.events('cache.started').map(({ node, ask }) => `${ask} ${node}`);

describe('a step with `cache`', () => {
  test('takes the result of another run, takes no place for that, and passes its outputs on', () => {
    const after = action('b', { needs: [0], with: object({ script: value('steps.a.outputs.v') }) });
    const world = begin([cached('a'), after, action('c')], { concurrency: 1 });
    expect([asks(world), world.attempts('c')]).toEqual([['restore a'], 1]);
    answer(world, 'a', { key: 'k', hit: HIT });
    world.end('c').end('b');
    expect(world.settled('a')).toMatchObject({
      result: 'kept',
      cause: { kind: 'cached', run: 'r0', step: 'a', key: 'k', endedAt: 5, durationMs: 7 },
      outputs: { v: 'old' },
    });
    expect(world.started.find((one) => one.kind === 'attempt' && one.node === 'b')).toMatchObject({
      request: { script: 'old' },
    });
    expect(world.attempts('a')).toBe(0);
    expect(world.finished).toMatchObject({ verdict: 'succeeded', counts: { kept: 1, succeeded: 2 } });
  });

  test('is done where there is no result, and what it gave is kept before it settles', () => {
    const world = begin([cached('a', { outputs: { w: { value: value('self.outputs.v') } } })]);
    answer(world, 'a', { key: 'k', why: ['src/a.ts:3 changed'] });
    world.end('a', { outputs: { v: 'new' } });
    expect([asks(world), world.result('a')]).toEqual([['restore a', 'save a'], undefined]);
    expect(asked(world, 'a')).toMatchObject({ ask: 'save', key: 'k', result: { outputs: { v: 'new' } } });
    answer(world, 'a', { saved: true });
    expect(world.settled('a')).toMatchObject({
      result: 'succeeded',
      cause: { kind: 'attempt' },
      outputs: { w: 'new' },
    });
  });

  test.each([
    ['what failed', { key: 'k' }, { outcome: 'failed' }, 'failed'],
    ['what has no key', {}, {}, 'succeeded'],
  ] as const)('keeps nothing of %s', (_, found, reply, result) => {
    const world = begin([cached('a')]);
    answer(world, 'a', found).end('a', reply);
    expect([asks(world), world.result('a')]).toEqual([['restore a'], result]);
  });

  test('succeeds also where its result is not kept', () => {
    const world = begin([cached('a')]);
    answer(world, 'a', { key: 'k' }).end('a');
    answer(world, 'a', { why: ['no file matches its `outputs`'] });
    expect(world.finished?.verdict).toBe('succeeded');
  });

  test('asks once for all attempts, and anew after it was cut off', () => {
    const retry = { attempts: 2, delayMs: 0, backoff: 'constant', factor: 2 } as const;
    const world = begin([cached('a', { retry })]);
    answer(world, 'a', { key: 'k' }).end('a', { outcome: 'failed' });
    expect([asks(world), world.attempts('a')]).toEqual([['restore a'], 2]);
    world.end('a', { outcome: 'interrupted' });
    expect(asks(world)).toEqual(['restore a', 'restore a']);
  });

  test('waits for its lock first, and counts among the members at once', () => {
    const max = begin([group('g', [cached('x'), cached('y')], { max: 1 })]);
    expect(asks(max)).toEqual(['restore g/x']);
    answer(max, 'g/x', { key: 'k', hit: HIT });
    expect(asks(max)).toEqual(['restore g/x', 'restore g/y']);
    const locked = new World(plan([cached('a', { claim: { of: 'lock', name: plain('db') } })]), {
      claims: false,
    }).rest();
    expect(asks(locked)).toEqual([]);
  });

  test('is cancelled while it is looked up, and a late result changes nothing', () => {
    const world = begin([cached('a')]);
    const { op } = asked(world, 'a');
    world.command({ kind: 'cancel', node: '' });
    world.rest();
    expect([world.result('a'), world.stopped]).toEqual(['cancelled', [op]]);
    world.apply({ type: 'cache.ended', node: 'a', op, hit: HIT });
    expect(world.rest().result('a')).toBe('cancelled');
  });

  test('has its `on-success` done also where the result is that of another run, and fails by it', () => {
    const hooks = [{ slot: ON_SUCCESS_HOOK, body: { nodes: [action('tell')] } }] as const;
    const world = begin([cached('a', { hooks })]);
    answer(world, 'a', { hit: HIT });
    expect(world.result('a')).toBeUndefined();
    world.end('a/on-success/tell', { outcome: 'failed' });
    expect(world.settled('a')).toMatchObject({ result: 'failed', cause: { kind: 'hook' } });
  });
});

describe('what is computed from a result', () => {
  const outputs = {
    w: { value: value('inputs.tag'), schema: { const: 'one' } },
    v2: { value: value('self.outputs.v') },
  };
  const validate = (schema: { readonly const?: unknown }, value: unknown) =>
    schema.const === value ? null : 'it is another';
  const withTag = (tag: string) => {
    const inputs = { tag: { type: 'string', required: false, schema: { type: 'string' } } } as const;
    const surroundings = { validate };
    return new World(plan([cached('a', { outputs })], { inputs }), { inputs: { tag }, surroundings }).rest();
  };

  test('is computed anew, since it may read what the step does not', () => {
    expect(answer(withTag('one'), 'a', { key: 'k', hit: HIT }).settled('a')).toMatchObject({
      result: 'kept',
      outputs: { v: 'old', v2: 'old', w: 'one' },
    });
  });

  test('must hold: else the step is done', () => {
    const world = answer(withTag('two'), 'a', { key: 'k', hit: HIT });
    expect([world.attempts('a'), world.result('a')]).toEqual([1, undefined]);
  });
});

describe('a run that goes on', () => {
  test('asks again what it had not heard, and keeps what it took from another run', () => {
    const nodes = [cached('a'), action('b', { needs: [0] })];
    const world = begin(nodes).crash().rest(); // the files may be others by now: it looks anew
    expect(world.started.filter(({ kind }) => kind === 'cache').map(({ op }) => op)).toEqual([1, 2]);
    answer(world, 'a', { hit: HIT }).end('b', { outcome: 'failed' });
    world.resume(plan(nodes)).rest();
    expect(world.settled('a')).toMatchObject({ result: 'kept', cause: { kind: 'kept' }, outputs: { v: 'old' } });
  });

  test('keeps nothing for others of what another process did: the files may be others by now', () => {
    const world = begin([cached('a')]);
    answer(world, 'a', { key: 'k' }).end('a');
    expect(asks(world)).toEqual(['restore a', 'save a']);
    world.crash().rest();
    expect([world.result('a'), asks(world).length]).toEqual(['succeeded', 2]);
  });

  test('does again what it is asked to, whatever there is, and looks only what to keep it as', () => {
    const nodes = [cached('a')];
    const world = begin(nodes);
    answer(world, 'a', { hit: HIT })
      .resume(plan(nodes), { rerun: ['a'] })
      .rest();
    expect(world.events('cache.started').map(({ anew }) => anew)).toEqual([undefined, true]);
  });

  test('has decided what follows from its journal', () => {
    const nodes = [cached('a'), cached('b', { needs: [0] })];
    const world = begin(nodes);
    answer(world, 'a', { key: 'k' }).end('a', { outputs: { v: 1 } });
    answer(world, 'a', { saved: true });
    answer(world, 'b', { key: 'l', hit: HIT });
    const surroundings = { plans: new Map([[planHash(plan(nodes)), plan(nodes)]]) };
    expect(verifyDecisions(surroundings, world.journal)).toMatchObject({ mismatches: [] });
    const changed = world.journal.map((one) =>
      one.type === 'step.settled' && one.node === 'b' ? { ...one, outputs: { v: 'another' } } : one,
    );
    expect(verifyDecisions(surroundings, changed).mismatches).toHaveLength(1);
  });
});

describe('what a result is known by', () => {
  const ofOne = (node: PlanNode, before: readonly PlanNode[] = []) => {
    const world = begin([...before, node]);
    for (const { id } of before) world.end(id, { outputs: { v: id } });
    return world.events('cache.started')[0]?.of;
  };

  test('is what the step does, and not what it comes after', () => {
    const one = cached('x', { needs: [0], digest: 'd' });
    const ofA = ofOne(one, [action('a')]);
    expect(ofA).toBeDefined();
    expect(ofOne(one, [action('a', { with: plain({ script: 'another' }) })])).toBe(ofA);
    expect(ofOne({ ...one, id: 'y', digest: 'other' }, [action('a')])).toBe(ofA);
    expect(ofOne({ ...one, with: value('steps.a.outputs.v') }, [action('a')])).not.toBe(ofA);
  });

  test.each<[string, Partial<ActionNode>]>([
    ['its text', { with: plain({ script: 'other' }) }],
    ['its action', { action: 'http' }],
    ['a variable', { env: { A: plain('1') } }],
    ['the key', { cache: { with: object({ key: plain('k'), inputs: plain([]), outputs: plain([]) }) } }],
    [
      'the globs of what it makes',
      { cache: { with: object({ key: plain(null), inputs: plain([]), outputs: plain(['o']) }) } },
    ],
    ['a tool', { cache: { with: CACHE.cache.with, tools: { node: plain('v20') } } }],
  ])('%s', (_, more) => {
    const plainOne = cached('x', { digest: 'd' });
    expect(ofOne({ ...plainOne, ...more })).not.toBe(ofOne(plainOne));
  });
});
