import { describe, expect, test } from 'vitest';
import type { Join, PlanNode } from '../../../src/core/plan/plan.ts';
import type { RunEvent } from '../../../src/core/run/event.ts';
import { next } from '../../../src/core/run/next.ts';
import {
  action,
  both,
  call,
  choose,
  composite,
  equal,
  failing,
  group,
  list,
  lit,
  plain,
  plan,
  ref,
  set,
  value,
  when,
} from './plans.ts';
import { type Reply, runOf, World } from './world.ts';

const FAIL: Reply = { outcome: 'failed' };

/** Two steps `a` and `b` that end as told, and `c` that needs both. */
function joinRun(join: Join | undefined, ends: readonly [string, string], c: Partial<PlanNode> = {}) {
  const nodes = ['a', 'b'].map((id, index) => {
    if (ends[index] === 'skipped') return action(id, { if: when(lit(false)) });
    return action(
      id,
      ends[index] === 'allowed' ? { allowFailure: true } : ends[index] === 'continued' ? { continueOnError: true } : {},
    );
  });
  const replies = Object.fromEntries(
    ['a', 'b'].map((id, index) => [id, /failed|allowed|continued/.test(ends[index] ?? '') ? FAIL : {}]),
  );
  return runOf(plan([...nodes, action('c', { needs: [0, 1], ...(join && { join }), ...(c as object) })]), replies);
}

describe('a step with needs', () => {
  const cases: readonly (readonly [Join | undefined, string, string, string])[] = [
    [undefined, 'succeeded', 'succeeded', 'succeeded'],
    [undefined, 'succeeded', 'failed', 'need-failed b'],
    [undefined, 'skipped', 'failed', 'need-failed b'],
    [undefined, 'skipped', 'succeeded', 'need-skipped a'],
    [undefined, 'allowed', 'succeeded', 'need-failed a'],
    [undefined, 'continued', 'succeeded', 'succeeded'],
    ['none-failed', 'skipped', 'skipped', 'succeeded'],
    ['none-failed', 'skipped', 'failed', 'need-failed b'],
    ['any-succeeded', 'failed', 'succeeded', 'succeeded'],
    ['any-succeeded', 'failed', 'skipped', 'need-failed a'],
    ['any-succeeded', 'skipped', 'skipped', 'need-skipped a'],
    ['all-done', 'failed', 'skipped', 'succeeded'],
  ];
  test.each(cases)('%s of %s and %s: %s', (join, a, b, expected) => {
    const settled = joinRun(join, [a, b]).settled('c');
    const cause = settled?.cause;
    expect(cause && 'need' in cause ? `${cause.kind} ${cause.need}` : settled?.result).toBe(expected);
  });

  test('any-succeeded waits for all of them', () => {
    const world = new World(
      plan([action('a'), action('b'), action('c', { needs: [0, 1], join: 'any-succeeded' })]),
    ).rest();
    expect(world.end('a').attempts('c')).toBe(0);
    expect(world.end('b', FAIL).attempts('c')).toBe(1);
  });

  test('a skip because of a failed need counts as failed, and passes on', () => {
    const world = runOf(
      plan([action('a'), action('b', { needs: [0] }), action('c', { needs: [1], join: 'none-failed' })]),
      { a: FAIL },
    );
    expect(world.settled('c')?.cause).toEqual({ kind: 'need-failed', need: 'b' });
  });
});

describe('a list', () => {
  test('goes on after a member that its condition skipped', () => {
    const world = runOf(plan(list([action('a', { if: when(lit(false)) }), action('b')])));
    expect([world.result('a'), world.result('b')]).toEqual(['skipped', 'succeeded']);
  });
  test('stops at a failure, and names it', () => {
    const world = runOf(plan(list([action('a'), action('b'), action('c')])), { a: FAIL });
    expect(world.settled('c')?.cause).toEqual({ kind: 'need-failed', need: 'a' });
  });
  test('a read of a skipped member skips, although the list goes on', () => {
    const world = runOf(plan(list([action('a', { if: when(lit(false)) }), action('b', { needs: [0] }), action('c')])));
    expect(world.settled('b')?.cause).toEqual({ kind: 'need-skipped', need: 'a' });
    expect(world.result('c')).toBe('succeeded');
  });
  test('a failed need outweighs a failed member before it', () => {
    const nodes = list([
      action('a', { join: 'all-done' }),
      action('b', { join: 'all-done', if: when(call('always'), true) }),
      action('c', { needs: [1] }),
    ]);
    expect(runOf(plan(nodes), { a: FAIL, b: FAIL }).settled('c')?.cause).toEqual({ kind: 'need-failed', need: 'b' });
  });
});

describe('a condition', () => {
  const c = (expr: Parameters<typeof when>[0], replaces: boolean) => ({ if: when(expr, replaces, 'the text') });
  test.each([
    ['failure() after a failure', c(call('failure'), true), ['failed', 'succeeded'], 'succeeded'],
    ['failure() after none', c(call('failure'), true), ['succeeded', 'skipped'], 'condition-false'],
    ['failure() after an allowed one', c(call('failure'), true), ['allowed', 'succeeded'], 'succeeded'],
    [
      'failure() after one that counts as success',
      c(call('failure'), true),
      ['continued', 'succeeded'],
      'condition-false',
    ],
    ['always() after a failure', c(call('always'), true), ['failed', 'skipped'], 'succeeded'],
    ['success() after a failure is its need', c(call('success'), true), ['failed', 'succeeded'], 'need-failed'],
    ['success() after a skip is its need', c(call('success'), true), ['skipped', 'succeeded'], 'need-skipped'],
    [
      'success() && false after a failure is the condition',
      c(both(call('success'), lit(false)), true),
      ['failed', 'succeeded'],
      'condition-false',
    ],
    ['cancelled() in a run that is not', c(call('cancelled'), true), ['succeeded', 'succeeded'], 'condition-false'],
    ['without a status function, after a failure', c(lit(true), false), ['failed', 'succeeded'], 'need-failed'],
    ['false', c(lit(false), false), ['succeeded', 'succeeded'], 'condition-false'],
  ] as const)('%s', (_, more, ends, expected) => {
    const settled = joinRun(undefined, [ends[0], ends[1]], more).settled('c');
    expect(settled?.result === 'succeeded' ? 'succeeded' : settled?.cause.kind).toBe(expected);
  });

  test('failure() sees failures at any distance', () => {
    const nodes = [
      action('a'),
      action('b', { needs: [0] }),
      action('c', { needs: [1], if: when(call('failure'), true) }),
    ];
    expect(runOf(plan(nodes), { a: FAIL }).result('c')).toBe('succeeded');
  });
  test('a false one keeps the values of its operands', () => {
    const test1 = equal(ref('steps.a.outputs.v'), lit('no'));
    const world = runOf(
      plan([
        set('a', { v: plain('yes') }),
        action('b', { needs: [0], if: when(test1, false, "steps.a.outputs.v == 'no'") }),
      ]),
    );
    expect(world.settled('b')?.cause).toEqual({
      kind: 'condition-false',
      condition: "steps.a.outputs.v == 'no'",
      operands: [{ source: 'steps.a.outputs.v', value: 'yes' }],
    });
  });
  test('an error in it fails the step', () => {
    const world = runOf(plan([action('a', { if: when(ref('nothing.here')) })]));
    expect(world.settled('a')).toMatchObject({
      result: 'failed',
      cause: { kind: 'error' },
      error: { code: 'EXPR_UNKNOWN_CONTEXT' },
    });
  });
});

describe('a verdict', () => {
  const skipped = { if: when(lit(false)) };
  test.each([
    ['succeeded', plan([action('a'), action('b', skipped)]), {}],
    ['failed', plan([action('a'), action('b')]), { a: FAIL }],
    ['succeeded with allowed failures', plan([action('a', { continueOnError: true })]), { a: FAIL }],
    [
      'succeeded with allowed failures',
      plan([action('a', { allowFailure: true }), action('b', { needs: [0] })]),
      { a: FAIL },
    ],
    ['succeeded with allowed failures', plan([group('g', [action('a')], { continueOnError: true })]), { 'g/a': FAIL }],
    ['nothing ran', plan([action('a', skipped)]), {}],
    ['nothing ran', plan([]), {}],
    ['nothing ran', plan([group('g', [action('a', skipped)])]), {}],
    ['nothing ran', plan([action('a', skipped)], { finally: [action('b')] }), {}],
    ['nothing ran', plan([composite('try', 't', [{ nodes: [action('a')] }, { nodes: [] }, null])]), { 't/a': FAIL }],
    ['failed', plan([action('a')], { finally: [action('b')] }), { 'finally/b': FAIL }],
    ['failed', plan([action('a')], { onFailure: [action('b')] }), { a: FAIL }],
    ['failed', plan([action('a')], { outputs: { o: { value: value('nothing.here') } } }), {}],
  ] as const)('%s (%#)', (verdict, made, replies) => {
    expect(runOf(made, replies).finished?.verdict).toBe(verdict);
  });

  test('counts steps, each once, and what failed inside an allowed failure as allowed', () => {
    const inner = [action('x'), action('y', { needs: [0] })];
    const world = runOf(plan([group('g', inner, { continueOnError: true }), action('a'), group('none', [], skipped)]), {
      'g/x': FAIL,
    });
    expect(world.finished?.counts).toEqual({ succeeded: 1, kept: 0, failed: 0, skipped: 2, cancelled: 0, allowed: 1 });
  });
  test('names the first error', () => {
    const world = runOf(plan([group('g', [failing('f', 'the message')])]));
    expect(world.finished?.error).toMatchObject({ code: 'STEP_FAIL', message: 'the message' });
    expect(runOf(plan([failing('f', '')])).settled('f')?.error?.message).toMatch(/says that it fails/);
  });
});

describe('the end of a run', () => {
  const made = (more: object = {}) =>
    plan([action('a')], { onFailure: [action('f')], finally: [action('z')], ...more });
  test('on-failure and then finally follow a failure', () => {
    const world = runOf(made(), { a: FAIL });
    expect(world.events('attempt.started').map((one) => one.node)).toEqual(['a', 'on-failure/f', 'finally/z']);
  });
  test('only finally follows a success', () => {
    expect(
      runOf(made())
        .events('attempt.started')
        .map((one) => one.node),
    ).toEqual(['a', 'finally/z']);
  });
  test('finally follows a cancel, and its steps go on after a failure among them', () => {
    const world = new World(
      plan([action('a')], { onFailure: [action('f')], finally: list([action('y'), action('z')]) }),
    ).rest();
    world.command({ kind: 'cancel', node: '' });
    expect(world.stopped).toHaveLength(1);
    world.rest().end('a', { outcome: 'cancelled' });
    world.end('finally/y', FAIL).end('finally/z');
    expect(world.result('finally/z')).toBe('succeeded');
    expect(world.finished?.verdict).toBe('failed');
  });
  test('cancelled() holds in the finally of a cancelled run', () => {
    const world = new World(
      plan([action('a')], { finally: [action('y', { if: when(call('cancelled'), true) })] }),
    ).rest();
    world.command({ kind: 'cancel', node: '' });
    world.rest().end('a', { outcome: 'cancelled' }).end('finally/y');
    expect(world.finished?.verdict).toBe('cancelled');
  });
  test('a second cancel ends a finally that runs, and keeps one from opening', () => {
    const running = new World(made()).rest().end('a');
    running.command({ kind: 'cancel', node: '' });
    expect(running.stopped).toHaveLength(0);
    running.command({ kind: 'cancel', node: '' });
    expect(running.stopped).toHaveLength(1);
    running.rest().end('finally/z', { outcome: 'cancelled' });
    expect(running.finished?.verdict).toBe('cancelled');
    const early = new World(made()).rest();
    early.command({ kind: 'cancel', node: '' });
    early.command({ kind: 'cancel', node: '' });
    early.rest().end('a', { outcome: 'cancelled' });
    expect(early.attempts('finally/z')).toBe(0);
    expect(early.finished?.verdict).toBe('cancelled');
  });
  test('the failure is read as `error`, and the steps as `steps`', () => {
    const read = set('r', {
      code: value('error.code'),
      exit: value('error.exit-code'),
      step: value('error.step'),
      v: value('steps.a.outputs.v'),
    });
    const world = runOf(plan([action('a')], { onFailure: [read] }), {
      a: { ...FAIL, outputs: { v: 1 }, error: { code: 'STEP_FAILED', severity: 'error', message: 'm', exitCode: 3 } },
    });
    expect(world.settled('on-failure/r')?.outputs).toEqual({ code: 'STEP_FAILED', exit: 3, step: 'a', v: 1 });
  });
});

describe('composites', () => {
  test('a group gives what it declares, read from inside', () => {
    const inner = [set('x', { v: plain(7) })];
    const made = group('g', inner, { outputs: { seven: { value: value('steps.x.outputs.v') } } });
    const world = runOf(
      plan([made, set('b', { v: value('steps.g.outputs.seven'), r: value('steps.g.result') }, { needs: [0] })]),
    );
    expect(world.settled('b')?.outputs).toEqual({ v: 7, r: 'succeeded' });
  });
  test('a group fails of its outputs', () => {
    const world = runOf(plan([group('g', [action('x')], { outputs: { o: { value: value('nothing.here') } } })]));
    expect(world.settled('g')).toMatchObject({
      result: 'failed',
      cause: { kind: 'error' },
      error: { code: 'EXPR_UNKNOWN_CONTEXT' },
    });
    expect(world.finished?.counts.failed).toBe(1);
  });
  test('max bounds the members at once, over leaves, groups and waits alike', () => {
    const world = new World(
      plan([group('g', [action('a'), group('b', [action('x')]), action('c')], { max: 1 })]),
    ).rest();
    const live = () =>
      [...world.run.byPath.values()].filter(
        (node) => node.scope?.owner.path === 'g' && node.begun && node.state !== 'settled',
      );
    expect(live().map((node) => node.path)).toEqual(['g/b']); // what opens comes before what starts
    world.end('g/b/x');
    expect(live().map((node) => node.path)).toEqual(['g/a']);
    world.end('g/a');
    expect(live().map((node) => node.path)).toEqual(['g/c']);
    expect(world.end('g/c').finished?.verdict).toBe('succeeded');
  });
  test('max makes groups wait for one another', () => {
    const world = new World(
      plan([group('g', [group('a', [action('x')]), group('b', [action('x')])], { max: 1 })]),
    ).rest();
    expect(world.attempts('g/b/x')).toBe(0);
    expect(world.end('g/a/x').end('g/b/x').finished?.verdict).toBe('succeeded');
  });
  test('max passes the place on when who had it waits for a value from outside', () => {
    const env = { E: value(call('__envRun', lit('x'))) };
    const world = new World(
      plan([action('first', { env }), group('g', [action('a', { env }), action('b')], { max: 1 })]),
    ).rest();
    expect(world.events('attempt.started').map((one) => one.node)).toEqual(['g/b']);
  });
  test.each(['group', 'choose', 'try'] as const)('a %s that is cancelled before it opens a slot never does', (kind) => {
    const body = { nodes: [action('x')] };
    const made = composite(
      kind,
      'c',
      kind === 'try' ? [body, null, body] : [body],
      kind === 'choose' ? { conditions: [null] } : {},
    );
    const world = new World(plan([made]));
    for (let event = next(world.run); event?.type !== 'node.opened' || event.node === ''; event = next(world.run))
      world.apply(event as RunEvent);
    world.apply({ type: 'node.opened', node: 'c', count: 1 });
    world.command({ kind: 'cancel', node: 'c' });
    world.rest();
    expect([world.result('c'), world.finished?.verdict]).toEqual(['cancelled', 'cancelled']);
  });
  test('fail-fast cancels the rest, and the group is failed', () => {
    const world = new World(
      plan([group('g', [action('a'), action('b'), action('c', { needs: [1] })], { failFast: true })]),
    ).rest();
    world.end('g/a', FAIL);
    expect(world.stopped).toHaveLength(1);
    expect(world.settled('g/c')?.cause).toEqual({ kind: 'cancelled', by: 'fail-fast' });
    world.end('g/b', { outcome: 'cancelled' });
    expect([world.result('g'), world.finished?.verdict]).toEqual(['failed', 'failed']);
  });
  test('fail-fast passes over a failure that is allowed', () => {
    const made = group('g', [action('a', { continueOnError: true }), action('b')], { failFast: true });
    expect(runOf(plan([made]), { 'g/a': FAIL }).result('g/b')).toBe('succeeded');
  });
  test('choose takes the first branch that holds, and says which', () => {
    const pick = (first: boolean) =>
      choose('p', [
        [lit(first), [action('x')]],
        [null, [action('y')]],
      ]);
    expect(runOf(plan([pick(true)])).settled('p')?.outputs).toEqual({ branch: 0 });
    const other = runOf(plan([pick(false)]));
    expect(other.settled('p')?.outputs).toEqual({ branch: 'else' });
    expect([other.attempts('p/x'), other.attempts('p/y')]).toEqual([0, 1]);
  });
  test('choose with no branch is skipped, and fails of a bad condition', () => {
    expect(runOf(plan([choose('p', [[lit(false), []]])])).settled('p')?.cause).toEqual({ kind: 'no-branch' });
    expect(runOf(plan([choose('p', [[ref('nothing.here'), []]])])).settled('p')?.cause).toEqual({ kind: 'error' });
    expect(runOf(plan([choose('p', [])])).settled('p')?.cause).toEqual({ kind: 'no-branch' });
    expect(runOf(plan([{ ...choose('p', []), conditions: undefined } as unknown as PlanNode])).result('p')).toBe(
      'skipped',
    );
  });
  test('a branch may have outputs of its own', () => {
    const made = choose('p', [[lit(true), [set('x', { v: plain(1) })]]], {
      bodyOutputs: [{ o: { value: value('steps.x.outputs.v') } }],
    });
    expect(runOf(plan([made])).run.byPath.get('p')?.outputs).toEqual({ o: 1, branch: 0 });
  });
  test('try: a caught failure is a success, unless it is thrown again', () => {
    const made = (rethrow: boolean) =>
      composite(
        'try',
        't',
        [{ nodes: [action('x')] }, { nodes: [action('c')] }, { nodes: [action('f')] }],
        rethrow ? { rethrow } : {},
      );
    const caught = runOf(plan([made(false)]), { 't/x': FAIL });
    expect([caught.result('t'), caught.result('t/catch/c'), caught.result('t/finally/f')]).toEqual([
      'succeeded',
      'succeeded',
      'succeeded',
    ]);
    expect(runOf(plan([made(true)]), { 't/x': FAIL }).result('t')).toBe('failed');
    expect(runOf(plan([made(false)]), { 't/x': FAIL, 't/catch/c': FAIL }).result('t')).toBe('failed');
    expect(runOf(plan([made(false)]), { 't/finally/f': FAIL }).result('t')).toBe('failed');
  });
  test('an inner step reads the steps around it', () => {
    const inner = group('g', [set('x', { v: value('steps.a.outputs.v') })], { needs: [0] });
    const world = runOf(plan([set('a', { v: plain(5) }), inner]));
    expect(world.settled('g/x')?.outputs).toEqual({ v: 5 });
  });
  test('a closed group is forgotten, the steps of the run are not', () => {
    const world = runOf(plan([group('g', [action('x')]), action('a')]));
    expect([...world.run.byPath.keys()]).toEqual(['', 'g', 'a']);
  });
});

test('`failure()` also sees a failure that came after the step between was cancelled', () => {
  const world = new World(
    plan([
      action('a'),
      action('b', { needs: [0] }),
      action('d'),
      action('c', { needs: [1, 2], if: when(call('failure'), true) }),
    ]),
  ).rest();
  world.command({ kind: 'cancel', node: 'b' });
  world.rest();
  expect(world.result('b')).toBe('cancelled');
  world.end('a', { outcome: 'failed' }).end('d');
  expect([world.result('c'), world.attempts('c')]).toEqual([undefined, 1]);
});
