import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import type { StepAnswer } from '../../../src/core/ports.ts';
import { apiSchema, createClaudeClient } from '../../../src/host/claude/client.ts';
import { createClock } from '../../../src/host/clock.ts';
import { createAttachmentReader } from '../../../src/host/workspace/read-attachments.ts';
import { createClaudeStep } from '../../../src/steps/claude/claude.ts';
import { messagesServer, type Reply, streamOf, textStream } from '../../host/claude/messages-server.ts';
import { type ContextMore, contextFor } from '../context.ts';

let replies: Reply[] = [];
const server = await messagesServer((_asked, index) => replies[Math.min(index, replies.length - 1)] ?? { hangs: true });
afterAll(() => server.close());
beforeEach(() => {
  server.asked.length = 0;
});

/** Time goes by at once: pauses are told, and not waited for. */
const pauses: number[] = [];
const real = createClock();
const clock = {
  ...real,
  after(delayMs: number, then: () => void) {
    pauses.push(delayMs);
    return real.after(0, then);
  },
};
const root = mkdtempSync(join(tmpdir(), 'giga-claude-'));
const step = createClaudeStep({
  client: createClaudeClient({ apiKey: 'k', baseUrl: server.url, clock: real }),
  files: createAttachmentReader(),
  clock,
  apiSchema,
  agent: () => Promise.reject(new Error('no step here is an agent')),
});

function perform(request: JsonObject, given: Reply | Reply[], more: ContextMore = {}): Promise<StepAnswer> {
  replies = [given].flat();
  pauses.length = 0;
  const usual = { prompt: 'Hello?', fallback: [], repair: 2, files: [], images: [], cache: 'auto', cwd: '' };
  return step.perform({ ...usual, ...request }, contextFor(root, { action: 'claude', ...more }));
}
const error = (status: number, type: string, headers = {}): Reply => ({
  status,
  headers,
  json: { type: 'error', error: { type, message: 'because' } },
});
const says = (text: string): Reply => ({ stream: textStream(text) });

test('an answer, with who gave it and what was used', async () => {
  expect(await perform({ system: 'Be kind.', effort: 'low', maxTokens: 50 }, says('Hi.'))).toEqual({
    outcome: 'succeeded',
    outputs: {
      text: 'Hi.',
      model: 'claude-sonnet-5-5',
      usage: { input: 10, output: 5, 'cache-read': 0, 'cache-write': 0 },
      cost: 0,
    },
  });
  expect(server.asked.map(({ body }) => body)).toEqual([
    {
      model: 'claude-sonnet-5-5',
      max_tokens: 50,
      system: 'Be kind.',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello?' }] }],
      output_config: { effort: 'low' },
      stream: true,
    },
  ]);
});

test.each<[string, Reply, string, boolean | undefined]>([
  ['a refusal', { stream: textStream('I would rather', { stop: 'refusal' }) }, 'STEP_CLAUDE_REFUSED', false],
  ['nothing', says(''), 'STEP_CLAUDE_EMPTY', undefined],
  ['blanks', says(' \n'), 'STEP_CLAUDE_EMPTY', undefined],
  [
    'thoughts alone',
    { stream: streamOf([{ type: 'thinking', thinking: 'Hm', signature: 's' }]) },
    'STEP_CLAUDE_EMPTY',
    undefined,
  ],
  ['a cut answer', { stream: textStream('The first', { stop: 'max_tokens' }) }, 'STEP_CLAUDE_TRUNCATED', false],
  [
    'too long a conversation',
    { stream: textStream('x', { stop: 'model_context_window_exceeded' }) },
    'STEP_CLAUDE_CONTEXT',
    false,
  ],
  [
    'a tool that is not there',
    { stream: streamOf([{ type: 'tool_use', id: 't', name: 'n', input: {} }], { stop: 'tool_use' }) },
    'STEP_CLAUDE_ANSWER',
    false,
  ],
  ['an end that nobody knows', { stream: textStream('x', { stop: 'some_new_reason' }) }, 'STEP_CLAUDE_ANSWER', false],
  ['a wrong request', error(400, 'invalid_request_error'), 'STEP_CLAUDE_REQUEST', false],
])('%s is no success', async (_what, reply, code, retryable) => {
  const answer = await perform({}, reply);
  expect([answer.outcome, answer.error?.code, answer.error?.retryable]).toEqual(['failed', code, retryable]);
  expect(server.asked.length).toBe(1);
});

describe('what passes by itself', () => {
  test('is tried again, after longer and longer pauses', async () => {
    const answer = await perform({}, [error(529, 'overloaded_error'), error(500, 'api_error'), says('Hi.')]);
    expect([answer.outcome, pauses]).toEqual(['succeeded', [1_000, 2_000]]);
  });
  test('waits as long as it is asked to', async () => {
    await perform({}, [error(429, 'rate_limit_error', { 'retry-after': '30' }), says('Hi.')]);
    expect(pauses).toEqual([30_000]);
  });
  test('is left to the retry of the step when that is too long', async () => {
    const answer = await perform({}, error(429, 'rate_limit_error', { 'retry-after': '600' }));
    expect([answer.error?.code, answer.error?.retryAfterMs, pauses]).toEqual(['STEP_CLAUDE_RATE_LIMIT', 600_000, []]);
  });
  test('fails after four tries, and may be retried', async () => {
    const answer = await perform({}, error(529, 'overloaded_error'));
    expect(answer.error).toMatchObject({ code: 'STEP_CLAUDE_OVERLOADED', retryable: true });
    expect(server.asked.length).toBe(4);
  });
  test('an answer that was cut is asked anew, and no part of it taken', async () => {
    const whole = textStream('Hello');
    const cut = { stream: whole.slice(0, whole.indexOf('event: message_delta')), breaks: true } as const;
    expect(await perform({}, [cut, says('All of it.')])).toMatchObject({ outputs: { text: 'All of it.' } });
  });
});

test('a model that stops in the middle goes on from what it said', async () => {
  const paused = { stream: textStream('I looked', { stop: 'pause_turn' }) };
  expect(await perform({}, [paused, says('Found.')])).toMatchObject({
    outputs: { text: 'Found.', usage: { output: 10 } },
  });
  expect(server.asked[1]?.body.messages).toMatchObject([
    { role: 'user' },
    { role: 'assistant', content: [{ type: 'text', text: 'I looked' }] },
  ]);
});

test('a model that never comes to an end fails', async () => {
  const answer = await perform({}, { stream: textStream('and', { stop: 'pause_turn' }) });
  expect([answer.error?.code, server.asked.length]).toEqual(['STEP_CLAUDE_ANSWER', 11]);
});

describe('a fallback', () => {
  const refuses: Reply = { stream: textStream('No.', { stop: 'refusal' }) };
  test('is asked in a clean conversation when a model refuses', async () => {
    const yes = { stream: textStream('Yes.', { model: 'claude-opus-5-5' }) };
    const answer = await perform({ fallback: ['claude-opus-5-5'] }, [refuses, yes]);
    expect(answer).toMatchObject({
      outcome: 'succeeded',
      outputs: { text: 'Yes.', model: 'claude-opus-5-5', usage: { output: 10 } },
    });
    expect(server.asked.map(({ body }) => [body.model, (body.messages as readonly unknown[]).length])).toEqual([
      ['claude-sonnet-5-5', 1],
      ['claude-opus-5-5', 1],
    ]);
  });
  test('is the last word', async () => {
    expect(await perform({ fallback: ['claude-opus-5-5'] }, refuses)).toMatchObject({
      error: { code: 'STEP_CLAUDE_REFUSED' },
    });
    expect(server.asked.length).toBe(2);
  });
  test('is not asked what another answered wrongly', async () => {
    expect(await perform({ fallback: ['claude-opus-5-5'] }, says(''))).toMatchObject({
      error: { code: 'STEP_CLAUDE_EMPTY' },
    });
    expect(server.asked.length).toBe(1);
  });
});

describe('an answer with a schema', () => {
  const output = { type: 'object', required: ['n'], properties: { n: { type: 'integer', minimum: 3 } } };
  test('gives its fields', async () => {
    expect(await perform({ output }, says('{"n": 3}'))).toMatchObject({ outcome: 'succeeded', outputs: { n: 3 } });
    expect(server.asked[0]?.body.output_config).toMatchObject({
      format: { type: 'json_schema', schema: { type: 'object', additionalProperties: false } },
    });
  });
  test('that is no object is a value', async () => {
    const list = { type: 'array', items: { type: 'string' } };
    expect(await perform({ output: list }, says('["a"]'))).toMatchObject({ outputs: { value: ['a'] } });
  });
  test('is mended when it is told what is wrong', async () => {
    const answer = await perform({ output }, [says('{"n": 1}'), says('{"n": 4}')]);
    expect(answer).toMatchObject({ outcome: 'succeeded', outputs: { n: 4 } });
    expect(server.asked[1]?.body.messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: [{ text: '{"n": 1}' }] },
      { role: 'user', content: expect.stringContaining('`n` must be at least 3') },
    ]);
  });
  test.each([['{"n": 1}'], ['no JSON'], ['{"n": "3"}'], ['[]'], ['{"n": 3'], [`${'['.repeat(100)}${']'.repeat(100)}`]])(
    'fails when %s comes again and again',
    async (text) => {
      const answer = await perform({ output }, says(text));
      expect([answer.outcome, answer.error?.code, server.asked.length]).toEqual(['failed', 'STEP_CLAUDE_SCHEMA', 3]);
    },
  );
  test('is not mended where `repair` is 0', async () => {
    await perform({ output, repair: 0 }, says('{}'));
    expect(server.asked.length).toBe(1);
  });
  test('that the API cannot hold is refused before anything is sent', async () => {
    expect(await perform({ output: { minimum: 3 } }, says('3'))).toMatchObject({
      error: { code: 'STEP_CLAUDE_REQUEST' },
    });
    expect(server.asked.length).toBe(0);
  });
});

describe('files', () => {
  const png = Buffer.from('89504e470d0a1a0a', 'hex');
  mkdirSync(join(root, 'docs'));
  writeFileSync(join(root, 'docs', 'a.txt'), 'Hello');
  writeFileSync(join(root, 'docs', 'b.bin'), Buffer.from([0, 1, 2]));
  writeFileSync(join(root, 'docs', 'c.pdf'), '%PDF-1.7');
  writeFileSync(join(root, 'docs', '.env'), 'TOKEN=1');
  mkdirSync(join(root, 'pictures'));
  writeFileSync(join(root, 'pictures', 'p.png'), png);
  mkdirSync(join(root, 'hidden'));
  writeFileSync(join(root, 'hidden', '.env'), 'TOKEN=1');
  symlinkSync('/etc/hostname', join(root, 'docs', 'out.txt'));

  test('stand before the prompt', async () => {
    await perform({ files: ['docs/*.pdf', 'docs/a.txt'], images: ['pictures'] }, says('Hi.'));
    const [question] = (server.asked[0]?.body.messages ?? []) as unknown as { content: JsonObject[] }[]; // as it was made
    expect(question?.content).toMatchObject([
      { type: 'image', source: { media_type: 'image/png', data: png.toString('base64') } },
      { type: 'document', title: 'docs/c.pdf', source: { media_type: 'application/pdf' } },
      { type: 'document', title: 'docs/a.txt', source: { type: 'text', data: 'Hello' } },
      { type: 'text', text: 'Hello?' },
    ]);
  });
  test.each<[string, JsonObject]>([
    ['finds nothing', { files: ['nowhere/*'] }],
    ['is binary', { files: ['docs/b.bin'] }],
    ['is no image', { images: ['docs/a.txt'] }],
    ['leads out by a link', { files: ['docs/out.txt'] }],
    ['leads out by its name', { files: ['../*'] }],
    ['finds only what begins with a dot, and does not name it', { files: ['hidden/*'] }],
  ])('a glob that %s fails before anything is sent', async (_what, request) => {
    const answer = await perform(request, says('Hi.'));
    expect([answer.error?.code, server.asked.length]).toEqual(['STEP_CLAUDE_FILES', 0]);
  });
});

test('each call is noted, and numbered over all attempts', async () => {
  const news: JsonObject[] = [];
  const note = async (one: JsonObject): Promise<boolean> => news.push(one) > 0;
  const before = [
    { kind: 'call-ended', call: 7 },
    { kind: 'call-ended', call: 'x' },
  ];
  await perform({}, says('Hi.'), { note, news: before });
  expect(news).toEqual([
    {
      kind: 'call-ended',
      call: 8,
      model: 'claude-sonnet-5-5',
      stop: 'end_turn',
      usage: { input: 10, output: 5, 'cache-read': 0, 'cache-write': 0 },
    },
  ]);
});

test('a stop ends it at once', async () => {
  const stop = new AbortController();
  const answer = perform({}, { hangs: true }, { signal: stop.signal });
  stop.abort('cancelled');
  expect(await answer).toMatchObject({ outcome: 'cancelled', error: { code: 'STEP_CANCELLED' } });
});

test.each<[JsonObject]>([
  [{ prompt: '  ' }],
  [{ prompt: null }],
  [{ model: 'two words' }],
  [{ effort: 'huge' }],
  [{ fallback: 'claude-opus-5-5' }],
  [{ files: [1] }],
])('what cannot be asked is refused: %j', async (request) => {
  expect(await perform(request, says('Hi.'))).toMatchObject({ outcome: 'failed', error: { code: 'STEP_BAD_REQUEST' } });
  expect(server.asked.length).toBe(0);
});

test('a temperature is sent to a model that takes it, and to no other: the next one is asked', async () => {
  const old = 'claude-haiku-4-5';
  expect(await perform({ model: old, temperature: 0.2 }, says('Hi.'))).toMatchObject({ outcome: 'succeeded' });
  expect(server.asked[0]?.body).toMatchObject({ temperature: 0.2 });
  const refused = await perform({ model: 'claude-opus-5-5', temperature: 0.2 }, []);
  expect(refused).toMatchObject({ outcome: 'failed', error: { code: 'STEP_CLAUDE_REQUEST', retryable: false } });
  expect(server.asked).toHaveLength(1);
  const fallen = await perform({ model: 'claude-opus-5-5', fallback: [old], temperature: 0.2 }, says('Hi.'));
  expect([fallen.outcome, server.asked.at(-1)?.body.model]).toEqual(['succeeded', old]);
});
