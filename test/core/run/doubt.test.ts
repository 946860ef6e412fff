import { describe, expect, test } from 'vitest';
import { type ActionNode, DEFAULT_GRACE_MS } from '../../../src/core/plan/plan.ts';
import type { Probe } from '../../../src/core/plan/proof.ts';
import { verifyDecisions } from '../../../src/core/run/verify.ts';
import { action, call, equal, expression, group, lit, type More, object, plain, plan, value } from './plans.ts';
import { World } from './world.ts';

const LOOK: Probe = { kind: 'probe', action: 'run', with: plain({ script: 'x' }), source: 'x' };
type Guard = More & Partial<ActionNode>;
const guarded = (more: Guard = {}): ActionNode => action('a', { ...more, idempotent: false });
const verified = (more: Guard = {}): ActionNode => guarded({ ...more, verify: LOOK });
const worldOf = (node: ActionNode) => new World(plan([node])).rest();

/** What `verify` says, by its exit code. */
function says(world: World, code: number, outputs = {}): World {
  const work = world.started.findLast((one) => one.kind === 'check' && one.about === 'verify');
  const node = work?.node ?? '';
  world.apply({
    type: 'check.ended',
    node,
    op: work?.op ?? 0,
    holds: code === 0,
    outputs: { 'exit-code': code, ...outputs },
  });
  return world.rest();
}
const waits = (world: World) =>
  world.events('wait.started').map(({ purpose, data }) => `${purpose} ${String(data['why'])}`);
const assume = (world: World, how: 'done' | 'retry') => {
  world.command({ kind: 'assume', node: 'a', how, by: 'ann' });
  return world.rest();
};

describe('an attempt that was cut off', () => {
  test('is never simply begun again', () => {
    const world = worldOf(guarded()).crash().rest();
    expect([world.attempts('a'), waits(world)]).toEqual([1, ['assume cut-off']]);
    expect(world.finished).toBeUndefined();
  });

  test.each([
    [0, 1, 'succeeded', 'verified'],
    [1, 2, undefined, undefined],
    [2, 1, undefined, undefined],
    [127, 1, undefined, undefined],
  ])('is looked after by `verify`: exit code %i', (code, attempts, result, cause) => {
    const world = worldOf(verified()).crash().rest();
    expect([world.attempts('a'), waits(world)]).toEqual([1, []]);
    says(world, code, { rows: '3', stdout: 'x' });
    expect([world.attempts('a'), world.result('a'), world.settled('a')?.cause.kind]).toEqual([attempts, result, cause]);
    expect(waits(world)).toEqual(code > 1 ? ['assume cut-off'] : []);
    if (code === 0) {
      expect(world.settled('a')?.outputs).toEqual({ rows: '3' });
      expect(world.finished?.evidence).toEqual({ verified: 1 });
    }
  });

  test.each([
    ['done', 1, 'succeeded'],
    ['retry', 2, undefined],
  ] as const)('is what someone says it is: %s', (how, attempts, result) => {
    const world = assume(worldOf(guarded()).crash().rest(), how);
    expect([world.attempts('a'), world.result('a')]).toEqual([attempts, result]);
    if (how === 'done') expect(world.settled('a')?.cause).toEqual({ kind: 'verified', by: 'ann' });
  });

  test('is not asked about again by later resumes once it is known', () => {
    const world = worldOf(verified())
      .resume(plan([verified(), action('y')]))
      .rest();
    says(world, 0, { rows: '3' })
      .resume(plan([verified(), action('z')]))
      .rest();
    expect([world.attempts('a'), world.result('a'), world.settled('a')?.outputs]).toEqual([1, 'kept', { rows: '3' }]);
    expect(world.events('check.started')).toHaveLength(1);
  });

  test('may be said before anyone asks, and holds for this process alone', () => {
    const said = worldOf(guarded()).crash();
    said.command({ kind: 'assume', node: 'a', how: 'done', by: 'ann' });
    expect([said.rest().result('a'), waits(said)]).toEqual(['succeeded', []]);

    const late = worldOf(guarded()).crash();
    late.command({ kind: 'assume', node: 'a', how: 'done', by: 'ann' });
    expect(waits(late.crash().rest())).toEqual(['assume cut-off']);
  });

  test('by a cancel is in doubt when the run goes on', () => {
    const world = worldOf(guarded());
    world.command({ kind: 'cancel', node: '' });
    world.end('a', { outcome: 'cancelled' });
    expect(world.finished?.verdict).toBe('cancelled');
    world.resume().rest();
    expect([world.attempts('a'), waits(world)]).toEqual([1, ['assume cut-off']]);
  });

  test('while `verify` looks: the next process looks again', () => {
    const world = worldOf(verified()).crash().rest().crash().rest();
    expect(world.started.filter((one) => one.kind === 'check').length).toBe(2);
    expect(says(world, 0).result('a')).toBe('succeeded');
  });
});

describe('an attempt that ended', () => {
  const retry = { attempts: 2, delayMs: 0, backoff: 'constant', factor: 2 } as const;
  test('late is in doubt, also as the last one', () => {
    const world = worldOf(guarded()).end('a', { outcome: 'timed-out' });
    expect(waits(world)).toEqual(['assume timed-out']);
    expect(assume(world, 'retry').attempts('a')).toBe(2);
  });

  test('late, and not done, fails of that', () => {
    const world = says(worldOf(verified()).end('a', { outcome: 'timed-out' }), 1);
    expect(world.settled('a')).toMatchObject({ result: 'failed', error: { code: 'STEP_TIMEOUT' } });
  });

  test.each([
    [0, 1, 'succeeded'],
    [1, 2, undefined],
  ])('failed is tried again only where it is known not to have happened: exit code %i', (code, attempts, result) => {
    const world = says(worldOf(verified({ retry })).end('a', { outcome: 'failed' }), code);
    expect([world.attempts('a'), world.result('a')]).toEqual([attempts, result]);
  });

  test('failed without a retry is known to have failed, and a resume asks `verify` where there is one', () => {
    for (const [node, looks, attempts] of [
      [guarded(), 0, 2],
      [verified(), 1, 1],
    ] as const) {
      const world = worldOf(node).end('a', { outcome: 'failed' });
      expect(world.result('a')).toBe('failed');
      world.resume().rest();
      expect([world.events('check.started').length, world.attempts('a')]).toEqual([looks, attempts]);
    }
  });

  test('well, and what it gave is wrong, is not made again', () => {
    const world = worldOf(guarded({ retry, ensures: [{ kind: 'output', holds: expression(lit(false)) }] })).end('a');
    expect([world.attempts('a'), world.settled('a')?.error?.code]).toEqual([1, 'STEP_HOLLOW']);
    expect(waits(world.resume().rest())).toEqual(['assume unproven']);
  });
});

describe('a success', () => {
  const edited = plan([guarded({ with: plain({ script: 'echo other' }) })]);
  test('is kept while nothing changed, and is in doubt when the step did', () => {
    const world = worldOf(guarded()).end('a', { outputs: { v: 1 } });
    world.resume(edited).rest();
    expect([world.attempts('a'), waits(world)]).toEqual([1, ['assume changed']]);
    assume(world, 'done');
    expect(world.settled('a')).toMatchObject({ result: 'succeeded', outputs: { v: 1 } });
  });

  test('stays one while nobody says otherwise, over any number of resumes', () => {
    const world = worldOf(guarded()).end('a', { outputs: { v: 1 } });
    world.resume(edited).rest();
    world.resume(edited, { rerun: [] }).rest();
    expect(waits(world)).toEqual(['assume changed', 'assume changed']);
    const first = plan([guarded()]);
    world.resume(first).rest();
    expect(world.settled('a')?.cause.kind).toBe('kept');
  });

  test('is in doubt when a command wants it again; what was kept after that is not', () => {
    const world = worldOf(guarded()).end('a');
    world.resume(undefined, { rerun: ['a'] }).rest();
    expect(waits(world)).toEqual(['assume changed']);
    assume(world, 'retry').end('a');
    expect([world.attempts('a'), world.result('a')]).toEqual([2, 'succeeded']);
  });

  test('that was found by `verify` is kept by a later resume', () => {
    const both = (text: string) => plan([verified(), action('b', { needs: [0], with: plain({ script: text }) })]);
    const world = new World(both('x')).rest().crash().rest();
    says(world, 0).end('b');
    world.resume(both('y')).rest();
    expect([world.settled('a')?.cause.kind, world.attempts('a'), world.attempts('b')]).toEqual(['kept', 1, 2]);
  });
});

test('an expression is a `verify`, too, and takes its own values from outside', () => {
  const holds = expression(equal(call('now'), lit('2')));
  const node = guarded({
    with: { kind: 'value', expression: expression(call('now')) },
    verify: { kind: 'condition', holds },
  });
  const times = ['1', '2'];
  const world = new World(plan([node]), {
    capture: ({ captures }) => ({ values: Object.fromEntries(captures.map(({ key }) => [key, times.shift() ?? ''])) }),
  });
  world.go().crash().go();
  expect([world.result('a'), world.attempts('a')]).toEqual(['succeeded', 1]);
  expect(world.events('capture.ended').map(({ values }) => Object.values(values))).toEqual([['1'], ['2']]);
});

test('what someone said is a decision that can be made anew, and no other follows from it', () => {
  const world = assume(new World(plan([guarded()])).rest().crash().rest(), 'done');
  const { surroundings, journal } = world;
  expect(verifyDecisions(surroundings, journal).mismatches).toEqual([]);
  const changed = journal.map((record) =>
    record.type === 'wait.ended' ? { ...record, outputs: { assume: 'retry', by: 'ann' } } : record,
  );
  expect(verifyDecisions(surroundings, changed).mismatches.length).toBeGreaterThan(0);
});

test('in a group it has the path that someone names', () => {
  const world = new World(plan([group('g', [guarded()])])).rest().crash().rest();
  world.command({ kind: 'assume', node: 'g/a', how: 'done', by: 'ann' });
  expect(world.rest().result('g/a')).toBe('succeeded');
});

test.each([
  ['a', 'never', 'RUN_ASSUME'],
  ['b', 'done', 'RUN_ASSUME'],
  ['c', 'done', 'RUN_UNKNOWN_STEP'],
] as const)('of %s nobody can say %s', (node, how, code) => {
  const world = new World(plan([guarded(), action('b')])).rest();
  expect(() => world.command({ kind: 'assume', node, how: how as 'done', by: 'x' })).toThrow(code);
});

describe('a look at an effect in doubt', () => {
  const byId = { ...LOOK, with: object({ id: value('self.outputs.id') }) };
  const lookOf = (world: World) => world.started.findLast((one) => one.kind === 'check');

  test.each<[Partial<Probe>, object]>([
    [{}, { secrets: [], clearEnv: false, graceMs: DEFAULT_GRACE_MS }],
    [
      { secrets: ['S'], clearEnv: true, graceMs: 7 },
      { secrets: ['S'], clearEnv: true, graceMs: 7 },
    ],
  ])('says all of how its program is run: %j', (more, manner) => {
    const world = worldOf(guarded({ verify: { ...LOOK, ...more } }))
      .crash()
      .rest();
    expect(lookOf(world)).toEqual({
      kind: 'check',
      about: 'verify',
      node: 'a',
      op: 2,
      attempt: 1,
      action: 'run',
      request: { script: 'x' },
      env: {},
      timeoutMs: 600_000,
      stepKey: 'r1/a/1',
      ...manner,
    });
  });

  test('sees what the attempt gave, or what there was of an earlier success', () => {
    const node = guarded({ verify: byId, retry: { attempts: 2, delayMs: 0, backoff: 'constant', factor: 2 } });
    const failed = worldOf(node).end('a', { outcome: 'failed', outputs: { id: 7 } });
    expect(lookOf(failed)).toMatchObject({ request: { id: 7 } });
    const world = worldOf(node).end('a', { outputs: { id: 3 } });
    expect(lookOf(world.resume(undefined, { rerun: ['a'] }).rest())).toMatchObject({ request: { id: 3 } });
    expect(lookOf(worldOf(node).crash().rest())).toMatchObject({ request: { id: null } });
    const added = new World(plan([action('b')]))
      .rest()
      .resume(plan([action('b'), node]))
      .rest();
    expect(lookOf(added.crash().rest())).toMatchObject({ request: { id: null } });
  });

  test('and the wait for who knows are work of their own, under numbers of their own', () => {
    const world = says(worldOf(verified()).crash().rest(), 2);
    expect(world.events('wait.started')).toMatchObject([{ op: 3 }]);
    expect(says(worldOf(verified()).crash().rest(), 0).settled('a')?.cause).toEqual({ kind: 'verified', by: 'verify' });
  });
});
