/** How composites come to their ends: what is opened after their steps, what decides, and what is asked only once. */
import { describe, expect, test } from 'vitest';
import { COMPENSATE_HOOK, ON_SUCCESS_HOOK, type PlanNode } from '../../../src/core/plan/plan.ts';
import { viewStep } from '../../../src/core/run/view.ts';
import {
  action,
  call,
  child,
  composite,
  each,
  equal,
  expression,
  failing,
  group,
  lit,
  loop,
  plain,
  plan,
  ref,
  set,
  value,
  when,
} from './plans.ts';
import { NOON, type Reply, runOf, World } from './world.ts';

const FAIL: Reply = { outcome: 'failed' };
const STOPPED: Reply = { outcome: 'cancelled' };
const PROBE = { kind: 'exists', globs: plain(['f']) } as const;
const ENSURES = { ensures: [PROBE] };
const cancel = (world: World, node: string): World => {
  world.command({ kind: 'cancel', node });
  return world.rest();
};
const started = (world: World) => world.events('attempt.started').map(({ node }) => node);
const looks = (world: World, node: string) =>
  world.events('check.started').filter((one) => one.node === node && one.about === 'ensures').length;
function looked(world: World, node: string, holds: boolean): World {
  const { op = 0 } = world.events('check.started').findLast((one) => one.node === node) ?? {};
  world.apply({ type: 'check.ended', node, op, holds });
  return world.rest();
}
const tried = (body: readonly PlanNode[], answer: readonly PlanNode[], test: ReturnType<typeof call> | null = null) =>
  composite('try', 't', [{ nodes: body }, { nodes: answer }], {
    conditions: [null, test === null ? null : expression(test)],
  });

describe('what answers a failure', () => {
  test('does not begin after a cancel', () => {
    const world = new World(plan([tried([failing('f')], [action('c')])])).until('scope.closed', 't');
    expect([cancel(world, 't').result('t'), started(world)]).toEqual(['cancelled', []]);
  });

  test('of a child workflow begins also when its time is over', () => {
    const node = { ...child('c', [action('a')], { onFailure: [action('f')] }), timeoutMs: 50 };
    const world = new World(plan([node]), { timers: false }).rest();
    world.apply({ type: 'timer.ended', node: 'c', op: world.events('timer.started')[0]?.op ?? 0 });
    world.rest().end('c/a', STOPPED);
    expect(started(world)).toEqual(['c/a', 'c/on-failure/f']);
    world.end('c/on-failure/f');
    expect(world.settled('c')).toMatchObject({ result: 'failed', error: { code: 'STEP_TIMEOUT' } });
  });

  test('may ask for a value from outside, and comes before what comes last', () => {
    const { bodies, ...node } = tried([failing('f')], [action('c')], equal(call('now'), lit('noon')));
    const world = runOf(plan([{ ...node, bodies: [...bodies, { nodes: [action('z')] }] }]), {}, NOON);
    expect([world.result('t'), started(world)]).toEqual(['succeeded', ['t/catch/c', 't/finally/z']]);
  });

  test('is the first of them all that is for it', () => {
    const bodies = [{ nodes: [failing('f')] }, { nodes: [] }, null, { nodes: [] }, { nodes: [action('c')] }];
    const never = expression(lit(false));
    const world = runOf(plan([composite('try', 't', bodies, { conditions: [null, never, null, never, null] })]));
    expect([world.result('t'), started(world)]).toEqual(['succeeded', ['t/catch/c']]);
  });

  test('is asked for nothing, when the time of the body was over', () => {
    const node = { ...tried([action('a')], [action('c')], call('fromJSON', lit('{'))), timeoutMs: 50 };
    const world = new World(plan([node]), { timers: false }).rest();
    world.apply({ type: 'timer.ended', node: 't', op: world.events('timer.started')[0]?.op ?? 0 });
    world.rest().end('t/a', STOPPED);
    expect([world.settled('t'), started(world)]).toMatchObject([{ result: 'failed' }, ['t/a']]);
    expect(viewStep(world.run, 't')?.error?.code).toBe('STEP_TIMEOUT');
  });
});

describe('what follows the success of a run', () => {
  test('does not begin after a cancel', () => {
    const world = new World(plan([set('s')], { onSuccess: [action('party')] })).until('scope.closed', '');
    expect([cancel(world, '').finished?.verdict, started(world)]).toEqual(['cancelled', []]);
  });

  test('takes the run along when it is cancelled itself', () => {
    const world = new World(plan([set('s')], { onSuccess: [action('party')] })).rest();
    cancel(world, 'on-success/party').end('on-success/party', STOPPED);
    expect(world.run.root?.result).toBe('cancelled');
  });
});

describe('what a workflow ensures is looked for', () => {
  test('once, after its steps, and not after what comes at its end', () => {
    const parts = { onSuccess: [action('s')], finally: [action('f')] };
    const world = new World(plan([child('c', [action('a')], parts, ENSURES)])).rest().end('c/a');
    expect(looks(world, 'c')).toBe(1);
    looked(world, 'c', true).end('c/on-success/s').end('c/finally/f');
    expect([looks(world, 'c'), world.result('c')]).toEqual([1, 'succeeded']);
  });

  test('not after what answers its failure, which stays one', () => {
    const world = new World(plan([child('c', [action('a')], { onFailure: [action('f')] }, ENSURES)])).rest();
    world.end('c/a', FAIL).end('c/on-failure/f');
    expect([looks(world, 'c'), world.result('c')]).toEqual([0, 'failed']);
  });

  test('after what answers the failure of a try, which is a success', () => {
    const world = new World(plan([{ ...tried([failing('f')], [action('c')]), ...ENSURES }])).rest().end('t/catch/c');
    expect([looks(world, 't'), looked(world, 't', false).result('t')]).toEqual([1, 'failed']);
  });

  test('in a run that did nothing, but not in one that failed or was stopped', () => {
    const made = (nodes: readonly PlanNode[], more = {}) => {
      const one = plan(nodes, more);
      return new World({ ...one, root: { ...one.root, ...ENSURES } });
    };
    const failed = made([action('a')], { onFailure: [action('f')], finally: [action('z')] })
      .rest()
      .end('a', FAIL);
    failed.end('on-failure/f').end('finally/z');
    expect([looks(failed, ''), failed.finished?.verdict]).toEqual([0, 'failed']);
    const stopped = made([action('a', { if: when(lit(false)) })]).until('step.settled', 'a');
    expect([looks(cancel(stopped, ''), ''), stopped.finished?.verdict]).toEqual([0, 'cancelled']);
    const good = made([action('a')], { onSuccess: [action('s')], finally: [action('z')] })
      .rest()
      .end('a');
    looked(good, '', true).end('on-success/s').end('finally/z');
    expect([looks(good, ''), good.finished?.verdict]).toEqual([1, 'succeeded']);
  });
});

describe('a loop', () => {
  const until = (test: ReturnType<typeof lit>) => ({ until: expression(test) });
  test('whose only iteration is cancelled is cancelled', () => {
    const world = cancel(new World(plan([loop(action('a'), { max: 1 })])).rest(), 'a#1').end('a#1', STOPPED);
    expect(world.result('a')).toBe('cancelled');
  });

  test('has succeeded if one of its iterations did anything', () => {
    const first = { if: when(equal(ref('loop.iteration'), lit(1))) };
    expect(runOf(plan([loop(group('a', [action('x', first)]), { max: 2 })])).result('a')).toBe('succeeded');
    const never = { if: when(lit(false)) };
    expect(runOf(plan([loop(group('a', [action('x', never)]), { max: 2 })])).result('a')).toBe('skipped');
  });

  test.each([
    [{ max: 1, ...until(lit(false)) }, 'Step `a` was done once, and `until` does not hold.'],
    [{ max: 2, ...until(lit(false)) }, 'Step `a` was done 2 times, and `until` does not hold.'],
    [{ max: 2, while: expression(lit(true)) }, 'Step `a` was done 2 times, and `while` still holds.'],
    [
      { max: 9, ...until(lit(false)), plateau: { metric: expression(ref('self.outputs.v')), count: 2 } },
      'The metric of step `a` is the same after 2 iterations, and `until` does not hold.',
    ],
  ])('%# that comes to no good end says how it went', (spec, message) => {
    const metrics = [3, 1, 1, 1];
    const world = new World(plan([loop(action('a'), spec)]), {
      reply: ({ node }) => ({ outputs: { v: metrics[Number(node.slice(2)) - 1] ?? 0 } }),
    }).go();
    expect(world.settled('a')).toMatchObject({ result: 'failed', error: { message } });
    if ('plateau' in spec) expect(world.settled('a')?.outputs).toEqual({ iterations: 3, stopped: 'plateau' });
  });

  test('forgets what an iteration gave, when the next one has read it', () => {
    const world = new World(plan([loop(action('a'), { max: 4 })]), {
      reply: ({ node }) => (node === 'a#4' ? undefined : { outputs: { v: node } }),
    }).go();
    expect(world.run.byPath.get('a')?.slots?.results.map((slot) => slot?.outputs)).toEqual([
      {},
      { v: 'a#2' },
      { v: 'a#3' },
    ]);
  });
});

describe('what was in a composite is forgotten', () => {
  const has = (world: World, ...paths: readonly string[]) => paths.filter((path) => world.run.byPath.has(path));

  test('at the end of a group, and what a try still reads at the end of that', () => {
    const parts = [{ nodes: [set('a')] }, null, { nodes: [set('z')] }];
    const world = new World(plan([group('g', [set('x')]), composite('try', 't', parts), action('last')]));
    expect(has(world.until('scope.closed', 'g'), 'g/x')).toEqual([]);
    expect(has(world.until('scope.closed', 't'), 't/a')).toEqual(['t/a']);
    expect(has(world.until('step.settled', 't'), 't/a', 't/finally/z')).toEqual([]);
    expect(world.run.byPath.get('t')?.slots?.closed).toEqual([]);
  });

  test('in an iteration when the next one has begun, in what follows a loop at its own end', () => {
    const told = { hooks: [{ slot: ON_SUCCESS_HOOK, body: { nodes: [group('h', [set('y')])] } }] } as const;
    const world = new World(plan([loop(group('a', [set('x')]), { max: 1 }, told), action('last')]));
    expect(has(world.until('scope.closed', 'a#1'), 'a#1/x')).toEqual(['a#1/x']);
    world.until('scope.closed', 'a/on-success/h');
    expect(has(world, 'a/on-success/h/y')).toEqual([]);
  });

  test('and no item is left to be closed after what follows a fan-out', () => {
    const told = { hooks: [{ slot: ON_SUCCESS_HOOK, body: { nodes: [set('y')] } }] } as const;
    const world = runOf(plan([each(action('a'), plain(['x', 'y']), {}, told)]));
    expect(world.result('a/on-success/y')).toBe('succeeded');
    expect(world.run.byPath.get('a')?.slots?.items?.ended.size).toBe(0);
  });

  test('but what a catch undoes may see the steps of its try', () => {
    const back = set('compensate', { v: value('steps.a.outputs.v'), is: value('self.result') });
    const undo = { hooks: [{ slot: COMPENSATE_HOOK, body: { nodes: [back] } }] } as const;
    const nodes = [tried([set('a', { v: plain(7) }), failing('f', 'no', { needs: [0] })], [action('c', undo)])];
    const other = composite('try', 'u', [{ nodes: [set('b')] }], { needs: [0] });
    const before = set('before', {}, undo);
    const world = runOf(
      plan([...nodes, other, before, failing('end', 'no', { needs: [0, 1, 2] })], {
        onFailure: [composite('compensate', 'undo', [])],
      }),
    );
    expect(world.settled('t/catch/c/compensate')?.outputs).toEqual({ v: 7, is: 'succeeded' });
    expect(world.run.byPath.get('u')?.slots?.closed).toEqual([]);
  });
});

test('a value that the condition of a group took is the one that its outputs show', () => {
  const given = { if: when(equal(call('now'), lit('noon'))), outputs: { at: { value: value(call('now')) } } };
  const world = runOf(plan([group('g', [set('x')], given)]), {}, NOON);
  expect(world.settled('g')?.outputs ?? viewStep(world.run, 'g')?.outputs).toEqual({ at: 'noon' });
  expect(world.events('capture.started')).toHaveLength(1);
});

test('how often a group was begun is known', () => {
  const retry = { attempts: 3, delayMs: 0, backoff: 'constant', factor: 1 } as const;
  const world = runOf(plan([group('g', [action('x')], { retry })]), { 'g/x': FAIL });
  expect(viewStep(world.run, 'g')?.attempts).toBe(3);
  expect(runOf(plan([each(action('a'), plain(['x']))])).run.byPath.get('a')?.attempts).toBe(1);
});
