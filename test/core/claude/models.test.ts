import { expect, test } from 'vitest';
import { factsOf, roomBeside } from '../../../src/core/claude/models.ts';

test('a model is known with and without the date of its release', () => {
  expect(factsOf('claude-haiku-4-5-20251001')).toEqual(factsOf('claude-haiku-4-5'));
  expect(factsOf('claude-nobody')).toBeNull();
});

test('beside a prompt there is room for an answer', () => {
  expect(roomBeside('claude-haiku-4-5', 20_000)).toBe(180_000);
  expect(roomBeside('claude-haiku-4-5', 200_000)).toBe(1);
  expect(roomBeside('claude-nobody', 1)).toBeNull();
});
