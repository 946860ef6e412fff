/** What the fingerprint of a step is made of, and what of the steps before it carries over to those behind. */
import { describe, expect, test } from 'vitest';
import { known } from '../../../src/core/known.ts';
import type { ActionNode, PlanNode } from '../../../src/core/plan/plan.ts';
import { leafPrint } from '../../../src/core/run/fingerprints.ts';
import { newNode } from '../../../src/core/run/node.ts';
import { newScope, shapeOf } from '../../../src/core/run/scope.ts';
import {
  action,
  child,
  each,
  expression,
  group,
  list,
  lit,
  loop,
  object,
  type PlanMore,
  plain,
  plan,
  race,
  set,
  value,
  when,
} from './plans.ts';
import { NOON, type Reply, runOf, World } from './world.ts';

const FAIL: Reply = { outcome: 'failed' };
const script = (id: string, text: string, more: Partial<ActionNode> = {}) =>
  action(id, { with: plain({ script: text }), ...more });
const startOf = (world: World, path: string) => world.events('attempt.started').findLast(({ node }) => node === path);
const partsOf = (world: World, path = 'a') => Object.keys(startOf(world, path)?.parts ?? {});
const ran = (nodes: readonly PlanNode[], replies: Readonly<Record<string, Reply>> = {}, more: PlanMore = {}) =>
  runOf(plan(nodes, more), replies, NOON);

describe('a fingerprint is made of', () => {
  const DO = ['definition', 'run'];

  test.each<[object, readonly string[]]>([
    [{ script: 's' }, DO],
    [{ script: 's', values: {} }, DO],
    [{ script: 's', values: { V0: 1 } }, [...DO, 'values']],
    [{ argv: ['x'], stdin: '', cwd: 'c', shell: 'bash' }, [...DO, 'cwd', 'stdin', 'options']],
  ])('the parts of the request %j: %j', (request, parts) => {
    expect(partsOf(ran([action('a', { with: plain({ ...request }) })]))).toEqual(parts);
  });

  test('the artifacts that are asked of it, and the files that it reads', () => {
    const files = object({ cwd: plain(''), globs: plain(['*']) });
    expect(partsOf(ran([script('a', 's', { files, artifacts: plain({ cwd: '', globs: ['x'] }) })]))).toEqual(
      expect.arrayContaining(['artifacts', 'files']),
    );
  });

  test('inputs that its outputs are made of in a child workflow, and not in the run, whose inputs stand still', () => {
    const node = script('a', 's', { outputs: { v: { value: value('inputs.x') } } });
    expect(partsOf(ran([node]))).toEqual(DO);
    expect(partsOf(ran([child('c', [node], { with: plain({ x: 1 }) })]), 'c/a')).toContain('input x');
  });

  test('nothing around it that depends on nothing', () => {
    expect(partsOf(ran([group('g', [script('x', 's')])]), 'g/x')).toEqual(DO);
    const dependent = ran([action('a'), group('g', [script('x', 's')], { needs: [0] })]);
    expect(partsOf(dependent, 'g/x')).toEqual(['within', ...DO]);
  });

  test('the iteration before, which no item has', () => {
    const world = ran([loop(script('l', 's'), { max: 3 }), each(script('e', 's'), plain(['x', 'y']))]);
    expect(['l#1', 'l#2', 'l#3', 'e[y]'].map((path) => partsOf(world, path))).toEqual([
      DO,
      ['the iteration before', ...DO],
      ['the iteration before', ...DO],
      DO,
    ]);
  });

  test('what it needs, and in a list the step before it, in sixteen digits', () => {
    const world = ran(list([script('a', 's'), script('b', 's'), script('c', 's')]));
    expect([partsOf(world, 'a'), partsOf(world, 'b'), partsOf(world, 'c')]).toEqual([
      DO,
      ['needs a', ...DO],
      ['needs b', ...DO],
    ]);
    expect(startOf(world, 'b')?.parts?.['needs a']).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('a change is carried on', () => {
  /** Whether the last step of one run has another fingerprint than that of the other. */
  const differ = (one: World, other: World): boolean =>
    startOf(one, 'z')?.fingerprint !== startOf(other, 'z')?.fingerprint;
  const z = script('z', 'z', { needs: [0], join: 'all-done' });

  test('of how a step ended', () => {
    const nodes = [action('a'), z];
    expect(differ(ran(nodes), ran(nodes))).toBe(false);
    expect(differ(ran(nodes), ran(nodes, { a: FAIL }))).toBe(true);
  });

  test('of a step that was skipped', () => {
    const skipped = (text: string) => ran([script('a', text, { if: when(lit(false)) }), z]);
    expect(differ(skipped('1'), skipped('1'))).toBe(false);
    expect(differ(skipped('1'), skipped('2'))).toBe(true);
  });

  test('of each member of a group, and of what that read', () => {
    const grouped = (text: string, env = 'e') =>
      ran([group('g', [script('x', 'x'), script('y', text, { digest: 'd' })]), z], {}, { env: { E: plain(env) } });
    expect(differ(grouped('1'), grouped('1'))).toBe(false);
    expect(differ(grouped('1'), grouped('2'))).toBe(true);
    expect(differ(grouped('1'), grouped('1', 'f'))).toBe(true);
  });

  test('of the items of a fan-out, also where no step reads them', () => {
    const fanned = (...items: readonly string[]) => ran([each(script('e', 's'), plain([...items])), z]);
    expect(differ(fanned('a'), fanned('a'))).toBe(false);
    expect(differ(fanned('a'), fanned('b'))).toBe(true);
    const keyed = (item: number) => ran([each(script('e', 's'), plain([item]), { key: expression(lit('k')) }), z]);
    expect(differ(keyed(1), keyed(2))).toBe(true);
  });

  test('of who has won a race, and of no other in it', () => {
    const raced = (winner: string, text = 'b') => {
      const world = new World(plan([race('r', [script('a', 'a'), script('b', text)]), z])).rest().end(`r/${winner}`);
      return world.end(winner === 'a' ? 'r/b' : 'r/a', { outcome: 'cancelled' });
    };
    expect(differ(raced('a'), raced('a', 'other'))).toBe(false);
    expect(differ(raced('b'), raced('b', 'other'))).toBe(true);
    expect(differ(raced('a'), raced('b'))).toBe(true);
  });

  test('down a list', () => {
    const listed = (text: string) =>
      ran(list([script('a', text, { digest: 'd' }), set('s', { v: plain(1) }), script('z', 'z')]));
    expect(differ(listed('1'), listed('1'))).toBe(false);
    expect(differ(listed('1'), listed('2'))).toBe(true);
  });

  test('along any chain of needs, however long', () => {
    const printAfter = (text: string): string => {
      const links = Array.from({ length: 8_000 }, (_, k) =>
        set(`s${k}`, {}, { digest: 'd', ...(k > 0 && { needs: [k - 1] }) }),
      );
      const body = { nodes: [set('s', {}, { digest: text }), ...links.slice(1)] };
      const scope = newScope(newNode(0, '', plan([]).root, null, 0), 0, shapeOf(body), 1, false, null);
      for (const [index, one] of body.nodes.entries())
        scope.nodes.push({ ...newNode(index + 1, one.id, one, scope, index), state: 'settled', result: 'skipped' });
      return leafPrint(known(scope.nodes.at(-1)), null);
    };
    expect(printAfter('1')).not.toBe(printAfter('2'));
  });
});
