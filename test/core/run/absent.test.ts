/** What a record leaves out, as older ones may, and what comes when nobody waits for it any more: both are folded, never guessed at. */
import { describe, expect, test } from 'vitest';
import { ON_SUCCESS_HOOK, type PlanNode } from '../../../src/core/plan/plan.ts';
import { action, awaiting, group, type More, object, plain, plan, set, value } from './plans.ts';
import { opOf, World } from './world.ts';

const begin = (nodes: readonly PlanNode[]): World => new World(plan(nodes), { timers: false }).rest();
/** The attempt of a step ends, and its record says nothing of what it gave. */
function end(world: World, node: string): World {
  world.apply({ type: 'attempt.ended', node, op: opOf(world, node), outcome: 'succeeded', durationMs: 1 });
  return world.rest();
}
const SELF = ['stdout', 'lines', 'json', 'outputs'];
const reads: More = { outputs: Object.fromEntries(SELF.map((name) => [name, { value: value(`self.${name}`) }])) };

describe('an attempt that gave nothing', () => {
  test('shows nothing of it', () => {
    const world = end(begin([action('a', reads)]), 'a');
    expect(world.settled('a')?.outputs).toEqual({ stdout: null, lines: [], json: null, outputs: {} });
  });

  test('fails of what is computed from that, as any other', () => {
    const broken = { outputs: { v: { value: value('self.outputs.v.w.x') } }, ensures: NEVER };
    expect(end(begin([action('a', broken)]), 'a').settled('a')).toMatchObject({
      result: 'failed',
      error: { code: 'STEP_HOLLOW' },
    });
  });

  test('is kept in the cache as such', () => {
    const none = object({ inputs: plain([]), outputs: plain([]), key: plain(1), env: plain([]), ttlMs: plain(null) });
    const world = begin([action('a', { cache: { with: none } })]);
    world.apply({ type: 'cache.ended', node: 'a', op: opOf(world, 'a'), key: 'k' });
    end(world.rest(), 'a');
    expect(world.started.at(-1)).toMatchObject({ kind: 'cache', ask: 'save', key: 'k', result: { outputs: {} } });
  });
});

const NEVER = [{ kind: 'output', holds: { source: 'false', expr: { kind: 'literal', at: 0, value: false } } }] as const;

describe('a record without', () => {
  test('the parts of a fingerprint has none to compare with', () => {
    const world = new World(plan([action('a')]));
    world.apply({ type: 'node.opened', node: '', count: 3 });
    world.apply({ type: 'scope.opened', node: '', slot: 0 });
    world.apply({ type: 'attempt.started', node: 'a', op: 1, attempt: 1, fingerprint: 'f' });
    expect(world.run.byPath.get('a')).toMatchObject({ state: 'running', fingerprint: 'f', parts: null });
  });

  test('the print of what is asked of the cache has none', () => {
    const none = object({ inputs: plain([]), outputs: plain([]), key: plain(1), env: plain([]), ttlMs: plain(null) });
    const world = new World(plan([action('a', { cache: { with: none } })]));
    world.apply({ type: 'node.opened', node: '', count: 3 });
    world.apply({ type: 'scope.opened', node: '', slot: 0 });
    world.apply({ type: 'cache.started', node: 'a', op: 1, ask: 'restore', of: 'x' });
    expect(world.run.byPath.get('a')).toMatchObject({ fingerprint: null, parts: null });
  });

  test('the name of a limit is about `timeout`', () => {
    const world = begin([group('a', [action('b')])]);
    world.apply({ type: 'timer.started', node: 'a', op: 9, purpose: 'timeout', delayMs: 5 });
    world.apply({ type: 'timer.ended', node: 'a', op: 9 });
    expect(world.run.byPath.get('a')?.late).toBe('timeout');
  });

  test('what a look gave knows nothing: someone is asked', () => {
    const verify = { kind: 'probe', action: 'run', source: 'x', with: plain({}) } as const;
    const world = begin([action('a', { idempotent: false, verify })])
      .crash()
      .rest();
    world.apply({ type: 'check.ended', node: 'a', op: opOf(world, 'a'), holds: false });
    world.rest();
    expect(world.events('wait.started')).toMatchObject([
      { purpose: 'assume', data: { why: 'cut-off', verified: true } },
    ]);
  });

  test('what a wait gave gives nothing', () => {
    const world = begin([awaiting('a', { kind: 'file', path: plain('f') })]);
    world.apply({ type: 'wait.ended', node: 'a', op: opOf(world, 'a') });
    expect(world.rest().settled('a')).toMatchObject({ result: 'succeeded', outputs: {} });
  });

  test('a success to go by keeps a step all the same', () => {
    const world = end(begin([action('a'), action('b')]), 'a').crash();
    world.command({ kind: 'resume', plan: world.run.planHash });
    world.apply({ type: 'node.opened', node: '', count: 3 });
    world.apply({ type: 'scope.opened', node: '', slot: 0 });
    const kept = {
      type: 'step.settled',
      result: 'kept',
      cause: { kind: 'kept', attempt: 1, endedAt: 5 },
      fingerprint: 'f',
    } as const;
    world.apply({ ...kept, node: 'a' });
    world.apply({ ...kept, node: 'b' }); // of which nothing is known
    expect(world.run.byPath.get('a')).toMatchObject({ result: 'kept', attempts: 1, fingerprint: 'f' });
    expect(world.run.byPath.get('b')).toMatchObject({ result: 'kept', durationMs: 0, drifts: 0, parts: null });
  });
});

describe('late news', () => {
  test('of a service that has ended is none', () => {
    const world = begin([{ ...action('s'), action: 'service' }, action('a', { needs: [0] })]);
    world.end('s', { outcome: 'failed' });
    expect(world.apply({ type: 'attempt.serving', node: 's', op: 1, outputs: {} })).toEqual([]);
    expect(world.rest().result('s')).toBe('failed');
  });

  test('of a hook without outputs is a success of the step, with those of its attempt', () => {
    const hooks = [{ slot: ON_SUCCESS_HOOK, body: { nodes: [set('h')] } }] as const;
    expect(end(begin([action('a', { hooks })]), 'a').settled('a')).toMatchObject({ result: 'succeeded' });
  });

  test('that an event came, without a word with it, has null and no name', () => {
    const world = begin([awaiting('a', { kind: 'event', name: 'go' })]);
    world.command({ kind: 'signal', name: 'go' });
    expect(world.rest().settled('a')?.outputs).toMatchObject({ event: null, by: 'unknown' });
  });
});
