import { describe, expect, it } from 'vitest';
import type { Template } from '../../../src/core/expr/ast.ts';
import { claudeExtent } from '../../../src/core/money/claude-extent.ts';
import { priceTable } from '../../../src/core/money/prices.ts';
import { object, plain, ref, value } from '../run/plans.ts';

const TABLE = priceTable();
const IN_A_RUN = value(ref('inputs.x'));
const USUAL = {
  prompt: plain('12345'),
  model: plain('claude-opus-5-5'),
  fallback: plain([]),
  files: plain([]),
  images: plain([]),
  repair: plain(2),
};
const extentOf = (more: Readonly<Record<string, Template>> = {}) => claudeExtent(object({ ...USUAL, ...more }), TABLE);
const WHOLE = 1_000_000;

describe('one attempt takes', () => {
  it.each<[string, Readonly<Record<string, Template>>, number]>([
    ['a token a byte, and the usual answer', {}, 1005 + 16_000],
    ['what the system says as well', { system: plain('123') }, 1008 + 16_000],
    ['as much as the step says', { maxTokens: plain(7) }, 1005 + 7],
    ['no more than the model gives', { model: plain('claude-haiku-4-5'), maxTokens: plain(90_000) }, 1005 + 64_000],
    ['text without holes', { prompt: { kind: 'text', parts: ['1234', '5'], nulls: 'refuse' } }, 1005 + 16_000],
    [
      'all of the context where the prompt has holes',
      { prompt: { kind: 'text', parts: ['1', { source: 'x', expr: ref('x') }], nulls: 'refuse' } },
      WHOLE + 16_000,
    ],
    ['all of the context where it is another value', { prompt: IN_A_RUN }, WHOLE + 16_000],
    ['all of the context with files', { files: { kind: 'list', items: [plain('*.md')] } }, WHOLE + 16_000],
    ['and with images', { images: plain(['x.png']) }, WHOLE + 16_000],
    ['and where nobody knows whether there are any', { files: IN_A_RUN }, WHOLE + 16_000],
    ['but not without any', { files: { kind: 'list', items: [] } }, 1005 + 16_000],
    [
      'each try of its schema, with the answers before it',
      { output: plain({ a: 1 }) },
      3 * (1012 + 16_000) + 3 * 17_000,
    ],
    ['no more than it may send', { prompt: IN_A_RUN, maxPromptTokens: plain(900) }, 900 + 16_000],
    ['a shorter prompt as it is', { maxPromptTokens: plain(90_000) }, 1005 + 16_000],
    [
      'no more than it may send to have it mended',
      { output: plain({ a: 1 }), repair: plain(1), maxPromptTokens: plain(2000) },
      1012 + 2000 + 2 * 16_000,
    ],
    [
      'no more than it may send in each turn',
      { agent: plain({ maxTurns: 3 }), maxPromptTokens: plain(900) },
      3 * (900 + 16_000),
    ],
    [
      'no more than the model takes',
      { model: plain('claude-haiku-4-5'), prompt: IN_A_RUN, maxPromptTokens: plain(900_000) },
      200_000 + 16_000,
    ],
    ['one where repairs are not said', { output: plain({ a: 1 }), repair: IN_A_RUN }, 1012 + 16_000],
    ['each model', { fallback: { kind: 'list', items: [plain('claude-opus-5'), IN_A_RUN] } }, 3 * (1005 + 16_000)],
    ['each of a plain list', { fallback: plain(['claude-opus-5', 7]) }, 3 * (1005 + 16_000)],
    ['none of what is no list', { fallback: plain('claude-opus-5') }, 1005 + 16_000],
    ['the turns of an agent', { agent: plain({ maxTurns: 3 }) }, 3 * (WHOLE + 16_000)],
    ['the usual turns', { agent: plain({}) }, 30 * (WHOLE + 16_000)],
    ['as much of a model that nobody knows', { model: plain('other'), prompt: IN_A_RUN }, WHOLE + 16_000],
  ])('%s', (_what, more, tokens) => {
    expect(extentOf(more).tokens).toBe(tokens);
  });

  it('its price, of the cache as well unless it is off', () => {
    expect(extentOf({ maxTokens: plain(0) }).nano).toBe(1005 * 5000);
    expect(extentOf({ maxTokens: plain(0), cache: plain('off') }).nano).toBe(1005 * 4000);
    expect(extentOf({ maxTokens: plain(0), batch: plain('always') }).nano).toBe(1005 * 2000);
    expect(extentOf({ maxTokens: plain(0), batch: plain('auto'), cache: plain('off') }).nano).toBe(1005 * 4000);
    expect(claudeExtent(plain({ prompt: 'x' }), TABLE, 'claude-opus-5').models).toEqual(['claude-opus-5']);
    expect(extentOf({ model: IN_A_RUN })).toMatchObject({ nano: null, models: [null] });
    expect(extentOf({ model: plain('other') })).toMatchObject({ nano: null, models: ['other'] });
    expect(claudeExtent(plain({ prompt: 'x' }), TABLE)).toMatchObject({ calls: 1, models: ['claude-sonnet-5-5'] });
    expect(claudeExtent(IN_A_RUN, TABLE)).toMatchObject({ calls: 1, tokens: 17_000 });
    expect(claudeExtent(plain(null), TABLE)).toMatchObject({ calls: 1 });
  });
});
