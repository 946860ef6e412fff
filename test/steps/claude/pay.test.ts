/** A step that pays for its calls: what it sets aside, notes and settles, however they end. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createSpender } from '../../../src/app/spender.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { Limits } from '../../../src/core/money/caps.ts';
import { priceTable } from '../../../src/core/money/prices.ts';
import { apiSchema, createClaudeClient } from '../../../src/host/claude/client.ts';
import { createClock } from '../../../src/host/clock.ts';
import { createAttachmentReader } from '../../../src/host/workspace/read-attachments.ts';
import { createClaudeStep } from '../../../src/steps/claude/claude.ts';
import { messagesServer, type Reply, textStream } from '../../host/claude/messages-server.ts';
import { contextFor } from '../context.ts';

let replies: Reply[] = [];
const server = await messagesServer(({ path }) =>
  path.includes('count_tokens') ? { status: 200, json: { input_tokens: 40 } } : (replies.shift() ?? { hangs: true }),
);
afterAll(() => server.close());
beforeEach(() => {
  server.asked.length = 0;
});

const real = createClock();
const clock = { ...real, after: (_delayMs: number, then: () => void) => real.after(0, then) };
const root = mkdtempSync(join(tmpdir(), 'giga-pay-'));
const says: Reply = { stream: textStream('Hi.') };

async function perform(given: Reply[], limits: Limits | null, request: JsonObject = {}, note = async () => true) {
  replies = given;
  const news: JsonObject[] = [];
  const spender = createSpender({
    run: 'r1',
    spent: [],
    capsOf: () => (limits === null ? [] : [{ path: '', limits }]),
  });
  const step = createClaudeStep({
    client: createClaudeClient({ apiKey: 'k', baseUrl: server.url, clock: real }),
    files: createAttachmentReader(),
    clock,
    apiSchema,
    agent: () => Promise.reject(new Error('no step here is an agent')),
    purse: { spender, isBounded: () => limits !== null, prices: async () => priceTable() },
  });
  const usual = {
    prompt: 'Hello?',
    model: 'claude-opus-5-5',
    maxTokens: 100,
    fallback: [],
    repair: 0,
    files: [],
    images: [],
    cache: 'auto',
    cwd: '',
  };
  const context = contextFor(root, {
    action: 'claude',
    note: async (one: JsonObject) => {
      news.push(one);
      return note();
    },
  });
  const answer = await step.perform({ ...usual, ...request }, context);
  return { answer, news, sent: server.asked.filter(({ path }) => !path.includes('count_tokens')).length };
}

// 40 tokens at 4 dollars a million, and 100 at 20.
const WORST = { kind: 'call-reserved', call: 1, model: 'claude-opus-5-5', tokens: 140, usd: 0.00216 };

test('the worst case is noted before a call is sent, and what it came to after it', async () => {
  const { answer, news } = await perform([says], { nano: 1e9 });
  expect(answer).toMatchObject({ outcome: 'succeeded', outputs: { cost: 0.00007 } });
  expect(news).toEqual([
    WORST,
    {
      kind: 'call-ended',
      call: 1,
      model: 'claude-sonnet-5-5',
      // Who answered says so: 10 tokens at 2 dollars a million, and 5 at 10.
      usd: 0.00007,
      usage: { input: 10, output: 5, 'cache-read': 0, 'cache-write': 0 },
      stop: 'end_turn',
    },
  ]);
});

test('what does not fit is not sent', async () => {
  const { answer, news, sent } = await perform([says], { nano: 2_159_999 });
  expect(answer).toMatchObject({ outcome: 'failed', error: { code: 'STEP_BUDGET', retryable: false } });
  expect([news, sent]).toEqual([[], 0]);
  expect(await perform([says], { nano: 2_160_000 })).toMatchObject({ answer: { outcome: 'succeeded' }, sent: 1 });
});

test('what has no price is not sent where dollars are bounded, and else has no cost', async () => {
  const request = { model: 'some-model' };
  expect(await perform([says], { nano: 1e9 }, request)).toMatchObject({
    answer: { error: { code: 'STEP_PRICE_UNKNOWN' } },
    sent: 0,
  });
  expect((await perform([says], { calls: 1 }, request)).news[0]).toMatchObject({ usd: null, tokens: 140 });
});

test('a refusal of the server costs nothing, and the next try fits where the first did', async () => {
  const overloaded: Reply = { status: 529, json: { type: 'error', error: { type: 'overloaded_error', message: 'x' } } };
  const { answer, news } = await perform([overloaded, says], { nano: 2_160_000 });
  expect(answer.outcome).toBe('succeeded');
  expect(news.map(({ kind, call, usd }) => [kind, call, usd])).toEqual([
    ['call-reserved', 1, 0.00216],
    ['call-ended', 1, 0],
    ['call-reserved', 2, 0.00216],
    ['call-ended', 2, expect.any(Number)],
  ]);
});

test('a stream that is cut may be paid for: it stays at its worst case, and nobody waits for it', async () => {
  const cut: Reply = { stream: textStream('Hi.').slice(0, 400), breaks: true };
  const { answer, news } = await perform([cut, says], { nano: 4_000_000 });
  expect(answer).toMatchObject({ outcome: 'failed', error: { code: 'STEP_BUDGET' } });
  expect(answer.error?.message).toContain('spent are usd 0.00216, and set aside for calls under way usd 0.00');
  expect(news.map(({ kind }) => kind)).toEqual(['call-reserved']);
});

test('what cannot be noted is not sent', async () => {
  expect(await perform([says], { nano: 1e9 }, {}, async () => false)).toMatchObject({
    answer: { outcome: 'failed' },
    sent: 0,
  });
});

test('without a budget nothing is counted first, and the estimate is at most a token a byte', async () => {
  const { news } = await perform([says], null);
  expect(server.asked).toHaveLength(1);
  expect(news[0]).toMatchObject({ kind: 'call-reserved', tokens: expect.any(Number) });
  expect(Number(news[0]?.tokens)).toBeLessThan(400);
});
