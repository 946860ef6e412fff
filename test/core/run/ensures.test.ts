import { describe, expect, test } from 'vitest';
import type { Ensure, Probe } from '../../../src/core/plan/proof.ts';
import { action, composite, equal, expression, group, lit, loop, plain, plan, ref } from './plans.ts';
import { World } from './world.ts';

const PROBE: Probe = { kind: 'probe', action: 'run', with: plain({ script: 'x' }), source: 'test -f x' };
const output = (path: string, value: string): Ensure => ({
  kind: 'output',
  holds: expression(equal(ref(path), lit(value)), `${path} == '${value}'`),
});
const CHANGED: Ensure = { kind: 'files-changed', globs: plain(['dist/**', '!dist/x']), cwd: plain('pkg') };

/** Someone looked at what a node ensures. */
function looked(world: World, node: string, holds: boolean): World {
  const work = world.started.findLast((one) => one.kind === 'ensure' && one.node === node);
  world.apply({ type: 'check.ended', node, op: work?.op ?? 0, holds });
  return world.rest();
}
const looks = (world: World) => world.events('check.started').length;

describe('what a step ensures', () => {
  test.each([
    ['v1', 'succeeded', undefined],
    ['v2', 'failed', 'STEP_HOLLOW'],
  ])('an expression over its outputs, which are %s: %s', (v, result, code) => {
    const world = new World(plan([action('a', { ensures: [output('self.outputs.v', 'v1')] })])).rest();
    world.end('a', { outputs: { v } });
    expect([world.result('a'), world.settled('a')?.error?.code, looks(world)]).toEqual([result, code, 0]);
    if (code) expect(world.settled('a')?.error?.hint).toBe('Found: self.outputs.v is "v2".');
  });

  test('is looked at once it has succeeded, and not before', () => {
    const world = new World(plan([action('a', { ensures: [PROBE] })])).rest();
    expect(looks(world)).toBe(0);
    world.end('a');
    expect([looks(world), world.result('a')]).toEqual([1, undefined]);
    looked(world, 'a', true);
    expect([world.result('a'), world.finished?.evidence]).toEqual(['succeeded', { ensured: 1 }]);
  });

  test('makes it a failure that a retry covers, and is looked at for each attempt', () => {
    const retry = { attempts: 2, delayMs: 0, backoff: 'constant', factor: 2 } as const;
    const world = new World(plan([action('a', { ensures: [PROBE], retry })])).rest().end('a');
    looked(world, 'a', false);
    expect(world.attempts('a')).toBe(2);
    world.end('a');
    looked(world, 'a', true);
    expect([world.result('a'), looks(world)]).toEqual(['succeeded', 2]);
  });

  test('a change: the state before is taken once, also over a crash and a retry', () => {
    const retry = { attempts: 2, delayMs: 0, backoff: 'constant', factor: 2 } as const;
    const world = new World(plan([action('a', { ensures: [CHANGED, { kind: 'commit' }], retry })]), {
      capture: ({ captures }) => ({
        values: Object.fromEntries(captures.map(({ key, kind }) => [key, `${kind} before`])),
      }),
    }).go();
    const [captured] = world.events('capture.started');
    expect(captured?.captures).toMatchObject([
      { kind: 'state', args: ['pkg/dist/**', '!pkg/dist/x'] },
      { kind: 'head' },
    ]);
    world.crash().rest();
    world.end('a', { outcome: 'failed' }).end('a');
    expect(world.started.findLast(({ kind }) => kind === 'ensure')).toMatchObject({
      asked: [
        { kind: 'files-changed', globs: ['pkg/dist/**', '!pkg/dist/x'], before: 'state before' },
        { kind: 'commit', before: 'head before' },
      ],
    });
    expect(world.events('capture.started').length).toBe(1);
  });

  test('a look that was cut off is made anew by the next process', () => {
    const world = new World(plan([action('a', { ensures: [PROBE] })])).rest().end('a');
    world.crash().rest();
    expect(world.started.filter(({ kind }) => kind === 'ensure').length).toBe(2);
    expect(world.attempts('a')).toBe(1);
    looked(world, 'a', true);
    expect(world.result('a')).toBe('succeeded');
  });

  test('nobody is heard any more once it is cancelled', () => {
    const world = new World(plan([action('a', { ensures: [PROBE] })])).rest().end('a');
    world.command({ kind: 'cancel', node: '' });
    world.rest();
    expect([world.result('a'), world.stopped.length]).toEqual(['cancelled', 1]);
  });

  test('a failed step is not looked at', () => {
    const world = new World(plan([action('a', { ensures: [PROBE] })])).rest().end('a', { outcome: 'failed' });
    expect([looks(world), world.settled('a')?.error?.code]).toEqual([0, 'STEP_FAILED']);
  });
});

describe('what composites ensure', () => {
  test('is asked inside them, at their end', () => {
    const world = new World(
      plan([group('g', [action('x'), action('y')], { ensures: [output('steps.x.outputs.v', 'v1'), PROBE] })]),
    );
    world.rest().end('g/x', { outputs: { v: 'v1' } });
    expect(looks(world)).toBe(0);
    world.end('g/y');
    looked(world, 'g', false);
    expect([world.result('g/y'), world.result('g'), world.settled('g')?.error?.code]).toEqual([
      'succeeded',
      'failed',
      'STEP_HOLLOW',
    ]);
  });

  test('of a loop it is that of each iteration', () => {
    const world = new World(plan([loop(action('l', { ensures: [PROBE] }), { max: 2 })])).rest();
    world.end('l#1');
    looked(world, 'l#1', true);
    world.end('l#2');
    expect(looks(world)).toBe(2);
  });

  test('of a try whose catch answers, at the end of that', () => {
    const bodies = [{ nodes: [action('x')] }, { nodes: [action('y')] }, null];
    const world = new World(plan([composite('try', 't', bodies, { ensures: [PROBE] })])).rest();
    world.end('t/x', { outcome: 'failed' }).end('t/catch/y');
    expect([looks(world), world.result('t')]).toEqual([1, undefined]);
    looked(world, 't', true);
    expect(world.result('t')).toBe('succeeded');
  });

  test('of the run it is asked also where nothing ran', () => {
    const made = plan([action('a', { if: { expression: expression(lit(false)), replacesJoin: false } })]);
    const world = new World({ ...made, root: { ...made.root, ensures: [PROBE] } }).rest();
    expect([world.result('a'), looks(world)]).toEqual(['skipped', 1]);
    looked(world, '', false);
    expect(world.finished).toMatchObject({ verdict: 'failed', error: { code: 'STEP_HOLLOW' } });
  });
});

test('a step that was required must have succeeded', () => {
  const made = plan([action('a'), action('b', { if: { expression: expression(lit(false)), replacesJoin: false } })]);
  const run = (require: readonly string[]) => {
    const world = new World(made, { reply: () => ({}) });
    world.run.require = require;
    return world.go().finished;
  };
  expect(run(['a'])?.verdict).toBe('succeeded');
  expect(run(['a', 'b'])).toMatchObject({ verdict: 'failed', error: { code: 'RUN_REQUIRED' } });
});
