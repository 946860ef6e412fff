/** A writer that takes a run over in the middle of something: what it holds, knows and waits for is had again first. */
import { describe, expect, test } from 'vitest';
import { problem } from '../../../src/core/diagnostic/diagnostic.ts';
import { ENV_RUN_CALL } from '../../../src/core/expr/ast.ts';
import { ON_SUCCESS_HOOK } from '../../../src/core/plan/plan.ts';
import { captureFor } from '../../../src/core/run/waiting.ts';
import {
  action,
  approval,
  call,
  child,
  equal,
  expression,
  failing,
  group,
  lit,
  object,
  plain,
  plan,
  ref,
  set,
  value,
} from './plans.ts';
import { opOf, type Reply, World } from './world.ts';

const FAIL: Reply = { outcome: 'failed' };
const LOCK = { claim: { of: 'lock', name: plain('db') } } as const;
const RETRY = { retry: { attempts: 2, delayMs: 50, backoff: 'constant', factor: 1 } } as const;
const service = (id: string, more = {}) => ({ ...action(id, more), action: 'service' });
const serve = (world: World, node: string): World => {
  world.apply({ type: 'attempt.serving', node, op: opOf(world, node), outputs: {} });
  return world.rest();
};
const grant = (world: World, node: string): World => {
  const work = world.started.findLast((one) => one.node === node && one.kind === 'claim');
  world.apply({ type: 'claim.ended', node, op: work?.op ?? 0 });
  return world.rest();
};
const noon = (world: World, node: string): World => {
  const asked = world.events('capture.started').findLast((one) => one.node === node);
  const values = Object.fromEntries((asked?.captures ?? []).map(({ key }) => [key, 'noon']));
  world.apply({ type: 'capture.ended', node, op: asked?.op ?? 0, values });
  return world.rest();
};
const digests = (world: World, node: string): World => {
  const asked = world.events('capture.started').findLast((one) => one.node === node);
  const values = Object.fromEntries((asked?.captures ?? []).map(({ key }) => [key, { digest: 'd', of: {} }]));
  world.apply({ type: 'capture.ended', node, op: asked?.op ?? 0, values });
  return world.rest();
};

describe('what a step held is had again', () => {
  test('before what follows its success begins', () => {
    const hooks = [{ slot: ON_SUCCESS_HOOK, body: { nodes: [action('h')] } }] as const;
    const world = grant(new World(plan([action('a', { ...LOCK, hooks })]), { claims: false }).rest(), 'a');
    world.apply({ type: 'attempt.ended', node: 'a', op: opOf(world, 'a'), outcome: 'succeeded', durationMs: 1 });
    world.crash().rest();
    expect(world.attempts('a/on-success/h')).toBe(0);
    expect(grant(world, 'a').attempts('a/on-success/h')).toBe(1);
  });

  test('before a service that nobody needs any more has ended', () => {
    const nodes = [service('s', LOCK), action('a', { needs: [0] })];
    const world = serve(grant(new World(plan(nodes), { claims: false }).rest(), 's'), 's');
    world.apply({ type: 'attempt.ended', node: 'a', op: opOf(world, 'a'), outcome: 'succeeded', durationMs: 1 });
    world.crash().rest();
    expect([world.result('a'), world.result('s')]).toEqual(['succeeded', undefined]);
    expect([grant(world, 's').result('s'), world.attempts('s')]).toEqual(['succeeded', 1]);
  });

  test('before another attempt, also of the service that it needs', () => {
    const nodes = [service('s'), action('a', { needs: [0], ...RETRY })];
    const world = serve(new World(plan(nodes), { timers: false }).rest(), 's').end('a', FAIL);
    world.crash().rest();
    world.ring('a');
    expect(world.attempts('a')).toBe(1);
    expect(serve(world, 's').attempts('a')).toBe(2);
  });

  test('before a verdict that sends others back is acted on', () => {
    const gate = approval('gate', 'Go on?', { needs: [0, 1], onReject: { to: 'draft', max: 1 } });
    const world = serve(new World(plan([service('s'), action('draft', { needs: [0] }), gate])).rest(), 's');
    world.end('draft').crash().rest();
    const digest = String(world.events('wait.started').at(-1)?.data.digest);
    const said = { verdict: 'reject', by: 'bob', form: null, comment: null, at: world.now } as const;
    world.command({ kind: 'answer', node: 'gate', digest, ...said });
    world.rest();
    expect([world.events('scope.reworked').length, world.attempts('draft')]).toEqual([1, 1]);
    expect(serve(world, 's').attempts('draft')).toBe(2);
  });
});

describe('what a step knew is known', () => {
  const VERIFY = { kind: 'condition', holds: expression(equal(call('now'), lit('later'))) } as const;

  test('of itself, also where it was being looked at what it had done', () => {
    const made = (text: string) =>
      action('a', { idempotent: false, verify: VERIFY, with: object({ at: value(call('now')), text: plain(text) }) });
    const world = noon(new World(plan([made('x')])).rest(), 'a')
      .crash()
      .rest(); // `verify` asks what time it is
    expect(world.events('capture.started')).toHaveLength(2);
    noon(world.resume(plan([made('y')])).rest(), 'a');
    expect(world.events('capture.started')).toHaveLength(3);
    expect(world.started.at(-1)).toMatchObject({ kind: 'attempt', request: { at: 'noon', text: 'y' } });
  });

  test('but for files, and for what was refused of them', () => {
    const no = problem('STEP_FAILED', 'no');
    const world = new World(plan([action('a', { with: object({ script: value(call('now')) }) })])).rest();
    world.apply({ type: 'capture.ended', node: 'a', op: opOf(world, 'a'), values: {}, error: no });
    expect(world.crash().rest().settled('a')).toMatchObject({ result: 'failed', error: { code: 'STEP_FAILED' } });
    expect(world.events('capture.started')).toHaveLength(1);
  });

  test('of the workspace before it only until it has succeeded', () => {
    const ensures = [{ kind: 'commit' }] as const;
    const made = (text: string) => plan([action('a', { ensures, with: object({ text: plain(text) }) }), action('b')]);
    const world = noon(new World(made('x')).rest(), 'a').end('a');
    world.apply({ type: 'check.ended', node: 'a', op: opOf(world, 'a'), holds: true });
    world.rest().end('b', FAIL).resume(made('y')).rest();
    expect(world.events('capture.started').map(({ captures }) => captures[0]?.kind)).toEqual(['head', 'head']);
  });

  test('of a repository without a commit is that there is none', () => {
    const world = new World(plan([action('a', { ensures: [{ kind: 'commit' }] })])).rest();
    world.apply({ type: 'capture.ended', node: 'a', op: opOf(world, 'a'), values: {} });
    world.rest().end('a');
    expect(world.started.at(-1)).toMatchObject({ kind: 'ensure', asked: [{ kind: 'commit', before: null }] });
  });

  test('of what could not be looked at before it is why it fails', () => {
    const world = new World(plan([action('a', { ensures: [{ kind: 'commit' }] })])).rest();
    const error = problem('STEP_FAILED', 'no');
    world.apply({ type: 'capture.ended', node: 'a', op: opOf(world, 'a'), values: {}, error });
    expect(world.rest().settled('a')?.error?.message).toBe('no');
  });
});

describe('an effect in doubt', () => {
  const guarded = (more = {}) => action('a', { idempotent: false, ...more });
  const holds = (text: string) => ({ kind: 'condition', holds: expression(equal(lit(text), lit('x'))) }) as const;

  test('that `verify` finds not done is begun again', () => {
    const world = new World(plan([guarded({ verify: holds('y') })])).rest().crash().rest();
    expect([world.events('check.ended')[0]?.outputs, world.attempts('a')]).toEqual([{ 'exit-code': 1 }, 2]);
  });

  test('of which `verify` has no value is asked of people', () => {
    const verify = { kind: 'condition', holds: expression(call('fromJSON', lit('{'))) } as const;
    const world = new World(plan([guarded({ verify })])).rest().crash().rest();
    expect(world.events('check.ended')[0]).toMatchObject({ holds: false, error: { code: 'EXPR_JSON' } });
    expect(world.events('wait.started')).toMatchObject([{ purpose: 'assume' }]);
  });

  test('may be spoken of before its step asks, and before it is there', () => {
    const world = new World(plan([group('g', [guarded()], { needs: [1] }), action('first')])).rest();
    world.command({ kind: 'assume', node: 'g/a', how: 'retry', by: 'ann' });
    expect(world.rest().end('first').attempts('g/a')).toBe(1);
    world.crash();
    world.command({ kind: 'assume', node: 'g/a', how: 'retry', by: 'ann' });
    expect([world.rest().attempts('g/a'), world.events('wait.started')]).toEqual([2, []]);
  });

  test('that is done by what someone said while it ran gave nothing', () => {
    const world = new World(plan([guarded()])).rest();
    world.command({ kind: 'assume', node: 'a', how: 'done', by: 'ann' });
    world.end('a', { outcome: 'timed-out' });
    expect(world.settled('a')).toMatchObject({
      result: 'succeeded',
      outputs: {},
      cause: { kind: 'verified', by: 'ann' },
    });
  });

  test('that is done is known by the files as they are by then', () => {
    const files = object({ cwd: plain(''), globs: plain(['*']) });
    const world = digests(new World(plan([guarded({ files })])).rest(), 'a').end('a', { outcome: 'timed-out' });
    world.crash().rest();
    world.command({ kind: 'assume', node: 'a', how: 'done', by: 'ann' });
    world.rest();
    expect(world.result('a')).toBeUndefined();
    expect(digests(world, 'a').settled('a')).toMatchObject({ result: 'succeeded', cause: { kind: 'verified' } });
  });

  test('is none of a step that was stopped before it had begun', () => {
    const world = new World(plan([guarded(LOCK)]), { claims: false }).rest();
    world.command({ kind: 'cancel', node: 'a' });
    world
      .rest()
      .resume(plan([guarded(LOCK)]))
      .rest();
    expect(grant(world, 'a').attempts('a')).toBe(1);
  });

  test('of a step without a name is not that of another in its place', () => {
    const made = (text: string) =>
      plan([guarded({ anonymous: true, with: object({ text: plain(text) }) }), failing('b')]);
    const world = new World(made('x')).rest().end('a');
    expect(world.resume(made('y')).rest().attempts('a')).toBe(2);
  });
});

test('what a cached result is computed into may have to be captured first', () => {
  const none = object({ inputs: plain([]), outputs: plain([]), key: plain(1), env: plain([]), ttlMs: plain(null) });
  const node = action('a', { cache: { with: none }, outputs: { v: { value: value(call('now')) } } });
  const world = new World(plan([node])).rest();
  const hit = { key: 'k', run: 'r0', step: 'a', endedAt: 5, durationMs: 7, outputs: {} };
  world.apply({ type: 'cache.ended', node: 'a', op: opOf(world, 'a'), key: 'k', hit });
  expect(noon(world.rest(), 'a').settled('a')).toMatchObject({ result: 'kept', outputs: { v: 'noon' } });
});

test('an event that may be meant waits for what its match reads', () => {
  const match = expression(equal(call('now'), lit('noon')));
  const world = new World(plan([{ ...AWAIT, what: { kind: 'event', name: 'go', match } }]), { timers: false }).rest();
  world.command({ kind: 'signal', name: 'go', data: 1 });
  expect(noon(world.rest(), 'a').settled('a')?.outputs).toMatchObject({ event: 1 });
});
const AWAIT = { id: 'a', kind: 'await', at: { line: 1, column: 1 }, needs: [], digest: 'd' } as const;

test('what an expression is said to be is cut where it is long', () => {
  const holds = expression(equal(ref('self.outputs.v'), lit('y')), "self.outputs.v == 'y'");
  const world = new World(plan([action('a', { ensures: [{ kind: 'output', holds }] })])).rest();
  world.end('a', { outputs: { v: 'x'.repeat(300) } });
  expect(world.settled('a')?.error?.hint).toBe(`Found: self.outputs.v is "${'x'.repeat(99)}….`);
});

test('a step that is asked again while it waits for what another asked for waits once', () => {
  const env = { V: value(call(ENV_RUN_CALL, lit('date'))) };
  const world = new World(plan([set('a', { v: value('env.V') }), set('b', { v: value('env.V') })], { env })).rest();
  const [asked] = world.events('capture.started');
  const node = world.run.byPath.get('b');
  if (node === undefined || asked === undefined) throw new Error('nobody waits');
  expect(captureFor(world.run, node, asked as Parameters<typeof captureFor>[2])).toBeNull();
  expect(world.run.waiters.get(asked.op)).toEqual([node.ord]);
});

test('a child workflow that is done anew at once has the inputs that it was opened with', () => {
  const retry = { attempts: 2, delayMs: 0, backoff: 'constant', factor: 1 } as const;
  const inner = child('c', [action('s', { with: object({ x: value('inputs.x') }) })], {}, { retry });
  const inputs = { x: { type: 'string', required: false, schema: {} } } as const;
  const files = (inner.child?.files ?? []).map((file) => ({ ...file, inputs, with: object({ x: plain('given') }) }));
  const world = new World(plan([{ ...inner, child: { files } }])).rest().end('c/s', FAIL);
  const requests = world.started.flatMap((work) => (work.kind === 'attempt' ? [work.request] : []));
  expect(requests).toEqual([{ x: 'given' }, { x: 'given' }]);
});

test('what a command has run again is run again, also after a rejection, with what it serves', () => {
  const gate = approval('gate', 'Go on?', { needs: [0, 1], onReject: { to: 'draft', max: 1 } });
  const made = plan([service('s'), action('draft', { needs: [0] }), gate, failing('z', 'no', { needs: [2] })]);
  const world = serve(new World(made).rest(), 's').end('draft');
  const answer = (verdict: string): World => {
    const digest = String(world.events('wait.started').at(-1)?.data.digest);
    const said = { verdict, by: 'bob', form: null, comment: null, at: world.now } as const;
    world.command({ kind: 'answer', node: 'gate', digest, ...said });
    return world.rest();
  };
  answer('approve').end('s');
  world.resume(made, { rerun: ['s'], downstream: true }).rest();
  serve(world, 's').end('draft');
  answer('reject');
  expect([world.attempts('s'), world.attempts('draft')]).toEqual([2, 3]);
});
