import { describe, expect, test } from 'vitest';
import { captureKey } from '../../../src/core/expr/evaluate.ts';
import { explainFingerprint, fingerprintOf, shownValue } from '../../../src/core/fingerprint.ts';
import type { PlanNode } from '../../../src/core/plan/plan.ts';
import { action, call, failing, group, list, lit, object, plain, plan, set, value, wait, when } from './plans.ts';
import { type Reply, runOf, World, type WorldOptions } from './world.ts';

const FAIL: Reply = { outcome: 'failed' };
const script = (id: string, text: string, more: Parameters<typeof action>[1] = {}) =>
  action(id, { with: plain({ script: text }), ...more });

/** What became of each step in the second life of a run. */
function resumed(
  first: World,
  second: Parameters<World['resume']>[0],
  more: Parameters<World['resume']>[1] = {},
): Record<string, string> {
  const from = first.journal.length;
  first.resume(second, more).go();
  const settled = first.journal
    .slice(from)
    .flatMap((record) => (record.type === 'step.settled' && record.node !== '' ? [record] : []));
  return Object.fromEntries(
    settled.map((record) => [record.node, record.result === 'skipped' ? record.cause.kind : record.result]),
  );
}

describe('resume after the end of a run', () => {
  const chain = (text = 'one') => plan([script('a', text), script('b', 'two', { needs: [0] }), script('c', 'three')]);

  test('keeps what succeeded, and runs what failed and what follows it', () => {
    let broken = true;
    const options: WorldOptions = {
      reply: (work) => (work.node === 'a' && broken ? FAIL : { outputs: { v: work.node } }),
    };
    const world = new World(chain(), options).go();
    broken = false;
    expect(resumed(world, undefined)).toEqual({ a: 'succeeded', b: 'succeeded', c: 'kept' });
    expect(world.finished?.verdict).toBe('succeeded');
    const kept = world.settled('c');
    expect(kept).toMatchObject({ outputs: { v: 'c' }, cause: { kind: 'kept', attempt: 1 } });
    expect(world.events('attempt.started').map((one) => `${one.node} ${one.attempt}`)).toEqual([
      'a 1',
      'c 1',
      'a 2',
      'b 1',
    ]);
  });
  test('runs a changed step and what depends on it', () => {
    expect(resumed(runOf(chain()), chain('other'))).toEqual({ a: 'succeeded', b: 'succeeded', c: 'kept' });
  });
  test('keeps all of an edited plan that changes nothing', () => {
    expect(resumed(runOf(chain()), { ...chain(), description: 'new' })).toEqual({ a: 'kept', b: 'kept', c: 'kept' });
  });
  test('carries a change through a set and a group', () => {
    const made = (text: string) =>
      plan([
        script('a', text),
        set('s', { v: plain(1) }, { needs: [0] }),
        group('g', [action('x')], { needs: [1] }),
        action('z', { needs: [2] }),
      ]);
    expect(resumed(runOf(made('1')), made('2'))).toEqual({
      a: 'succeeded',
      s: 'succeeded',
      'g/x': 'succeeded',
      g: 'succeeded',
      z: 'succeeded',
    });
    expect(resumed(runOf(made('1')), { ...made('1'), description: 'd' })).toMatchObject({
      a: 'kept',
      'g/x': 'kept',
      z: 'kept',
    });
  });
  test('carries a change inside a group to what follows the group', () => {
    const made = (text: string) =>
      plan([group('g', [script('x', text), script('y', 'y')]), action('z', { needs: [0] })]);
    expect(resumed(runOf(made('1')), made('2'))).toEqual({
      'g/x': 'succeeded',
      'g/y': 'kept',
      g: 'succeeded',
      z: 'succeeded',
    });
  });
  test('carries a change down a list, and a long one without recursion', () => {
    const nodes = (text: string): readonly PlanNode[] =>
      list([
        script('a', text),
        ...Array.from({ length: 12_000 }, (_, k) => set(`s${k}`, {}, { digest: 'd' })),
        script('z', 'z'),
      ]);
    const world = runOf(plan(nodes('1')));
    expect(resumed(world, plan(nodes('2')))).toMatchObject({ a: 'succeeded', z: 'succeeded' });
  });
  test('finds a step without a name by its fingerprint, wherever it stands, and once', () => {
    const nameless = (id: string, text: string) => script(id, text, { anonymous: true, digest: `run ${text}` });
    const same = plan([nameless('step-1', 'x'), nameless('step-2', 'x')]);
    const broken = runOf(same, { 'step-2': FAIL });
    expect(
      resumed(broken, plan([nameless('step-1', 'new'), nameless('step-2', 'x'), nameless('step-3', 'x')])),
    ).toEqual({
      'step-1': 'succeeded',
      'step-2': 'kept',
      'step-3': 'failed' === broken.result('step-3') ? 'failed' : 'succeeded',
    });
  });
  test('a nameless step that runs again uses its old success up', () => {
    const made = plan([script('step-1', 'x', { anonymous: true, digest: 'd' })]);
    const world = runOf(made);
    expect(resumed(world, undefined, { rerun: ['step-1'] })).toEqual({ 'step-1': 'succeeded' });
    expect(resumed(world, { ...made, description: 'd' })).toEqual({ 'step-1': 'kept' });
  });
  test('runs on-failure and finally again at the new end', () => {
    const made = plan([action('a')], { finally: [action('z')] });
    expect(resumed(runOf(made), undefined, { rerun: ['a'] })).toEqual({ a: 'succeeded', 'finally/z': 'succeeded' });
  });
  test('keeps a wait', () => {
    const world = runOf(plan([wait('w', '1m'), failing('f')]));
    expect(resumed(world, undefined)).toEqual({ w: 'kept', f: 'failed' });
    expect(world.settled('w')?.outputs).toEqual({ 'waited-ms': 60_000 });
  });
  test('keeps through several plans, and forgets a success that ran again and failed', () => {
    const world = new World(chain(), { reply: (work) => (work.node === 'a' && work.attempt > 1 ? FAIL : {}) }).go();
    expect(resumed(world, chain('2'))).toMatchObject({ a: 'failed', c: 'kept' });
    expect(resumed(world, chain())).toMatchObject({ a: 'failed', b: 'need-failed', c: 'kept' });
  });
  test('keeps what a later plan never reached', () => {
    const made = (bad: boolean) => plan([script('a', bad ? 'bad' : 'good'), script('b', 'b', { needs: [0] })]);
    const world = new World(made(false), {
      reply: (work) => (work.attempt === 2 && work.node === 'a' ? FAIL : {}),
    }).go();
    expect(resumed(world, made(true))).toEqual({ a: 'failed', b: 'need-failed' });
    expect(resumed(world, made(false))).toEqual({ a: 'succeeded', b: 'kept' });
  });
  test('a crash in the middle of the second life changes nothing of that', () => {
    const world = new World(chain(), { reply: () => ({}) }).go();
    world.resume(chain('other'));
    for (let event = 0; event < 3; event++) world.crash().rest();
    world.go();
    expect([world.result('c'), world.attempts('a')]).toEqual(['kept', 4]);
  });
});

describe('a choice of steps', () => {
  const made = plan([
    script('a', 'a'),
    script('b', 'b', { needs: [0] }),
    script('c', 'c', { needs: [1] }),
    group('g', [script('x', 'x'), script('y', 'y', { needs: [0] })]),
    script('z', 'z', { needs: [3] }),
  ]);
  test('rerun', () => {
    expect(resumed(runOf(made), undefined, { rerun: ['b'] })).toMatchObject({ a: 'kept', b: 'succeeded', c: 'kept' });
  });
  test('rerun with all that depends on it, out of a group as well', () => {
    expect(resumed(runOf(made), undefined, { rerun: ['b', 'g/x'], downstream: true })).toEqual({
      a: 'kept',
      b: 'succeeded',
      c: 'succeeded',
      'g/x': 'succeeded',
      'g/y': 'succeeded',
      g: 'succeeded',
      z: 'succeeded',
    }); // prettier-ignore
    expect(resumed(runOf(made), undefined, { rerun: ['g'] })).toMatchObject({
      'g/x': 'succeeded',
      'g/y': 'succeeded',
      z: 'kept',
    });
  });
  test('downstream goes into a group and down a list', () => {
    const into = plan([script('a', 'a'), group('g', [script('x', 'x')], { needs: [0] })]);
    expect(resumed(runOf(into), undefined, { rerun: ['a'], downstream: true })).toMatchObject({ 'g/x': 'succeeded' });
    const down = plan(list([script('a', 'a'), script('b', 'b'), script('c', 'c')]));
    expect(resumed(runOf(down), undefined, { rerun: ['b'], downstream: true })).toEqual({
      a: 'kept',
      b: 'succeeded',
      c: 'succeeded',
    });
  });
  test('only: the others are kept, or left out', () => {
    const world = runOf(plan([script('a', 'a'), script('b', 'b'), set('s'), failing('f'), wait('w')]), {
      a: FAIL,
      b: FAIL,
    });
    expect(resumed(world, undefined, { only: ['b'] })).toEqual({
      a: 'not-selected',
      b: 'failed',
      s: 'succeeded',
      f: 'not-selected',
      w: 'kept',
    });
    expect(resumed(world, plan([wait('w', '2s')]), { only: [] })).toEqual({ w: 'not-selected' });
  });
  test('only, with all that depends on it', () => {
    const world = runOf(plan([script('a', 'a'), script('b', 'b', { needs: [0] }), script('c', 'c', { needs: [1] })]));
    const choice = { only: ['b'], rerun: ['b'], downstream: true };
    expect(resumed(world, undefined, choice)).toEqual({ a: 'kept', b: 'succeeded', c: 'succeeded' });
  });
  test('what left something out is no end', () => {
    let broken = true;
    const options: WorldOptions = { reply: (work) => (work.node === 'a' && broken ? FAIL : {}) };
    const world = new World(plan([script('a', 'a'), script('b', 'b', { needs: [0] })]), options).go();
    broken = false;
    expect(resumed(world, undefined, { only: ['a'], rerun: ['a'] })).toEqual({ a: 'succeeded', b: 'not-selected' });
    expect(resumed(world, undefined)).toEqual({ a: 'kept', b: 'succeeded' });
  });
});

describe('a fingerprint', () => {
  const print = (node: PlanNode, options: WorldOptions = {}, more: Parameters<typeof plan>[1] = {}) => {
    const world = new World(plan([node], more), { reply: () => ({}), ...options }).go();
    const started = world.events('attempt.started')[0];
    return { fingerprint: started?.fingerprint, parts: started?.parts ?? {} };
  };
  const changes = (before: ReturnType<typeof print>, after: ReturnType<typeof print>) => {
    expect(before.fingerprint).not.toBe(after.fingerprint);
    return explainFingerprint(before.parts, after.parts);
  };
  test('says exactly what changed', () => {
    const request = object({
      script: plain('s'),
      values: object({ V0: value('inputs.version') }),
      cwd: plain(''),
      options: plain(1),
    });
    const reads = (version: unknown) =>
      print(action('a', { with: request, digest: 'd' }), { inputs: { version: version as string } });
    expect(changes(reads(1), reads(2))).toEqual(['input version changed: 1 → 2']);
    expect(changes(reads(1), reads('x'.repeat(50)))).toEqual(['input version changed']);
    expect(changes(print(script('a', '1', { digest: 'd' })), print(script('a', '2', { digest: 'e' })))).toEqual([
      'the text of `run` changed',
    ]);
    expect(
      changes(
        print(script('a', '1', { env: { NODE_ENV: plain('a') } })),
        print(script('a', '1', { env: { NODE_ENV: plain('b') } })),
      ),
    ).toEqual(['env.NODE_ENV changed']);
    expect(
      changes(
        print(script('a', '1', { timeoutMs: 1, digest: 'd' })),
        print(script('a', '1', { timeoutMs: 2, digest: 'e' })),
      ),
    ).toEqual(['its definition changed']);
    const moved = (cwd: string) => print(action('a', { digest: 'd', with: plain({ argv: ['x'], cwd, stdin: 's' }) }));
    expect(changes(moved('x'), moved('y'))).toEqual(['cwd changed']);
    const values = (v: number) => print(action('a', { digest: 'd', with: plain({ script: 's', values: { v } }) }));
    expect(changes(values(1), values(2))).toEqual(['a value in `run` changed']);
  });
  test('says which need changed', () => {
    const made = (text: string) => plan([script('a', text), script('b', 'b', { needs: [0] })]);
    const [one, two] = ['1', '2'].map((text) => runOf(made(text)).events('attempt.started')[1]?.parts ?? {});
    expect(explainFingerprint(one ?? {}, two ?? {})).toEqual(['needs a, which changed']);
    expect(explainFingerprint({}, { 'needs a': '1' })).toEqual(['needs a, which is new']);
    expect(explainFingerprint({ 'needs a': '1' }, {})).toEqual(['no longer needs a']);
    expect(explainFingerprint({ within: '1' }, { within: '2' })).toEqual([
      'something that the group around it needs changed',
    ]);
    expect(explainFingerprint({ run: '1' }, { run: '1' })).toEqual([]);
  });
  test('holds secrets by name, and any time of day', () => {
    const now = captureKey('now', []);
    const at = (time: string, name = 'S') =>
      print(
        action('a', { with: object({ at: value(call('now')) }), env: { T: value(`secrets.${name}`) }, digest: 'd' }),
        { capture: () => ({ values: { [now]: time } }) },
        { secrets: ['S', 'R'] },
      );
    expect(at('2026-01-01T00:00:00.000Z').fingerprint).toBe(at('2026-02-02T00:00:00.000Z').fingerprint);
    expect(at('2026-01-01T00:00:00.000Z').fingerprint).not.toBe(at('2026-01-01T00:00:00.000Z', 'R').fingerprint);
  });
  test('takes requests of other shapes', () => {
    expect(print(action('a', { with: plain('text') })).parts.with).toMatch(/^[0-9a-f]{8}$/);
    const other = { ...action('a', { with: plain({ prompt: 'p' }) }), action: 'claude' };
    expect(Object.keys(print(other).parts)).toEqual(['definition', 'prompt']);
  });
  test('carries no more parts than are readable', () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, k) => [`env.N${k}`, k]));
    const { parts } = fingerprintOf(many);
    expect(Object.keys(parts)).toHaveLength(25);
    expect(explainFingerprint(parts, fingerprintOf({ ...many, 'env.N39': 'x' }).parts)).toEqual([
      'one of many variables or needs changed',
    ]);
    expect(shownValue('x'.repeat(60))).toMatch(/^#[0-9a-f]{8}$/);
  });
  test('does not depend on a condition', () => {
    const one = print(script('a', '1', { if: when(lit(true)), digest: 'd' }));
    expect(one.fingerprint).toBe(print(script('a', '1', { digest: 'd' })).fingerprint);
  });
});
