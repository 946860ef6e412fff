/** `models` of a configuration file: who is asked, what is known of models, and how much is asked at once. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { configuredModels, modelLimits } from '../../../src/app/config/models.ts';
import { readConfig } from '../../../src/app/config/read-config.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'giga-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function read(text: string) {
  writeFileSync(join(root, 'giga.yaml'), text);
  return readConfig({ root, cwd: root, env: {}, userFile: null });
}

it('is read', async () => {
  const config = await read(`models:
  default: mine
  known:
    mine: { context: 200k, max-output: 64k, accepts: [temperature] }
    other: { context: 5, max-output: 4 }
  limits: { concurrent: 8, requests-per-minute: 50, tokens-per-minute: 400k }
`);
  if (!config.ok) throw new Error(config.diagnostics[0]?.message);
  expect(configuredModels(config.value)).toEqual({
    usual: 'mine',
    known: {
      mine: { context: 200_000, maxOutput: 64_000, takesTemperature: true },
      other: { context: 5, maxOutput: 4, takesTemperature: false },
    },
  });
  expect(modelLimits(config.value)).toEqual({ concurrent: 8, requestsPerMinute: 50, tokensPerMinute: 400_000 });
});

it('says nothing where nothing is said', async () => {
  const config = await read('concurrency: 2\n');
  if (!config.ok) throw new Error(config.diagnostics[0]?.message);
  expect([configuredModels(config.value), modelLimits(config.value)]).toEqual([{}, {}]);
});

it.each([
  ['models: 7', '`models` must be a map.'],
  ['models: { default: 7 }', '`models.default` must be the name of a model.'],
  ['models: { limits: 7 }', '`limits` is a map such as { concurrent: 8 }.'],
  ['models: { limits: { concurrent: 0 } }', '`concurrent` must be a whole number above 0, such as 400k.'],
  ['models: { limits: { concurrency: 1 } }', 'There is no setting `concurrency` here.'],
  ['models: { known: { a: 7 } }', 'What is known of a model is a map such as { context: 200k, max-output: 64k }.'],
  ['models: { known: { a: { context: 1 } } }', 'What is known of a model must say its `context` and its `max-output`.'],
  [
    'models: { known: { a: { context: x, max-output: 1 } } }',
    '`context` must be a whole number of tokens, such as 200k.',
  ],
  [
    'models: { known: { a: { context: 1, max-output: 1, accepts: [x] } } }',
    '`accepts` is a list of what a model takes: [temperature], or [].',
  ],
  ['models: { known: { "a b": {} } }', '"a b" cannot be a name in `known`.'],
])('%s is refused', async (text, message) => {
  const config = await read(`${text}\n`);
  expect(config.ok ? [] : config.diagnostics.map((one) => one.message)).toContain(message);
});
