/** What is known of models, and of those that a configuration adds. */
import { expect, test } from 'vitest';
import { factsOf, roomBeside, temperatureFault } from '../../../src/core/claude/models.ts';

const MINE = { context: 10, maxOutput: 5, takesTemperature: true };

test('facts are those of the configuration, then those of giga; a name with a date is one of its family', () => {
  expect(factsOf('claude-haiku-4-5-20251001')).toMatchObject({ context: 200_000, takesTemperature: true });
  expect(factsOf('mine')).toBeNull();
  expect(factsOf('mine-20250101', { mine: MINE })).toEqual(MINE);
  expect(factsOf('claude-opus-5-5', { 'claude-opus-5-5': MINE })).toEqual(MINE);
  expect(factsOf('constructor', {})).toBeNull();
});

test('there is room beside an answer, where somebody knows how much', () => {
  expect([roomBeside('claude-haiku-4-5', 50_000), roomBeside('claude-haiku-4-5', 1e6), roomBeside('mine', 1)]).toEqual([
    150_000,
    1,
    null,
  ]);
});

test('a temperature is for models that take it', () => {
  expect(temperatureFault('claude-sonnet-4-5')).toBeNull();
  expect(temperatureFault('mine', { mine: MINE })).toBeNull();
  const fault = temperatureFault('claude-opus-5-5', { mine: MINE });
  expect(fault?.message).toMatch(
    /^`claude-opus-5-5` refuses `temperature`, as do claude-fable-5-1, (?!.*claude-opus-5-5)/,
  );
  expect(fault?.hint).toMatch(/: claude-opus-4-8, .*, mine\.$/);
  expect(temperatureFault('mine')?.hint).toContain('models: { known: { mine: {');
});
