/** What one plan of a run hands to the next, step by step: successes, counts, captured values; and what makes them stand for nothing. */
import { describe, expect, test } from 'vitest';
import { problem } from '../../../src/core/diagnostic/diagnostic.ts';
import { COMPENSATE_HOOK, type Plan, type PlanNode } from '../../../src/core/plan/plan.ts';
import { requestsOf } from '../../../src/core/run/approval.ts';
import {
  action,
  approval,
  both,
  call,
  composite,
  equal,
  failing,
  group,
  lit,
  object,
  plain,
  plan,
  ref,
  value,
  wait,
  when,
} from './plans.ts';
import { NOON, opOf, runOf, World, type WorldOptions } from './world.ts';

const NOW = { NOW: value(call('now')) };
const script = (id: string, text: string, more: Parameters<typeof action>[1] = {}) =>
  action(id, { with: plain({ script: text }), ...more });
const nameless = (id: string, text: string) => script(id, text, { anonymous: true, digest: text });
const edited = (made: Plan, name = 'edited'): Plan => ({ ...made, description: name });
/** What each step came to last. */
const results = (world: World, ...paths: readonly string[]) => paths.map((path) => world.result(path));
const captured = (world: World) =>
  world.events('capture.started').flatMap(({ captures }) => captures.map(({ kind }) => kind));
/** The number of the last attempt. */
const lastAttempt = (world: World, path: string) =>
  world.events('attempt.started').findLast(({ node }) => node === path)?.attempt;
const reject = (world: World): World => {
  const [request] = requestsOf(world.run);
  const { digest = '', node = '' } = request ?? {};
  world.command({ kind: 'answer', node, digest, verdict: 'reject', by: 'bob', form: null, comment: null, at: 0 });
  return world.go();
};

describe('a new plan', () => {
  test('stops what the old one waited for', () => {
    const world = new World(plan([wait('w', '1h')]), { timers: false }).rest();
    const [timer] = world.events('timer.started');
    expect(world.resume(plan([action('a')])).stopped).toContain(timer?.op);
  });

  test('is refused once the run goes on', () => {
    const world = new World(plan([action('a'), action('b')])).rest().crash().rest();
    expect(() => world.command({ kind: 'resume', rerun: ['a'] })).toThrow('RUN_GOES_ON');
  });

  test('does not count the attempts at a group for a step that has its path now', () => {
    const world = new World(plan([group('g', [action('x')])]))
      .rest()
      .resume(plan([action('g')]))
      .rest();
    expect(lastAttempt(world, 'g')).toBe(1);
  });
});

describe('a success', () => {
  test('of a step that was passed over may be kept when its turn comes', () => {
    const turn = when(both(equal(call('now'), lit('noon')), equal(ref('steps.x.outputs.v'), lit('one'))));
    const made = (text: string) => plan([script('x', text), action('a', { needs: [0], if: turn })]);
    const world = new World(made('one'), {
      ...NOON,
      reply: ({ request }) => ({ outputs: { v: (request as { script: string }).script } }),
    }).go();
    const lives = [made('two'), made('one')].map((next) => world.resume(next).go().result('a'));
    expect([lives, world.attempts('a'), captured(world)]).toEqual([['skipped', 'kept'], 1, ['now']]);
  });

  test('that someone was to speak of stands when the run is cancelled instead', () => {
    const guarded = (text: string) => plan([script('a', text, { idempotent: false })]);
    const world = runOf(guarded('x')).resume(guarded('y')).rest();
    world.command({ kind: 'cancel', node: '' });
    expect(world.rest().result('a')).toBe('cancelled');
    expect([world.resume(guarded('x')).rest().result('a'), world.attempts('a')]).toEqual(['kept', 1]);
  });

  test.each([
    ['that goes on', {}],
    ['that was refused', { error: problem('STEP_FAILED', 'no') }],
  ])('is none any more once a command had it begun again, by a wait for its lock %s', (_, how) => {
    const made = plan([action('a', { claim: { of: 'lock', name: plain('l') } })]);
    const world = new World(made, { claims: false }).rest();
    const grant = (more = {}) => world.apply({ type: 'claim.ended', node: 'a', op: opOf(world, 'a'), ...more });
    grant();
    world.rest().end('a');
    world.resume(undefined, { rerun: ['a'] }).rest();
    if ('error' in how) grant(how);
    world.rest().resume(edited(made)).rest();
    grant();
    expect([world.rest().attempts('a'), lastAttempt(world, 'a')]).toEqual([2, 2]);
  });
  test('is kept of every step without a name, whatever it is', () => {
    const made = plan([nameless('step-1', 'x'), nameless('step-2', 'y')]);
    expect(results(runOf(made).resume(edited(made)).go(), 'step-1', 'step-2')).toEqual(['kept', 'kept']);
  });

  test('of a step without a name that moved stands for one alone', () => {
    const world = runOf(plan([nameless('step-1', 'x')]));
    world.resume(plan([action('first'), nameless('step-2', 'x')])).go();
    expect(results(world, 'first', 'step-2')).toEqual(['succeeded', 'kept']);
    world.resume(plan([nameless('step-1', 'x'), nameless('step-2', 'x')])).go();
    expect(results(world, 'step-1', 'step-2').filter((result) => result === 'kept')).toHaveLength(1);
  });
});

describe('what is captured for a step', () => {
  test('that its condition skipped is not taken again', () => {
    const made = plan([action('a', { if: when(equal(call('now'), lit('later'))) }), failing('f')]);
    const world = new World(made, NOON).go().resume(edited(made)).go();
    expect([world.result('a'), captured(world)]).toEqual(['skipped', ['now']]);
  });

  test('before it has a place is not taken again under a new plan', () => {
    const made = plan([action('a'), action('b', { if: when(equal(call('now'), lit('noon'))) })], { concurrency: 1 });
    const world = new World(made, NOON).go();
    expect([captured(world), world.attempts('b')]).toEqual([['now'], 0]);
    world.resume(edited(made)).go().end('a');
    expect([captured(world), world.attempts('b')]).toEqual([['now'], 1]);
  });

  test('is not taken again, but how things were before is when what succeeded begins anew', () => {
    const made = plan([action('a', { env: NOW, ensures: [{ kind: 'commit' }] })]);
    const world = new World(made, NOON).go();
    expect(captured(world)).toEqual(['head', 'now']);
    world.resume(edited(made)).go();
    expect(captured(world)).toEqual(['head', 'now']); // it was in the middle of it
    world.end('a').apply({ type: 'check.ended', node: 'a', op: opOf(world, 'a'), holds: true });
    expect(world.go().result('a')).toBe('succeeded');
    world.resume(undefined, { rerun: ['a'] }).go();
    expect(captured(world)).toEqual(['head', 'now', 'head']);
  });
});

describe('what is sent back', () => {
  const gate = approval('gate', 'Go on?', { needs: [1], onReject: { to: 'draft', max: 2 } });
  const sentBack = (member: PlanNode): World => {
    let answers = true;
    const made = plan([action('draft'), { ...member, needs: [0] }, gate]);
    const world = new World(made, { reply: () => (answers ? {} : undefined) }).go();
    answers = false;
    reject(world); // the draft is done again, and nobody answers
    answers = true;
    return world.resume(edited(made)).go();
  };

  test('is done again under a new plan, also where it has no name', () => {
    const world = sentBack(nameless('step-2', 'x'));
    expect([world.attempts('draft'), world.attempts('step-2')]).toEqual([3, 2]);
  });

  test('is done again with all that is in it, and counts on', () => {
    const world = sentBack(group('g', [action('x')]));
    expect([world.attempts('g/x'), lastAttempt(world, 'g/x')]).toEqual([2, 2]);
  });
});

test('what was undone is done again, and nothing else for that', () => {
  const undo = { hooks: [{ slot: COMPENSATE_HOOK, body: { nodes: [action('compensate')] } }] } as const;
  const body = { nodes: [action('a', undo), failing('f', 'no', { needs: [0] })] };
  const tried = composite('try', 't', [body, { nodes: [composite('compensate', 'undo', [])] }]);
  const made = plan([tried, action('z', { needs: [0] })]);
  const world = runOf(made);
  expect(results(world, 't', 'z')).toEqual(['succeeded', 'succeeded']);
  world.resume(edited(made)).go();
  expect([world.attempts('t/a'), world.attempts('t/a/compensate'), world.result('z')]).toEqual([2, 2, 'kept']);
});

describe('with `strict`', () => {
  const reads = { files: object({ cwd: plain(''), globs: plain(['*']) }) };
  const nodes = [action('a'), action('b', { ...reads, needs: [0] }), action('c', reads)];
  const strictly = (world: World, changed?: { readonly count: number; readonly files: readonly string[] }): World => {
    world.crash().apply({ type: 'run.opened', host: 'h', giga: '0', pid: 3, ...(changed && { changed }) });
    world.command({ kind: 'resume', rerun: [], downstream: true, strict: true });
    return world.go();
  };

  test('what follows a step that ran again runs again, too: that may have changed what it read', () => {
    const options: WorldOptions = { ...NOON, reply: () => ({}) };
    const world = strictly(new World(plan(nodes), options).go(), { count: 1, files: ['x'] });
    expect(results(world, 'a', 'b', 'c')).toEqual(['succeeded', 'succeeded', 'kept']);
    expect(results(strictly(world), 'a', 'b', 'c')).toEqual(['kept', 'kept', 'kept']);
  });

  test('alone: else what follows a step that ran again with the same outcome is kept', () => {
    let broken = false;
    const made = plan([action('a'), action('b', { needs: [0] }), action('x')]);
    const world = new World(made, { reply: ({ node }) => (broken && node === 'a' ? { outcome: 'failed' } : {}) }).go();
    broken = true;
    expect(results(world.resume(undefined, { rerun: ['a'] }).go(), 'a', 'b')).toEqual(['failed', 'skipped']);
    broken = false;
    world.resume(undefined, { rerun: ['x'], downstream: true }).go();
    expect(results(world, 'a', 'b', 'x')).toEqual(['succeeded', 'kept', 'succeeded']);
  });
});
