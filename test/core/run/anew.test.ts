/** What is kept when a run goes on after its end, and what is done anew although it succeeded: the ends of what did something. */
import { describe, expect, test } from 'vitest';
import type { PlanNode } from '../../../src/core/plan/plan.ts';
import { action, child, composite, each, failing, group, list, plain, plan, set, value } from './plans.ts';
import { type Reply, runOf, World } from './world.ts';

const FAIL: Reply = { outcome: 'failed' };
const script = (id: string, text: string) => action(id, { with: plain({ script: text }) });
const attempts = (world: World, ...paths: readonly string[]) => paths.map((path) => world.attempts(path));

describe('what a child workflow does at its end', () => {
  const end = { finally: [group('g', [action('x'), group('h', [action('y')])])] };
  const made = (text: string, after = 'z') => plan([child('c', [script('a', text)], end), script('z', after)]);

  test('is done anew with its steps, groups in it included', () => {
    const world = runOf(made('1'));
    world.resume(made('2')).go();
    expect(attempts(world, 'c/a', 'c/finally/g/x', 'c/finally/g/h/y')).toEqual([2, 2, 2]);
  });

  test('is kept with all its steps', () => {
    const world = runOf(made('1'));
    world.resume(made('1', 'other')).go();
    expect(attempts(world, 'c/a', 'c/finally/g/x', 'c/finally/g/h/y', 'z')).toEqual([1, 1, 1, 2]);
  });

  test('is done anew where its steps were cancelled before any of them began', () => {
    const world = runOf(made('1'));
    world.resume(made('1', 'other')).until('scope.opened', 'c');
    world.command({ kind: 'cancel', node: 'c' });
    world.go();
    expect([world.result('c/a'), ...attempts(world, 'c/a', 'c/finally/g/x')]).toEqual(['cancelled', 1, 2]);
  });

  test('is that of its own file, where there are several', () => {
    const { child: spec, bodies, ...node } = child('c', [action('a')]);
    const files = ['one', 'two'].flatMap((key) => (spec?.files ?? []).map((file) => ({ ...file, key })));
    const own = [{ nodes: [action('b')] }, { nodes: [action('f')] }, { nodes: [action('x')] }, null];
    const made = (text: string) =>
      plan([{ ...node, bodies: [...bodies, ...own], child: { pick: plain('two'), files } }, script('z', text)]);
    const failed = runOf(made('1'), { 'c/b': FAIL });
    expect(failed.events('attempt.started').map((one) => one.node)).toEqual([
      'z',
      'c/b',
      'c/on-failure/f',
      'c/finally/x',
    ]);
    const world = runOf(made('1'));
    world.resume(made('2')).until('scope.opened', 'c');
    world.command({ kind: 'cancel', node: 'c' });
    world.go();
    expect([world.result('c/b'), ...attempts(world, 'c/b', 'c/finally/x')]).toEqual(['cancelled', 1, 2]);
  });

  test('is bound by no number of its file', () => {
    const nodes = [action('a'), action('b')];
    const world = new World(plan([child('c', nodes, { concurrency: 1, finally: [action('x'), action('y')] })])).rest();
    expect(attempts(world, 'c/a', 'c/b')).toEqual([1, 0]);
    world.end('c/a').end('c/b');
    expect(attempts(world, 'c/finally/x', 'c/finally/y')).toEqual([1, 1]);
  });

  test('sees the steps of the child', () => {
    const told = set('told', { v: value('steps.a.outputs.v'), is: value('steps.g.result') });
    const world = runOf(plan([child('c', [action('a'), group('g', [action('i')])], { finally: [told] })]), {
      'c/a': { outputs: { v: 3 } },
    });
    expect(world.settled('c/finally/told')?.outputs).toEqual({ v: 3, is: 'succeeded' });
  });
});

test('what answers a failure is kept where nothing was done before it', () => {
  const tried = (text: string) =>
    plan([composite('try', 't', [{ nodes: [failing('f')] }, { nodes: [action('c')] }]), script('z', text)]);
  const world = runOf(tried('1'), { z: FAIL });
  world.resume(tried('2')).go();
  expect([world.result('t/catch/c'), ...attempts(world, 't/catch/c', 'z')]).toEqual(['kept', 1, 2]);
});

test('an item is kept, whatever another needs', () => {
  const nodes: readonly PlanNode[] = [each(action('a'), plain(['x', 'y']), { failFast: false, max: 1 })];
  const world = new World(plan(nodes), { reply: ({ node, attempt }) => (node === 'a[x]' && attempt < 2 ? FAIL : {}) });
  world.go().resume().go();
  expect([world.finished?.verdict, ...attempts(world, 'a[x]', 'a[y]')]).toEqual(['succeeded', 2, 1]);
});

test('a group in a list is kept as its steps are', () => {
  const nodes = (text: string) => plan(list([group('g', [action('x')]), script('z', text)]));
  const world = runOf(nodes('1'));
  world.resume(nodes('2')).go();
  expect(attempts(world, 'g/x', 'z')).toEqual([1, 2]);
});
