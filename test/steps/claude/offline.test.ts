import { mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fakeModels } from '../../../src/app/fake-models.ts';
import type { ModelClient, ModelEnd } from '../../../src/core/claude/model-client.ts';
import { validateJson } from '../../../src/core/schema/validate.ts';
import { recordTo, replayFrom } from '../../../src/host/claude/cassettes.ts';
import { createClaudeClient } from '../../../src/host/claude/client.ts';
import { keepAnswers } from '../../../src/host/claude/kept-answers.ts';
import { createClock } from '../../../src/host/clock.ts';
import { createMask, NO_MASK } from '../../../src/host/mask/mask.ts';
import { messagesServer, textStream } from '../../host/claude/messages-server.ts';

const clock = createClock();
const body = { model: 'claude-sonnet-5-5', max_tokens: 9, messages: [{ role: 'user', content: 'key-4711?' }] };
const makeFolder = (): string => mkdtempSync(join(tmpdir(), 'giga-offline-'));
const send = (client: ModelClient, asked = body, heard: string[] = []): Promise<ModelEnd> =>
  client.send(asked, (text) => heard.push(text), new AbortController().signal);
const textIn = (end: ModelEnd): unknown => (end.kind === 'answered' ? end.message.content[0]?.text : end.error.code);

async function counting() {
  let count = 0;
  const server = await messagesServer(() => ({ stream: textStream(`key-4711 ${++count}`) }));
  return { server, client: createClaudeClient({ apiKey: 'k', baseUrl: server.url, clock }) };
}

test('recorded answers are replayed in order, and the last one again; nobody is asked', async () => {
  const { server, client } = await counting();
  const folder = makeFolder();
  const recording = recordTo(client, folder, NO_MASK);
  expect([textIn(await send(recording)), textIn(await send(recording))]).toEqual(['key-4711 1', 'key-4711 2']);
  await server.close();
  const replaying = replayFrom(folder, NO_MASK);
  const heard: string[] = [];
  const ends = [await send(replaying, body, heard), await send(replaying), await send(replaying)];
  expect(ends.map(textIn)).toEqual(['key-4711 1', 'key-4711 2', 'key-4711 2']);
  expect(ends[0]).toMatchObject({ by: 'cassette', message: { usage: { output: 5 } } });
  expect(heard).toEqual(['key-4711 1']);
});

test('a recording takes the place of that of an earlier run', async () => {
  const { server, client } = await counting();
  const folder = makeFolder();
  await send(recordTo(client, folder, NO_MASK));
  await send(recordTo(client, folder, NO_MASK));
  await server.close();
  const replaying = replayFrom(folder, NO_MASK);
  expect([textIn(await send(replaying)), textIn(await send(replaying))]).toEqual(['key-4711 2', 'key-4711 2']);
});

test('many answers at once are all kept', async () => {
  const { server, client } = await counting();
  const folder = makeFolder();
  const recording = recordTo(client, folder, NO_MASK);
  await Promise.all(Array.from({ length: 20 }, () => send(recording)));
  await server.close();
  const [file = ''] = readdirSync(folder);
  expect(JSON.parse(readFileSync(join(folder, file), 'utf8')).answers.length).toBe(20);
});

test('secrets do not stand in a cassette, and do not decide which it is', async () => {
  const { server, client } = await counting();
  const folder = makeFolder();
  await send(recordTo(client, folder, createMask(['key-4711'])));
  await server.close();
  const [file = ''] = readdirSync(folder);
  expect(readFileSync(join(folder, file), 'utf8')).not.toContain('4711');
  const other = { ...body, messages: [{ role: 'user', content: 'key-0815?' }] };
  expect(await send(replayFrom(folder, createMask(['key-0815'])), other)).toMatchObject({ kind: 'answered' });
});

test.each([
  ['', null],
  ['{}', null],
  ['no JSON', null],
  ['{"cassette":1,"answers":[{"id":1}]}', null],
])('a request without a cassette, or with a broken one (%j), is never sent', async (text) => {
  const folder = makeFolder();
  const { server, client } = await counting();
  await send(recordTo(client, folder, NO_MASK));
  await server.close();
  const [file = ''] = readdirSync(folder);
  writeFileSync(join(folder, file), text);
  expect(await send(replayFrom(folder, NO_MASK))).toMatchObject({
    kind: 'failed',
    isFree: true,
    error: { code: 'STEP_CLAUDE_CASSETTE', retryable: false },
  });
});

test('an answer that cannot be recorded is a failure', async () => {
  const { server, client } = await counting();
  const file = join(makeFolder(), 'file');
  writeFileSync(file, '');
  expect(await send(recordTo(client, join(file, 'inside'), NO_MASK))).toMatchObject({
    error: { code: 'STEP_WRITE_FAILED' },
  });
  await server.close();
});

test('an answer is kept once it is known to be good, for those that ask the same, for a day', async () => {
  const { server, client } = await counting();
  const folder = makeFolder();
  const keeping = keepAnswers(client, folder, 'here', clock);
  const first = await send(keeping);
  expect([textIn(first), textIn(await send(keeping))]).toEqual(['key-4711 1', 'key-4711 2']);
  if (first.kind === 'answered') first.keep?.();
  // Nothing is waited for: the process may end now.
  const second = await send(keeping);
  expect([textIn(second), second]).toEqual(['key-4711 1', expect.objectContaining({ by: 'cache' })]);
  expect(await send(keepAnswers(client, folder, 'elsewhere', clock))).not.toHaveProperty('by');
  expect(await send(keeping, { ...body, max_tokens: 8 })).not.toHaveProperty('by');
  const [file = ''] = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.json'),
  );
  const old = new Date(Date.now() - 90_000_000);
  utimesSync(join(folder, file), old, old);
  expect(await send(keeping)).not.toHaveProperty('by');
  writeFileSync(join(folder, file), '{"id":');
  expect(await send(keeping)).not.toHaveProperty('by');
  await server.close();
});

test.each([
  [
    {
      type: 'object',
      required: ['a', 'b'],
      properties: { a: { type: 'integer', minimum: 3 }, b: { enum: ['x', 'y'] } },
    },
  ],
  [{ type: 'array', minItems: 2, items: { type: 'string', minLength: 5 } }],
  [{ type: 'boolean' }],
])('a made-up answer has the shape that is wanted: %j', async (schema) => {
  const end = await fakeModels().send(body, () => {}, new AbortController().signal, schema);
  expect(end).toMatchObject({ by: 'fake', message: { usage: { output: 0 } } });
  expect(validateJson(JSON.parse(String(textIn(end))), schema)).toEqual([]);
});
