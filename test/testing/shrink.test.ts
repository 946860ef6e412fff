/** A failing case becomes as small as can be, and reads well. */
import { expect, test } from 'vitest';
import { simulate } from '../../src/sim/simulate.ts';
import { type RandomCase, randomCase, seedsFrom } from '../../src/testing/random-plan.ts';
import { showCase } from '../../src/testing/show-case.ts';
import { shrink } from '../../src/testing/shrink.ts';

/** Stands for a bug: a retry that follows a failure. */
function hasRetried(one: RandomCase): boolean {
  const { journal } = simulate(one);
  return journal.some((record) => record.type === 'attempt.started' && record.attempt > 1);
}

test('of a large case only what the failure needs is left', () => {
  const seed = seedsFrom(1, 500).find((one) => hasRetried(randomCase(one)) && showCase(randomCase(one)).length > 4_000);
  const large = randomCase(seed ?? 0);
  const small = shrink(large, hasRetried);
  expect(hasRetried(small)).toBe(true);
  const text = showCase(small);
  const steps = text.split('\n').filter((line) => line.includes('action'));
  expect(steps.length).toBeLessThan(3); // one that may have to fail for the other to run
  expect(text).toMatch(/\n *s\d+: action, .*retry: {attempts: \d/);
  expect(text.split('world')[0]?.split('\n').length).toBeLessThan(8);
  expect(text).not.toContain('needs');
});

test('a case that does not fail stays as it is', () => {
  const one = randomCase(5);
  expect(shrink(one, () => false)).toBe(one);
});

test('a smaller form on which the question cannot be asked is none', () => {
  const one = randomCase(5);
  const small = shrink(one, () => {
    throw new Error('no plan');
  });
  expect(small).toBe(one);
});

test('the same seed makes the same case, and shows it with what happened', () => {
  const [seed = 0] = seedsFrom(3, 1);
  expect(showCase(randomCase(seed))).toBe(showCase(randomCase(seed)));
  expect(showCase(randomCase(seed))).toContain('world (finished):');
});
