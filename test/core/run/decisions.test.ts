/** Which records of a journal are decisions, and what is found where one of them does not follow. */
import { describe, expect, test } from 'vitest';
import type { Recorded } from '../../../src/core/run/event.ts';
import { verifyDecisions } from '../../../src/core/run/verify.ts';
import { action, approval, group, plain, plan, set, value } from './plans.ts';
import { runOf, World } from './world.ts';

/** The decision of which something was changed, as it is told. */
function toldOf(world: World, type: Recorded['type'], change: object) {
  const { surroundings, journal } = world;
  expect(verifyDecisions(surroundings, journal).mismatches).toEqual([]);
  const at = journal.findIndex((record) => record.type === type);
  const changed = journal.map((record, seq) => (seq === at ? { ...record, ...change } : record));
  return verifyDecisions(surroundings, changed).mismatches.find(({ seq }) => seq === at)?.said.type;
}

const late = (more = {}): World => runOf(plan([approval('g', 'Go on?', { timeoutMs: 1_000, ...more })]));

describe('a decision is', () => {
  test('what is stopped because something failed; not what a person stops', () => {
    const failed = runOf(plan([group('g', [action('a'), action('b')], { failFast: true })]), {
      'g/a': { outcome: 'failed' },
    });
    expect(toldOf(failed, 'cancel.requested', { node: '' })).toBe('cancel.requested');
    const byHand = new World(plan([action('a')])).rest();
    byHand.command({ kind: 'cancel', node: '' });
    expect(toldOf(byHand.end('a', { outcome: 'cancelled' }), 'cancel.requested', { by: 'bob' })).toBeUndefined();
  });

  test('the verdict that time takes, and that there is none in time', () => {
    const outputs = { verdict: 'approve', by: 'timeout', form: null, comment: 'hm' };
    expect(toldOf(late({ default: 'approve' }), 'wait.ended', { outputs })).toBe('wait.ended');
    const { error } = late().settled('g') ?? {};
    expect(error?.code).toBe('STEP_APPROVAL_TIMEOUT');
    expect(toldOf(late(), 'wait.ended', { error: { ...error, message: 'other' } })).toBe('wait.ended');
  });

  test('what follows of what someone knows of an effect', () => {
    const world = new World(plan([action('a', { idempotent: false })])).rest().crash().rest();
    world.command({ kind: 'assume', node: 'a', how: 'done', by: 'ann' });
    expect(toldOf(world.rest(), 'wait.ended', { outputs: { assume: 'done', by: 'bob' } })).toBe('wait.ended');
  });

  test('no output of an attempt, whatever its name', () => {
    const world = runOf(plan([action('a')]), { a: { outputs: { assume: 'done', by: 'timeout' } } });
    expect(toldOf(world, 'attempt.ended', { log: 'l' })).toBeUndefined();
  });
});

test('no more than twenty decisions are told that do not follow', () => {
  const { surroundings, journal } = runOf(plan(Array.from({ length: 25 }, (_, k) => set(`s${k}`, { v: plain(k) }))));
  const changed = journal.map((record) =>
    record.type === 'step.settled' ? { ...record, outputs: { v: 'other' } } : record,
  );
  const { mismatches } = verifyDecisions(surroundings, changed);
  expect(mismatches.map(({ said }) => said.type)).toEqual(Array.from({ length: 20 }, () => 'step.settled'));
});

test('what a later process evaluated anew follows from what it knew, not from what the one before did', () => {
  const made = plan([action('a')], { env: { TRY: value('run.attempt') } });
  const world = new World(made).rest().crash().rest().end('a');
  const { surroundings, journal } = world;
  expect(world.started.flatMap((work) => (work.kind === 'attempt' ? [work.env] : []))).toEqual([
    { TRY: '1' },
    { TRY: '2' },
  ]);
  expect(verifyDecisions(surroundings, journal).mismatches).toEqual([]);
});
