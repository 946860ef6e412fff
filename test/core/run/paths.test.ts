/** Paths of steps as texts: what they name in a plan, and in a run of it. */
import { describe, expect, test } from 'vitest';
import { barePath, isAfterwards, isAtOrIn, planPaths, staticPath } from '../../../src/core/run/plan-paths.ts';
import { action, choose, lit, plan, set } from './plans.ts';

describe('a path', () => {
  test.each([
    ['deploy/upload', 'deploy/upload', 'deploy/upload'],
    ['deploy[eu]/upload', 'deploy/upload', 'deploy[]/upload'],
    ['deploy[eu-west][b]/fix#12/edit', 'deploy/fix/edit', 'deploy[][]/fix#/edit'],
    ['fix#', 'fix', 'fix#'],
    ['fix#3', 'fix', 'fix#'],
    ['a[]', 'a', 'a[]'],
  ])('%s is %s without items and iterations, and stands at %s in the plan', (path, bare, inPlan) => {
    expect([barePath(path), staticPath(path)]).toEqual([bare, inPlan]);
  });

  test.each([
    ['catch/a', true],
    ['on-failure/a', true],
    ['finally/clean/a', true],
    ['a/on-success/b', true],
    ['a/catch/b', true],
    ['a/compensate', true],
    ['a/compensate/b', true],
    ['my-catch/a', false],
    ['a/compensated', false],
    ['catch', false],
    ['a/b', false],
  ])('%s belongs to what follows an end: %s', (path, is) => {
    expect(isAfterwards(path)).toBe(is);
  });

  test.each([
    ['a', true],
    ['a/b', true],
    ['a[x]/b', true],
    ['a#1', true],
    ['ab', false],
    ['b/a', false],
  ])('%s is at `a` or in it: %s', (path, is) => {
    expect(isAtOrIn(new Set(['a']), path)).toBe(is);
  });
});

test('of steps of the same name in two branches, the first stands for the path', () => {
  const [first, second] = [action('a'), set('a')];
  const paths = planPaths(
    plan([
      choose('c', [
        [lit(true), [first]],
        [null, [second]],
      ]),
    ]),
  );
  expect([...paths.keys()]).toEqual(['c', 'c/a']);
  expect(paths.get('c/a')).toBe(first);
});
