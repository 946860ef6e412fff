/** What a step that has settled gives, what it failed of, and as what it counts. */
import { describe, expect, test } from 'vitest';
import {
  COMPENSATE_HOOK,
  type HookSpec,
  ON_FAILURE_HOOK,
  ON_SUCCESS_HOOK,
  type PlanNode,
} from '../../../src/core/plan/plan.ts';
import { requestsOf } from '../../../src/core/run/approval.ts';
import { viewStep } from '../../../src/core/run/view.ts';
import {
  action,
  approval,
  choose,
  composite,
  each,
  failing,
  group,
  lit,
  type More,
  plain,
  plan,
  set,
  value,
  when,
} from './plans.ts';
import { type Reply, runOf, World } from './world.ts';

const FAIL: Reply = { outcome: 'failed' };
const RETRY = { attempts: 2, delayMs: 5, backoff: 'constant', factor: 1 } as const;
const hook = (slot: HookSpec['slot'], ...nodes: readonly PlanNode[]): { readonly hooks: readonly HookSpec[] } => ({
  hooks: [{ slot, body: { nodes } }],
});
const outputs = (world: World, path: string) => viewStep(world.run, path)?.outputs;
function reject(world: World, node = 'gate'): World {
  const { digest = '' } = requestsOf(world.run)[0] ?? {};
  const verdict = { verdict: 'reject', by: 'bob', form: null, comment: null, at: world.now };
  world.command({ kind: 'answer', node, digest, ...verdict });
  return world.rest();
}
const gate = (more: More = {}) =>
  approval('gate', 'Go on?', { needs: [0], onReject: { to: 'draft', max: 1 }, ...more });

describe('the outputs of', () => {
  test('what never ran, of what was skipped within, and of all items are none', () => {
    const skipped = group('g', [action('x', { if: when(lit(false)) })]);
    const world = runOf(
      plan([action('a', { if: when(lit(false)) }), skipped, each(set('e', { v: plain(1) }), plain(['x']))]),
    );
    expect(['a', 'g', 'e'].map((path) => outputs(world, path))).toEqual([null, null, null]);
    expect(['a', 'g', 'e'].map((path) => world.result(path))).toEqual(['skipped', 'skipped', 'succeeded']);
  });

  test('a try with a catch that nobody needed are those of its steps', () => {
    const given = { outputs: { v: { value: plain(7) } } };
    const tried = composite('try', 't', [{ nodes: [action('a')] }, { nodes: [] }, { nodes: [action('z')] }], given);
    expect(outputs(runOf(plan([tried])), 't')).toEqual({ v: 7 });
  });

  test('what another run did in the end are those of that run alone', () => {
    const world = new World(plan([action('a', { once: plain('k'), retry: RETRY })]), { timers: false }).go();
    world.end('a', { ...FAIL, outputs: { v: 'mine', w: 1 } }).crash();
    const { op = 0 } = world.started.findLast((one) => one.kind === 'claim') ?? {};
    const done = { run: 'r0', node: 'a', endedAt: 1, outputs: { v: 'theirs' } };
    world.apply({ type: 'claim.ended', node: 'a', op, done });
    world.ring('a');
    expect([world.result('a'), outputs(world, 'a')]).toEqual(['kept', { v: 'theirs' }]);
  });

  test('a race without a winner are none', () => {
    const racing = composite('race', 'r', [{ nodes: [action('a'), action('b')] }]);
    const reader = set('reader', { v: value('steps.r.outputs') }, { needs: [0], join: 'all-done' });
    const world = runOf(plan([racing, reader]), { 'r/a': FAIL, 'r/b': { ...FAIL, outputs: { v: 1 } } });
    expect(world.settled('reader')?.outputs).toEqual({ v: {} });
  });

  test('a step are seen by what follows it, with what was computed of them, and stay when that fails', () => {
    const computed = { n: { value: value('self.outputs.v') } };
    const told = set('told', { n: value('self.outputs.n'), v: value('self.outputs.v'), is: value('self.result') });
    const world = runOf(plan([action('a', { outputs: computed, ...hook(ON_SUCCESS_HOOK, told, failing('f')) })]), {
      a: { outputs: { v: 3 } },
    });
    expect(world.settled('a/on-success/told')?.outputs).toEqual({ n: 3, v: 3, is: 'succeeded' });
    expect([world.result('a'), outputs(world, 'a')]).toEqual(['failed', { n: 3, v: 3 }]);
    expect(viewStep(world.run, 'a')?.failedAt).toBe('a/on-success/f');
  });
});

describe('what follows a step sees', () => {
  const seen = { error: value('error.code'), is: value('self.result'), ms: value('self.duration-ms') };
  test('how long all attempts at it took, and how long a group was open', () => {
    const told = set('told', seen);
    const world = new World(
      plan([
        action('a', { retry: RETRY, ...hook(ON_FAILURE_HOOK, told) }),
        group('g', [action('x')], hook(ON_FAILURE_HOOK, told)),
      ]),
    ).rest();
    world
      .end('a', { ...FAIL, durationMs: 30 })
      .go()
      .end('a', { ...FAIL, durationMs: 12 });
    const { startedAt } = world.run.byPath.get('g') ?? {};
    world.pass(1_000).end('g/x', FAIL);
    expect(world.settled('a/on-failure/told')?.outputs).toMatchObject({ is: 'failed', ms: 42 });
    const closedAt = world.events('scope.closed').find(({ node }) => node === 'g')?.at ?? 0;
    expect(world.settled('g/on-failure/told')?.outputs).toEqual({
      error: 'STEP_FAILED',
      is: 'failed',
      ms: closedAt - Number(startedAt),
    });
  });

  test('nothing of it, where it was to stop before it succeeded', () => {
    const world = new World(plan([action('a', hook(ON_SUCCESS_HOOK, action('h')))])).rest();
    world.command({ kind: 'cancel', node: 'a' });
    world.end('a');
    expect([world.result('a'), world.attempts('a/on-success/h')]).toEqual(['succeeded', 0]);
  });
});

describe('a failure', () => {
  test('of a fan-out is that of its first item; of a step that answers is its own', () => {
    const world = runOf(plan([each(action('a'), plain(['x', 'y']), { failFast: false })]), {
      'a[x]': FAIL,
      'a[y]': FAIL,
    });
    expect(viewStep(world.run, 'a')?.failedAt).toBe('a[x]');
    expect(world.finished?.counts).toMatchObject({ failed: 2, allowed: 0 });
  });

  test('that may be counts as allowed, a success that might have failed does not', () => {
    const allowed = runOf(plan([action('a', { allowFailure: true }), action('b', { continueOnError: true })]), {
      b: FAIL,
    });
    expect(allowed.finished?.counts).toMatchObject({ succeeded: 1, failed: 0, allowed: 1 });
  });

  test('of what undoes a step is counted with what began that', () => {
    const undo = composite('compensate', 'undo', [], { allowFailure: true });
    const nodes = [action('a', hook(COMPENSATE_HOOK, action('compensate'))), action('b', { needs: [0] })];
    const world = runOf(plan(nodes, { onFailure: [undo] }), { b: FAIL, 'a/compensate': FAIL });
    expect(world.finished?.counts).toMatchObject({ succeeded: 1, failed: 1, allowed: 2 });
  });
});

test('a choice of nothing counts as one that was skipped', () => {
  expect(runOf(plan([choose('c', [[lit(false), [action('a')]]])])).finished?.counts).toMatchObject({ skipped: 1 });
});

describe('what is sent back', () => {
  test('counts no more, whatever it came to', () => {
    const nodes = [action('draft'), gate(), action('lint', { needs: [0], allowFailure: true })];
    const world = reject(new World(plan(nodes)).rest().end('draft').end('lint', FAIL));
    expect(world.run.counts).toMatchObject({ succeeded: 0, allowed: 0 });
  });

  test('counts no more for what is around it either, which is done anew', () => {
    const members = [action('draft'), gate(), action('z')];
    const world = new World(plan([group('g', members, { retry: RETRY })]), { timers: false }).rest();
    world.end('g/draft');
    reject(world, 'g/gate').end('g/z', FAIL).end('g/draft');
    world.command({ kind: 'cancel', node: 'g/gate' });
    world.rest();
    expect(world.run.counts).toMatchObject({ succeeded: 0, failed: 0, cancelled: 0 });
  });

  test('has a service that has ended as it was', () => {
    const nodes = [action('draft', { needs: [2] }), gate(), { ...action('s'), action: 'service' }];
    const world = new World(plan(nodes)).rest();
    world.apply({ type: 'attempt.serving', node: 's', op: 1, outputs: {} });
    world.rest().end('draft').end('s');
    expect([world.result('s'), reject(world).attempts('draft')]).toEqual(['succeeded', 2]);
  });
});

describe('a step that is required', () => {
  const verdict = (nodes: readonly PlanNode[], require: readonly string[], again = false) => {
    const world = new World(plan(nodes), { reply: () => ({}) });
    Object.assign(world.journal[0] ?? {}, { require });
    world.crash().go();
    if (again) world.resume(plan([...nodes, action('more')])).go();
    return world.finished?.verdict;
  };
  test('has succeeded where it is kept', () => {
    expect(verdict([action('a')], ['a'], true)).toBe('succeeded');
  });
  test('is meant in any item, or in the one that is named', () => {
    const nodes = [each(group('a', [action('x')]), plain(['i', 'j']))];
    expect(['a/x', 'a[j]/x', 'a[k]/x'].map((path) => verdict(nodes, [path]))).toEqual([
      'succeeded',
      'succeeded',
      'failed',
    ]);
  });
});
