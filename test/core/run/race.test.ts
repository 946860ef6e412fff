import { describe, expect, test } from 'vitest';
import type { PlanNode } from '../../../src/core/plan/plan.ts';
import { action, composite, group, lit, type More, plain, plan, set, value, when } from './plans.ts';
import { type Reply, World } from './world.ts';

const FAIL: Reply = { outcome: 'failed' };
const STOPPED: Reply = { outcome: 'cancelled' };
const race = (nodes: readonly PlanNode[], more: More = {}) => composite('race', 'r', [{ nodes }], more);
const reader = set('reader', { out: value('steps.r.outputs') }, { needs: [0], join: 'all-done' });
const begin = (members: readonly PlanNode[], more: More = {}) => new World(plan([race(members, more), reader])).rest();

describe('a race', () => {
  test('is won by the first success; the others are stopped, and it waits for their end', () => {
    const world = begin([action('a'), action('b'), action('c')]);
    world.end('r/c', FAIL).end('r/b', { outputs: { v: 'b' } });
    expect(world.events('race.won')).toMatchObject([{ node: 'r', slot: 1 }]);
    expect([world.stopped.length, world.result('r')]).toEqual([1, undefined]);
    world.end('r/a', STOPPED);
    expect(world.settled('r/a')?.cause).toEqual({ kind: 'cancelled', by: 'race' });
    expect(world.settled('reader')?.outputs).toEqual({ out: { v: 'b' } });
    expect([world.result('r'), world.finished?.verdict]).toEqual(['succeeded', 'succeeded']);
  });

  test('takes the first in the journal when several succeeded before the decision', () => {
    const world = begin([action('a'), action('b')]);
    for (const node of ['r/b', 'r/a']) {
      const work = world.started.find((one) => one.node === node);
      world.apply({
        type: 'attempt.ended',
        node,
        op: work?.op ?? 0,
        outcome: 'succeeded',
        outputs: { v: node },
        durationMs: 1,
      });
    }
    world.rest();
    const [first] = world.events('step.settled').filter(({ node }) => node.startsWith('r/'));
    const winner = first?.node;
    expect(world.settled('reader')?.outputs).toEqual({ out: { v: winner } });
    expect([world.result('r/a'), world.result('r/b')]).toEqual(['succeeded', 'succeeded']);
  });

  test('is not won by a skip, nor by a failure that may be', () => {
    const world = begin([action('a', { if: when(lit(false)) }), action('b', { continueOnError: true }), action('c')]);
    world.end('r/b', FAIL);
    expect(world.events('race.won')).toEqual([]);
    expect(world.end('r/c').events('race.won')).toMatchObject([{ slot: 2 }]);
  });

  test('without a winner has failed, or was skipped', () => {
    const world = begin([action('a'), action('b')]);
    world.end('r/a', FAIL).end('r/b', FAIL);
    expect([world.result('r'), world.finished?.error?.code]).toEqual(['failed', 'STEP_FAILED']);
    const skipped = begin([action('a', { if: when(lit(false)) })]);
    expect(skipped.result('r')).toBe('skipped');
  });

  test('may be between groups, and says what it declares', () => {
    const outputs = { who: { value: value('steps.b.outputs.v') } };
    const world = begin([group('a', [action('x')]), action('b')], { outputs });
    world.end('r/b', { outputs: { v: 1 } }).end('r/a/x', STOPPED);
    expect(world.settled('reader')?.outputs).toEqual({ out: { who: 1 } });
  });

  test('ends at once for members that giga does itself', () => {
    const world = begin([set('a', { v: plain(1) }), action('b')]);
    expect([world.attempts('r/b'), world.settled('reader')?.outputs]).toEqual([0, { out: { v: 1 } }]);
  });

  test('keeps its winner when the run goes on, and what depends on it', () => {
    const after = (script: string) =>
      plan([race([action('a'), action('b')]), action('c', { needs: [0] }), action('d', { with: plain(script) })]);
    const world = new World(after('1')).rest();
    world.end('r/b').end('r/a', STOPPED).end('c').end('d', FAIL);
    world.resume(after('2')).rest();
    expect([world.result('r/b'), world.result('r/a'), world.result('c')]).toEqual(['kept', 'cancelled', 'kept']);
    expect(world.attempts('r/a')).toBe(1);
  });

  test('that was won goes on after a crash with the same winner', () => {
    const world = begin([action('a'), action('b')]);
    world
      .end('r/b', { outputs: { v: 'b' } })
      .crash()
      .rest();
    expect(world.settled('reader')?.outputs).toEqual({ out: { v: 'b' } });
    expect(world.attempts('r/a')).toBe(1);
  });
});
