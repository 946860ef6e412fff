import { describe, expect, test } from 'vitest';
import { type Plan, planHash } from '../../src/core/plan/plan.ts';
import { BEGINNING_MS, type ScriptedEnd, type Simulated, simulate } from '../../src/sim/simulate.ts';
import { action, awaiting, group, list, plain, plan, race, wait } from '../core/run/plans.ts';

const OK: ScriptedEnd = { outcome: 'succeeded', outputs: {}, takesMs: 0 };

function run(one: Plan, ends: Readonly<Record<string, Partial<ScriptedEnd>>> = {}): Simulated {
  const script = {
    attempt: ({ node }: { node: string }) => ({ ...OK, ...ends[node] }),
    wait: ({ node }: { node: string }) => ({ ...OK, ...ends[node] }),
    capture: () => ({ values: {} }),
  };
  return simulate({ plan: one, hash: planHash(one), inputs: {}, script });
}

describe('a simulated run', () => {
  test('takes virtual time: what goes on at once counts once', () => {
    const { journal, stopped } = run(plan([action('a'), action('b'), wait('c', '1d')]), {
      a: { takesMs: 1_000 },
      b: { takesMs: 3_000 },
    });
    expect(stopped).toBe('finished');
    expect((journal.at(-1)?.at ?? 0) - BEGINNING_MS).toBe(86_400_000);
    expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_, index) => index));
  });

  test('is the same every time', () => {
    const steps = plan([action('a'), action('b'), action('c', { needs: [0, 1] })], { concurrency: 1 });
    expect(run(steps).journal).toEqual(run(steps).journal);
  });

  test('stops what is cancelled', () => {
    const { journal } = run(plan([race('r', [action('slow'), action('fast')])]), {
      'r/slow': { takesMs: 60_000 },
      'r/fast': { takesMs: 5 },
    });
    expect(journal.find((record) => record.type === 'attempt.ended' && record.node === 'r/slow')).toMatchObject({
      outcome: 'cancelled',
    });
    expect((journal.at(-1)?.at ?? 0) - BEGINNING_MS).toBe(5);
  });

  test('finds no results of other runs, and keeps none', () => {
    const request = { inputs: [], outputs: [], key: null, env: [], ttlMs: null };
    const { journal, stopped } = run(plan([action('a', { cache: { with: plain(request) } })]));
    const asks = journal.flatMap((record) => (record.type === 'cache.started' ? [record.ask] : []));
    expect([stopped, asks, journal.filter(({ type }) => type === 'attempt.started').length]).toEqual([
      'finished',
      ['restore'],
      1,
    ]);
  });

  test('lets one have a lock at a time, in the order in which they ask', () => {
    const claim = { of: 'lock', name: plain('db') } as const;
    const { journal, stopped } = run(plan([action('a', { claim }), action('b', { claim }), action('c')]), {
      a: { takesMs: 1_000 },
      b: { takesMs: 1_000 },
      c: { takesMs: 1_000 },
    });
    expect(stopped).toBe('finished');
    expect((journal.at(-1)?.at ?? 0) - BEGINNING_MS).toBe(2_000);
  });

  test('has services that serve as long as they are needed', () => {
    const service = (id: string, more = {}) => ({ ...action(id, more), action: 'service' });
    const { journal, run: state } = run(plan([service('s'), action('a', { needs: [0] })]), { a: { takesMs: 700 } });
    expect([state.verdict, (journal.at(-1)?.at ?? 0) - BEGINNING_MS]).toEqual(['succeeded', 700]);
    const raced = run(plan([race('r', [service('s'), action('a')])]), { 'r/a': { takesMs: 5 } });
    expect([raced.run.verdict, raced.stopped]).toEqual(['succeeded', 'finished']);
  });

  test('ends an attempt at its limit', () => {
    const { journal, run: state } = run(plan([action('a', { timeoutMs: 500 })]), { a: { takesMs: 9_000 } });
    expect(state.verdict).toBe('failed');
    expect((journal.at(-1)?.at ?? 0) - BEGINNING_MS).toBe(500);
  });

  test('lets come what is waited for, and stops what has no more time', () => {
    const probe = { kind: 'probe', action: 'run', with: plain({}), source: 'x', everyMs: 60_000 } as const;
    const steps = plan([
      awaiting('e', { kind: 'event', name: 'go' }),
      awaiting('p', probe, { needs: [0], timeoutMs: 150_000, continueOnError: true }),
      group('g', [action('a')], { needs: [1], timeoutMs: 1_000 }),
    ]);
    const { journal, run: state } = run(steps, {
      e: { takesMs: 5_000, outputs: { event: 1 } },
      p: { outcome: 'failed' },
      'g/a': { takesMs: 9_000 },
    });
    expect(state.error?.code).toBe('STEP_TIMEOUT');
    expect(journal.filter(({ type }) => type === 'check.ended').length).toBe(3);
    expect((journal.at(-1)?.at ?? 0) - BEGINNING_MS).toBe(5_000 + 150_000 + 1_000);
  });

  test('says that it goes on without an end', () => {
    const retry = { attempts: 1_000_000, delayMs: 1, backoff: 'constant', factor: 1 } as const;
    expect(run(plan(list([action('a', { retry })])), { a: { outcome: 'failed' } }).stopped).toBe('endless');
  });
});
