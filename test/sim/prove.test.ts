import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/core/json.ts';
import { type Plan, planHash } from '../../src/core/plan/plan.ts';
import type { Recorded } from '../../src/core/run/event.ts';
import { type Proof, prove, proveAt, type Subject } from '../../src/sim/prove.ts';
import type { Script, ScriptedEnd } from '../../src/sim/simulate.ts';
import {
  action,
  approval,
  awaiting,
  call,
  each,
  equal,
  group,
  list,
  lit,
  loop,
  plain,
  plan,
  race,
  ref,
  set,
  value,
  wait,
  when,
} from '../core/run/plans.ts';
import { PLANS } from '../core/run/random-plans.ts';

type Ends = Readonly<Record<string, Partial<ScriptedEnd> | readonly Partial<ScriptedEnd>[]>>;
type Fails = (node: string, number: number) => boolean;

/** The n-th attempt that ends does so as the script says, whatever was cut off between. */
function scriptOf(ends: Ends | Fails, before: readonly Recorded[]): Script {
  const probes = new Set(
    before.flatMap((record) => (record.type === 'check.started' && record.about === undefined ? [record.op] : [])),
  );
  const count = (node: string): number =>
    before.filter(
      (record) =>
        (record.type === 'attempt.ended' || (record.type === 'check.ended' && probes.has(record.op))) &&
        record.node === node,
    ).length;
  const begun = new Map<string, number>();
  return {
    attempt({ node, action: type }) {
      const number = type === 'service' ? 0 : (begun.get(node) ?? count(node)); // it begins anew in each process
      begun.set(node, number + 1);
      return { outcome: 'succeeded', outputs: {}, takesMs: 0, ...endOf(ends, node, number) };
    },
    wait: ({ node }) => ({ outcome: 'succeeded', takesMs: 0, ...endOf(ends, node, 0) }),
    verdict: () => ({ verdict: 'approve', by: 'ann', form: null, comment: null, takesMs: 60_000 }),
    capture: ({ captures }, nowMs) => ({ values: Object.fromEntries(captures.map(({ key }) => [key, nowMs])) }),
  };
}

function endOf(ends: Ends | Fails, node: string, number: number): Partial<ScriptedEnd> {
  if (typeof ends === 'function') return ends(node, number) ? { outcome: 'failed' } : {};
  const listed = [ends[node] ?? {}].flat();
  return listed[Math.min(number, listed.length - 1)] ?? {};
}

function subject(one: Plan, ends: Ends = {}, more: Partial<Subject> = {}): Subject {
  return { plan: one, hash: planHash(one), inputs: {}, script: (before) => scriptOf(ends, before), ...more };
}

function proved(one: Plan, ends: Ends = {}, more: Partial<Subject> = {}): Proof {
  return prove(subject(one, ends, more), { most: null, seed: 7 });
}

const EFFORT = { most: null, seed: 1 };
/** The gate lives the same lives each time; the long runs live new ones. */
const SEED = Number(process.env.GIGA_SEED ?? (process.env.GIGA_TORTURE === '1' ? Date.now() % 1_000_000_007 : 11));

describe('a workflow comes to the same end wherever it is killed', () => {
  const service = { ...action('s'), action: 'service' };
  const probe = { kind: 'probe', action: 'run', with: plain({}), source: 'x', everyMs: 60_000 } as const;
  const retry = { attempts: 3, delayMs: 1_000, backoff: 'constant', factor: 1 } as const;
  const fails = { outcome: 'failed' } as const;
  const cases: readonly (readonly [name: string, one: Plan, ends: Ends])[] = [
    ['a list', plan(list([action('a'), action('b'), action('c')])), {}],
    ['many at once', plan([action('a'), action('b'), action('c', { needs: [0, 1] })], { concurrency: 2 }), {}],
    ['retries', plan([action('a', { retry }), action('b', { needs: [0] })]), { a: [fails, fails, {}] }],
    ['retries that are used up', plan([action('a', { retry })]), { a: fails }],
    ['a fan-out', plan([each(action('e'), plain(['x', 'y', 'z']))]), {}],
    ['a loop', plan([loop(action('l'), { max: 3, delayMs: 500 })]), {}],
    ['a race', plan([race('r', [action('slow'), action('fast')])]), { 'r/slow': { takesMs: 60_000 } }],
    ['a wait and a probe', plan([wait('w', '1d'), awaiting('p', probe, { needs: [0] })]), { p: [fails, {}] }],
    ['an approval', plan([approval('g'), action('a', { needs: [0] })]), {}],
    ['a lock', plan([action('a', { claim: LOCK }), action('b', { claim: LOCK })]), { a: { takesMs: 9 } }],
    ['a service', plan([service, action('a', { needs: [0] })]), { a: { takesMs: 700 } }],
    [
      'a group that is retried',
      plan([group('g', list([action('a'), action('b')]), { retry })]),
      { 'g/b': [fails, {}] },
    ],
  ];
  test.each(cases)('%s', (_name, one, ends) => {
    const { failures, failed, once, points, twice } = proved(one, ends);
    expect({ failures, failed, tried: once }).toEqual({ failures: [], failed: 0, tried: points });
    expect(twice).toBeGreaterThan(0);
  });

  test(`any workflow of the language, where nothing is a matter of time (GIGA_SEED=${SEED})`, () => {
    fc.assert(
      fc.property(PLANS, fc.integer(), (random, seed) => {
        const one = random.plan;
        fc.pre(!/"(?:total)?[tT]imeoutMs"|"maxDurationMs"|"kind":"race"/.test(JSON.stringify(one)));
        const fails = (node: string, number: number): boolean => sha256(`${seed} ${node} ${number}`) < '4';
        const capture: Script['capture'] = () => ({ values: {} }); // what time it is would not be the same
        const script = (before: readonly Recorded[]): Script => ({
          ...scriptOf(fails, before),
          capture,
          assume: () => 'retry',
        });
        const { failures } = prove(subject(one, {}, { script }), { most: 60, seed: 1 });
        if (failures[0])
          throw new Error(JSON.stringify({ ...failures[0], journal: failures[0].journal.map(brief) }, null, 1));
      }),
      { numRuns: Number(process.env.GIGA_RUNS ?? 40), seed: SEED },
    );
  });
});

function brief(record: Recorded): string {
  return `${record.seq} ${record.at} ${JSON.stringify({ ...record, parts: undefined, fingerprint: undefined })}`.slice(
    0,
    200,
  );
}

const LOCK = { of: 'lock', name: plain('db') } as const;

describe('a workflow that asks how often it was begun comes to another end', () => {
  test('a condition over run.resumed', () => {
    const one = plan([action('a'), action('b', { needs: [0], if: when(equal(ref('run.resumed'), lit(false))) })]);
    const { failures, failed } = proved(one);
    expect(failures[0]).toMatchObject({ at: [1], differences: [{ step: 'b', what: 'result', killed: 'skipped' }] });
    expect(failed).toBeGreaterThan(3);
    expect(proveAt(subject(one), failures[0]?.at ?? [])?.failed).toBe(1);
  });

  test('an output that counts attempts', () => {
    const one = plan(list([action('a'), set('s', { n: value('steps.a.attempts') })]));
    expect(proved(one).failures[0]).toMatchObject({
      differences: [{ step: 's', what: 'output', name: 'n', whole: 1, killed: 2 }],
    });
  });

  test('now(), when the next process comes later', () => {
    const one = plan(list([action('a'), set('s', { n: value(call('now')) })]));
    expect(proved(one).failed).toBe(0);
    expect(proved(one, {}, { downMs: 60_000 }).failures[0]).toMatchObject({ differences: [{ step: 's', name: 'n' }] });
  });

  test('a race between work, which begins anew, and time, which goes on', () => {
    const one = plan([race('r', [action('a'), wait('w', '6s')]), action('b')], { concurrency: 2 });
    const { failures } = proved(one, { 'r/a': { takesMs: 5_000 }, b: { takesMs: 4_000 } });
    expect(failures[0]?.differences[0]).toMatchObject({ step: 'r', what: 'winner', whole: 1, killed: 2 });
  });
});

describe('the kill points', () => {
  test('are all records but the last, or an even choice', () => {
    const one = plan(list(Array.from({ length: 30 }, (_, index) => action(`s${index}`))));
    const all = prove(subject(one), EFFORT);
    expect(all).toMatchObject({ once: all.points, points: all.whole.journal.length - 1, failed: 0 });
    expect(prove(subject(one), { most: 10, seed: 1 })).toMatchObject({ once: 10, points: all.points, twice: 0 });
  });

  test('of a run that waits for ever are all of its records', () => {
    const one = plan([awaiting('e', { kind: 'event', name: 'go' })]);
    const script = (): Script => ({ ...scriptOf({}, []), wait: () => null });
    const proof = prove(subject(one, {}, { script }), EFFORT);
    expect(proof).toMatchObject({ failed: 0, points: proof.whole.journal.length, whole: { stopped: 'waiting' } });
  });

  test('end with the run, whatever late news comes after', () => {
    const one = plan([race('r', [action('a', { ensures: [{ kind: 'exists', globs: plain(['f']) }] }), action('b')])]);
    const { whole, points } = prove(subject(one), EFFORT);
    expect(whole.journal.slice(-2).map(({ type }) => type)).toEqual(['run.finished', 'check.ended']);
    expect(points).toBe(whole.journal.length - 2);
  });

  test('that are none are refused', () => {
    const one = plan([action('a')]);
    const last = prove(subject(one), EFFORT).points;
    expect([proveAt(subject(one), [last]), proveAt(subject(one), [3, 2])]).toEqual([null, null]);
    expect(proveAt(subject(one), [2, 5])).toMatchObject({ failed: 0, twice: 1 });
  });

  test('of the second process are the same for the same seed', () => {
    const failing = plan([action('a')]);
    expect(prove(subject(failing), EFFORT)).toEqual(prove(subject(failing), EFFORT));
  });
});
