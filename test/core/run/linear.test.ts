/** Work grows with what changes, not with the size of the plan: counted in touches, never in time. */
import { describe, expect, test } from 'vitest';
import type { PlanNode } from '../../../src/core/plan/plan.ts';
import { action, each, group, list, lit, loop, plain, plan, set, when } from './plans.ts';
import { World } from './world.ts';

const many = (n: number, node: (k: number) => PlanNode): PlanNode[] => Array.from({ length: n }, (_, k) => node(k));
const layer = (k: number) => (k < 20 ? [] : [0, 7, 13].map((step) => Math.floor(k / 20 - 1) * 20 + ((k + step) % 20)));

const SHAPES: Readonly<Record<string, (n: number) => readonly PlanNode[]>> = {
  chain: (n) => many(n, (k) => action(`s${k}`, { needs: k > 0 ? [k - 1] : [], digest: 'd' })),
  list: (n) => list(many(n, (k) => set(`s${k}`, {}, { digest: 'd' }))),
  'list of skipped': (n) => list(many(n, (k) => action(`s${k}`, { if: when(lit(k % 2 === 0)), digest: 'd' }))),
  fan: (n) => [
    ...many(n, (k) => action(`s${k}`, { digest: 'd' })),
    set('join', {}, { needs: many(n, () => set('x')).map((_, k) => k) }),
  ],
  layers: (n) => many(n, (k) => action(`s${k}`, { needs: layer(k), digest: 'd' })),
  'fan of 2 at once': (n) => [
    group(
      'g',
      many(n, (k) => action(`s${k}`, { digest: 'd' })),
      { max: 2 },
    ),
  ],
  'failed fan': (n) => [
    group(
      'g',
      many(n, (k) => action(`s${k}`, { needs: k > 3 ? [k - 4] : [], digest: 'd' })),
      { failFast: true },
    ),
  ],
  items: (n) => [each(action('s', { digest: 'd' }), plain(many(n, (k) => action(`i${k}`)).map(({ id }) => id)))],
  'items, 2 at once': (n) => [
    each(group('s', list(many(3, (i) => set(`s${i}`)))), plain(many(n, (k) => action(`i${k}`)).map(({ id }) => id)), {
      max: 2,
    }),
  ],
  iterations: (n) => [loop(action('s', { digest: 'd' }), { max: n })],
  groups: (n) => many(n / 10, (k) => group(`g${k}`, list(many(10, (i) => set(`s${i}`, {}, { digest: 'd' }))))),
};

describe('touches for each event', () => {
  test.each(Object.entries(SHAPES))('%s', (shape, nodes) => {
    const perEvent = (n: number): number => {
      const reply = shape === 'failed fan' ? () => ({ outcome: 'failed' as const }) : () => ({});
      const world = new World(plan(nodes(n), { concurrency: 4 }), { reply }).go();
      expect(world.run.status).toBe('finished');
      expect(world.run.dirty.size + world.run.startable.size).toBe(0);
      return world.run.touches / world.journal.length;
    };
    const small = perEvent(100);
    expect(perEvent(1_000)).toBeLessThan(small * 1.3 + 0.5);
    expect(small).toBeLessThan(6);
  });

  test('memory follows what is alive: closed groups are gone', () => {
    const world = new World(plan(SHAPES.groups?.(1_000) ?? [])).go();
    expect(world.run.byPath.size).toBe(101);
    expect(world.run.nodes.filter(Boolean)).toHaveLength(101);
    expect([world.run.ops.size, world.run.waiters.size]).toEqual([0, 0]);
  });
});
