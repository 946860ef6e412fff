import { afterAll, expect, test } from 'vitest';
import { createClaudeClient } from '../../../src/host/claude/client.ts';
import { createClock } from '../../../src/host/clock.ts';
import { messagesServer, type Reply, streamOf, textStream } from './messages-server.ts';

let reply: Reply = { hangs: true };
const server = await messagesServer(() => reply);
afterAll(() => server.close());
const clock = createClock();
const client = createClaudeClient({ apiKey: 'sk-test', baseUrl: server.url, clock });
const body = { model: 'claude-sonnet-5-5', max_tokens: 10, messages: [{ role: 'user', content: 'x' }] };
const send = (given: Reply, signal = new AbortController().signal) => {
  reply = given;
  return client.send(body, () => {}, signal);
};
const said = (type: string, message: string) => ({ json: { type: 'error', error: { type, message } } });
const event = (type: string, data: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
const whole = textStream('Hello');
const begun = whole.slice(0, whole.indexOf('event: content_block_stop'));

test.each<[number, string, string, boolean]>([
  [400, 'invalid_request_error', 'STEP_CLAUDE_REQUEST', false],
  [401, 'authentication_error', 'STEP_CLAUDE_AUTH', false],
  [403, 'permission_error', 'STEP_CLAUDE_AUTH', false],
  [404, 'not_found_error', 'STEP_CLAUDE_REQUEST', false],
  [413, 'request_too_large', 'STEP_CLAUDE_REQUEST', false],
  [429, 'rate_limit_error', 'STEP_CLAUDE_RATE_LIMIT', true],
  [500, 'api_error', 'STEP_CLAUDE_OVERLOADED', true],
  [529, 'overloaded_error', 'STEP_CLAUDE_OVERLOADED', true],
  [418, 'teapot_error', 'STEP_CLAUDE_REQUEST', false],
  [503, 'teapot_error', 'STEP_CLAUDE_OVERLOADED', true],
])('status %i (%s) is %s, retryable: %s', async (status, type, code, retryable) => {
  expect(await send({ status, ...said(type, 'because') })).toMatchObject({
    kind: 'failed',
    isFree: true,
    error: { code, retryable, message: expect.stringContaining('because') },
  });
});

test.each<[Record<string, string>, number | undefined]>([
  [{ 'retry-after': '7' }, 7_000],
  [{ 'retry-after': '0.5' }, 500],
  [{ 'retry-after-ms': '250', 'retry-after': '7' }, 250],
  [{ 'retry-after': 'soon' }, undefined],
  [{}, undefined],
])('the pause that is asked for: %j is %s ms', async (headers, retryAfterMs) => {
  const end = await send({ status: 429, headers, ...said('rate_limit_error', 'slow down') });
  expect(end.kind === 'failed' && end.error.retryAfterMs).toBe(retryAfterMs);
});

test('a status with a body that is no JSON says what it can', async () => {
  expect(await send({ status: 502, text: '<html>Bad Gateway</html>' })).toMatchObject({
    error: { code: 'STEP_CLAUDE_OVERLOADED' },
  });
});

test.each<[string, string, string]>([
  [
    'an error of the API',
    `${begun}${event('error', { error: { type: 'overloaded_error', message: 'too much' } })}`,
    'STEP_CLAUDE_OVERLOADED',
  ],
  ['no end', begun, 'STEP_CLAUDE_CUT'],
  ['no JSON', `${begun}event: content_block_delta\ndata: {"type":\n\n`, 'STEP_CLAUDE_CUT'],
  ['an event of another answer', `${begun}${whole}`, 'STEP_CLAUDE_CUT'],
  [
    'a delta before its block',
    event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'x' } }),
    'STEP_CLAUDE_CUT',
  ],
  ['nothing at all', '', 'STEP_CLAUDE_CUT'],
  [
    'arguments that are no JSON',
    streamOf([{ type: 'tool_use', id: 't', name: 'n', input: {} }]).replace(
      '"partial_json":"{}"',
      '"partial_json":"{,"',
    ),
    'STEP_CLAUDE_CUT',
  ],
])('a stream that holds %s', async (_what, stream, code) => {
  expect(await send({ stream })).toMatchObject({ kind: 'failed', error: { code, retryable: true } });
});

test('what costs nothing is told from what may', async () => {
  expect(await send({ stream: begun, breaks: true })).toMatchObject({ kind: 'failed', isFree: false });
  expect(await send({ stream: begun })).toMatchObject({ kind: 'failed', isFree: false });
});

test('bytes that are no UTF-8 do not stop an answer', async () => {
  const bytes = Buffer.from(whole);
  bytes[bytes.indexOf('Hello')] = 0xff;
  expect(await send({ stream: bytes })).toMatchObject({
    kind: 'answered',
    message: { content: [{ text: '\u{fffd}ello' }] },
  });
});

test('a slow stream is an answer', async () => {
  const cuts = Array.from({ length: 20 }, (_, index) => Math.floor((whole.length * (index + 1)) / 21));
  expect(await send({ stream: whole, cuts, pauseMs: 5 })).toMatchObject({ kind: 'answered' });
});

test('an answer without end is cut', async () => {
  const piece = event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'x'.repeat(1_000_000) } });
  expect(await send({ stream: begun + piece.repeat(70) })).toMatchObject({
    kind: 'failed',
    error: { code: 'STEP_CLAUDE_CUT' },
  });
});

test('the text is heard as it comes', async () => {
  reply = { stream: whole };
  const heard: string[] = [];
  await client.send(body, (text) => heard.push(text), new AbortController().signal);
  expect(heard.filter((text) => text !== '')).toEqual(['Hello']);
});

test('an abort ends a call at once', async () => {
  const stop = new AbortController();
  const end = send({ hangs: true }, stop.signal);
  stop.abort();
  expect(await end).toMatchObject({ kind: 'failed' });
});

test('a redirection is not followed: the key stays here', async () => {
  const other = await messagesServer(() => ({ stream: whole }));
  const end = await send({ status: 307, headers: { location: `${other.url}/v1/messages` } });
  expect(end).toMatchObject({ kind: 'failed' });
  expect(other.asked).toEqual([]);
  await other.close();
});

test('nobody listens', async () => {
  const gone = await messagesServer(() => ({ hangs: true }));
  await gone.close();
  const end = await createClaudeClient({ apiKey: 'k', baseUrl: gone.url, clock }).send(
    body,
    () => {},
    new AbortController().signal,
  );
  expect(end).toMatchObject({
    error: { code: 'STEP_CLAUDE_CONNECTION', message: expect.stringContaining('ECONNREFUSED') },
  });
});

test('without a key nothing is sent', async () => {
  const before = server.asked.length;
  const end = await createClaudeClient({ apiKey: null, baseUrl: server.url, clock }).send(
    body,
    () => {},
    new AbortController().signal,
  );
  expect(end).toMatchObject({ kind: 'failed', isFree: true, error: { code: 'STEP_CLAUDE_KEY', retryable: false } });
  expect(server.asked.length).toBe(before);
});

test('tokens are counted for the model that is asked', async () => {
  reply = { status: 200, json: { input_tokens: 42 } };
  expect(await client.count({ ...body, max_tokens: 5 }, new AbortController().signal)).toBe(42);
  expect(server.asked.at(-1)).toMatchObject({
    path: '/v1/messages/count_tokens',
    body: { model: 'claude-sonnet-5-5' },
  });
  reply = { status: 500, json: {} };
  expect(await client.count(body, new AbortController().signal)).toBeNull();
});

test('the key goes in its header, and what is asked as it is', async () => {
  await send({ stream: whole });
  expect(server.asked.at(-1)).toMatchObject({
    path: '/v1/messages',
    headers: { authorization: 'Bearer sk-test' },
    body: { ...body, stream: true },
  });
});
