import { describe, expect, test } from 'vitest';
import { requestsOf } from '../../../src/core/run/approval.ts';
import { action, approval, composite, group, list, plain, plan, set, value } from './plans.ts';
import { type Reply, World, type WorldOptions } from './world.ts';

type Nodes = Parameters<typeof plan>[0];
const begin = (nodes: Nodes, options: WorldOptions = {}) =>
  new World(plan(nodes), { reply: () => ({}), ...options }).go();
const say = (world: World, verdict: string, node = 'gate', comment: string | null = null): World => {
  const request = requestsOf(world.run).find((one) => one.node === node);
  if (request === undefined) throw new Error(`${node} asks nothing`);
  const { digest } = request;
  world.command({ kind: 'answer', node, digest, verdict, by: 'bob', form: null, comment, at: world.now });
  return world.go();
};
const gate = (more: Parameters<typeof approval>[2] = {}) =>
  approval('gate', 'Go on?', { needs: [1], onReject: { to: 'draft', max: 2 }, ...more });
/** draft → check → gate → publish, beside `other`. */
const nodes = (): Nodes => [
  action('draft'),
  action('check', { needs: [0] }),
  gate(),
  action('publish', { needs: [2] }),
  action('other'),
];

describe('a rejection that goes back', () => {
  test('runs the step and all that depends on it again, then asks again', () => {
    const world = say(begin(nodes()), 'reject');
    expect(world.events('scope.reworked')).toMatchObject([
      { node: 'gate', count: 1, steps: ['draft', 'check', 'gate', 'publish'] },
    ]);
    expect(['draft', 'check', 'publish', 'other'].map((path) => world.attempts(path))).toEqual([2, 2, 0, 1]);
    expect(requestsOf(world.run)).toMatchObject([{ node: 'gate', attempt: 2 }]);
    expect(say(world, 'approve').finished).toMatchObject({ verdict: 'succeeded', counts: { succeeded: 5, failed: 0 } });
  });

  test('fails after `max` times', () => {
    const world = say(say(say(begin(nodes()), 'reject'), 'reject'), 'reject');
    expect(world.settled('gate')).toMatchObject({
      result: 'failed',
      error: { code: 'STEP_REJECTED', message: 'bob rejected `gate` after 2 reworks.' },
    });
    expect([world.attempts('draft'), world.result('publish')]).toEqual([3, 'skipped']);
  });

  test('counts the attempts on, and raises the generation of the key of a step', () => {
    const world = say(begin(nodes()), 'reject');
    const work = world.started.filter((one) => one.kind === 'attempt' && one.node === 'draft');
    expect(work).toMatchObject([
      { attempt: 1, stepKey: 'r1/draft/1' },
      { attempt: 2, stepKey: 'r1/draft/2' },
    ]);
  });

  test('tells the steps why, also inside groups, and only those', () => {
    const why = { why: value('rework') };
    const inside = group('g', [set('inner', why)], { needs: [0] });
    const world = begin([set('draft', why), inside, gate(), set('other', why)]);
    expect(world.settled('draft')?.outputs).toEqual({ why: null });
    say(world, 'reject', 'gate', 'too short');
    const cause = { count: 1, verdict: 'reject', by: 'bob', form: null, comment: 'too short' };
    expect(world.settled('draft')?.outputs).toEqual({ why: cause });
    expect(world.settled('g/inner')?.outputs).toEqual({ why: cause });
    expect(world.settled('other')?.outputs).toEqual({ why: null });
  });

  test('waits for what is under way, and asks no other approval for its verdict', () => {
    const both = [
      action('draft'),
      action('slow', { needs: [0] }),
      approval('gate', 'Go on?', { needs: [0], onReject: { to: 'draft', max: 1 } }),
      approval('second', 'And this?', { needs: [0] }),
    ];
    const world = begin(both, { reply: ({ node }) => (node === 'slow' ? undefined : {}) });
    say(world, 'reject');
    expect(world.events('scope.reworked')).toEqual([]);
    world.end('slow');
    expect(world.events('scope.reworked')).toHaveLength(1);
    expect(world.go().attempts('draft')).toBe(2);
    expect(requestsOf(world.run).map(({ node, attempt }) => `${node} ${attempt}`)).toEqual(['gate 2', 'second 2']);
  });

  test('takes failures back with what they meant', () => {
    let isBad = true;
    const reply = ({ node }: { node: string }): Reply => ({
      outcome: node === 'lint' && isBad ? 'failed' : 'succeeded',
    });
    const world = begin(
      [
        action('draft'),
        action('lint', { needs: [0] }),
        approval('gate', 'Go on?', { needs: [0], onReject: { to: 'draft', max: 1 } }),
        action('end', { needs: [1, 2] }),
      ],
      { reply },
    );
    expect([world.result('lint'), world.run.counts.failed]).toEqual(['failed', 1]);
    isBad = false;
    say(say(world, 'reject'), 'approve');
    expect(world.finished).toMatchObject({ verdict: 'succeeded', counts: { succeeded: 4, failed: 0 } });
  });

  test('follows the order of a list, and does groups anew', () => {
    const world = begin(
      list([
        group('draft', [action('a'), action('b')]),
        approval('gate', 'Go on?', { onReject: { to: 'draft', max: 1 } }),
        action('publish'),
      ]),
    );
    say(say(world, 'reject'), 'approve');
    expect(world.attempts('draft/a')).toBe(2);
    expect(world.finished).toMatchObject({ verdict: 'succeeded', counts: { succeeded: 4 } });
  });

  test('forgets what a try in it has shown', () => {
    const tried = composite('try', 'draft', [{ nodes: [action('a')] }, null, { nodes: [action('b')] }]);
    const world = begin([tried, approval('gate', 'Go on?', { needs: [0], onReject: { to: 'draft', max: 1 } })]);
    say(say(world, 'reject'), 'approve');
    expect([world.attempts('draft/a'), world.attempts('draft/finally/b'), world.finished?.verdict]).toEqual([
      2,
      2,
      'succeeded',
    ]);
  });

  test('is cancelled with the run', () => {
    const world = begin(nodes(), { reply: ({ node }) => (node === 'other' ? undefined : {}) });
    const { digest = '' } = requestsOf(world.run)[0] ?? {};
    world.command({ kind: 'cancel', node: '' });
    world.command({
      kind: 'answer',
      node: 'gate',
      digest,
      verdict: 'reject',
      by: 'bob',
      form: null,
      comment: null,
      at: 0,
    });
    world.rest();
    expect([world.result('gate'), world.events('scope.reworked').length]).toEqual(['cancelled', 0]);
  });
});

describe('after a crash or an edit', () => {
  const crashed = () => {
    let answers = true;
    const world = begin(nodes(), { reply: () => (answers ? {} : undefined) });
    answers = false;
    say(world, 'reject');
    answers = true;
    return world;
  };

  test('what was sent back runs again, though it had succeeded', () => {
    const world = crashed();
    expect([world.attempts('draft'), world.attempts('check')]).toEqual([2, 1]);
    world.resume(plan(nodes(), { name: 'edited' })).go();
    expect([world.attempts('draft'), world.attempts('check'), world.result('other')]).toEqual([3, 2, 'kept']);
    expect(say(world, 'approve').finished?.verdict).toBe('succeeded');
  });

  test('what ran again since is kept, and the count goes on', () => {
    const world = say(begin(nodes()), 'reject');
    world.resume(plan(nodes(), { name: 'edited' })).go();
    expect([world.result('draft'), world.attempts('draft')]).toEqual(['kept', 2]);
    say(say(world, 'reject'), 'reject');
    expect(world.settled('gate')?.error?.code).toBe('STEP_REJECTED');
    expect(world.events('scope.reworked').map(({ count }) => count)).toEqual([1, 2]);
  });

  test('what is kept of an earlier plan runs again as well', () => {
    const world = begin(nodes())
      .resume(plan(nodes(), { name: 'edited' }))
      .go();
    expect(world.result('draft')).toBe('kept');
    say(world, 'reject');
    expect(world.attempts('draft')).toBe(2);
  });

  test('there is no way back to what a command left out', () => {
    const world = begin(nodes())
      .resume(undefined, { only: ['gate'] })
      .go();
    say(world, 'reject');
    expect([world.settled('gate')?.error?.code, world.attempts('draft')]).toEqual(['STEP_REJECTED', 1]);
  });
});

test('values from outside are taken anew', () => {
  const draft = action('draft', {
    with: plain({ script: 'x' }),
    env: { E: value({ kind: 'call', at: 0, name: 'now', args: [] }) },
  });
  const world = begin([draft, approval('gate', 'Go on?', { needs: [0], onReject: { to: 'draft', max: 1 } })], {
    capture: ({ captures }) => ({ values: Object.fromEntries(captures.map(({ key }) => [key, 'now'])) }),
  });
  say(world, 'reject');
  expect(world.events('capture.started')).toHaveLength(2);
});
