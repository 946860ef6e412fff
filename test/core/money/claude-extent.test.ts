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
const { prompt: _prompt, ...USUAL_OF_FILE } = USUAL;
const extentOf = (more: Readonly<Record<string, Template>> = {}) =>
  claudeExtent(object({ ...(more['promptFile'] === undefined ? USUAL : USUAL_OF_FILE), ...more }), TABLE);
const WHOLE = 1_000_000;
const TALK = plain({ tools: [], maxTurns: 13, onDenied: 'fail', permissions: {} });
/** A request whose prompt is that of a file. */
const file = (texts: Readonly<Record<string, Template>>): Readonly<Record<string, Template>> => ({
  promptFile: plain({ path: 'p.md', ...texts }),
});

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
    ['as a single question where only its conversation is kept', { agent: TALK }, 1005 + 16_000],
    [
      'with its tries, and no turns',
      { agent: TALK, output: plain({ a: 1 }), repair: plain(1) },
      2 * (1012 + 16_000) + 17_000,
    ],
    ['all of the context where it goes on', { agent: TALK, continues: IN_A_RUN }, WHOLE + 16_000],
    ['turns where it has tools', { agent: plain({ tools: ['read'], maxTurns: 2 }) }, 2 * (WHOLE + 16_000)],
    ['and notes', { agent: plain({ tools: [], memory: 'm', maxTurns: 2 }) }, 2 * (WHOLE + 16_000)],
    ['and servers', { agent: plain({ tools: [], maxTurns: 2 }), servers: plain([]) }, 2 * (WHOLE + 16_000)],
    ['what a prompt file says', file({ prompt: plain('1234567'), system: plain('12') }), 1009 + 16_000],
    [
      'what the step says in the place of its file',
      { ...file({ system: plain('12') }), system: plain('1') },
      1001 + 16_000,
    ],
    ['all of the context where the file has inputs', file({ prompt: IN_A_RUN }), WHOLE + 16_000],
    ['as much of a model that nobody knows', { model: plain('other'), prompt: IN_A_RUN }, WHOLE + 16_000],
  ])('%s', (_what, more, tokens) => {
    expect(extentOf(more).tokens).toBe(tokens);
  });

  it('its price, with that of the cache where its prompts may be kept', () => {
    const nanoOf = (more: Parameters<typeof extentOf>[0]) => extentOf({ maxTokens: plain(0), ...more }).nano;
    expect(nanoOf({})).toBe(1005 * 4000);
    expect(nanoOf({ promptCache: plain('auto') })).toBe(1005 * 5000);
    expect(nanoOf({ promptCache: plain('5m') })).toBe(1005 * 5000);
    expect(nanoOf({ promptCache: plain('1h') })).toBe(1005 * 8000);
    const agent = plain({ maxTurns: 1 });
    expect([nanoOf({ agent }), nanoOf({ agent, promptCache: plain('off') })]).toEqual([WHOLE * 5000, WHOLE * 4000]);
    expect(nanoOf({ batch: plain('always') })).toBe(1005 * 2000);
    expect(nanoOf({ batch: plain('auto') })).toBe(1005 * 4000);
    expect(claudeExtent(plain({ prompt: 'x' }), TABLE, { usual: 'claude-opus-5' }).models).toEqual(['claude-opus-5']);
    expect(claudeExtent(plain({ prompt: 'x' }), TABLE, { usual: 'claude-opus-5' }).models).toEqual(['claude-opus-5']);
    const known = { mine: { context: 5_000, maxOutput: 70, takesTemperature: true } };
    expect(claudeExtent(object({ prompt: IN_A_RUN, model: plain('mine') }), TABLE, { known }).tokens).toBe(5_070);
    expect(extentOf({ model: IN_A_RUN })).toMatchObject({ nano: null, models: [null] });
    expect(extentOf({ model: plain('other') })).toMatchObject({ nano: null, models: ['other'] });
    expect(claudeExtent(plain({ prompt: 'x' }), TABLE)).toMatchObject({ calls: 1, models: ['claude-sonnet-5-5'] });
    expect(claudeExtent(IN_A_RUN, TABLE)).toMatchObject({ calls: 1, tokens: 17_000 });
    expect(claudeExtent(plain(null), TABLE)).toMatchObject({ calls: 1 });
  });
});
