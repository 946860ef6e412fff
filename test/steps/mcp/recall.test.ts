import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import type { McpConnection } from '../../../src/core/mcp.ts';
import { bringBack, pastCalls, type Recall } from '../../../src/steps/mcp/recall.ts';

const done = (id: string, more: JsonObject = {}): JsonObject => ({
  kind: 'tool-ended',
  call: id,
  tool: 's__add',
  arguments: { id },
  digest: 'd',
  verdict: 'ok',
  ...more,
});

describe('what the journal has of calls', () => {
  test('is those that succeeded, in order', () => {
    const news = [done('1'), done('2', { verdict: 'failed' }), { kind: 'call-ended', call: 3 }, done('4')];
    expect(pastCalls(news).map(({ id }) => id)).toEqual(['1', '4']);
  });
  test('is no arguments where they were cut', () => {
    expect(pastCalls([done('1', { arguments: { cut: '{', characters: 9_000, digest: 'x' } })])).toMatchObject([
      { args: null },
    ]);
  });
  test('is nothing where it is damaged', () => {
    const damaged = [done('1', { call: 7 }), done('2', { tool: null }), done('3', { digest: 1 }), null as never];
    expect(pastCalls(damaged)).toEqual([]);
    expect(pastCalls([done('4', { arguments: 'x' })])).toMatchObject([{ args: null }]);
  });
});

describe('a server that was started anew', () => {
  const back = async (more: Partial<Recall>, calls = pastCalls([done('1'), done('2')])) => {
    const made: string[] = [];
    const told: unknown[] = [];
    const why = await bringBack({
      server: 's',
      connection: {} as McpConnection, // it is only known by who it is
      answered: new WeakMap(),
      past: {
        calls,
        digest: (id) => (id === '2' ? 'other' : 'd'),
        repeated: async (...news) => void told.push(news),
      },
      isOwn: () => true,
      async again({ id }) {
        made.push(id);
        return { ok: true, value: { verdict: 'ok', content: [] } };
      },
      ...more,
    });
    return { made, told, why };
  };
  test('gets the calls again that it has not answered, and what is different is said', async () => {
    expect(await back({})).toEqual({ made: ['1', '2'], told: [['s', 2, ['s__add']]], why: null });
    expect(await back({ isOwn: () => false })).toEqual({ made: [], told: [], why: null });
    const connection = {} as McpConnection;
    const answered = new WeakMap([[connection, new Set(['1'])]]);
    expect((await back({ connection, answered })).made).toEqual(['2']);
    expect((await back({ connection, answered })).made).toEqual([]);
  });
  test.each<[string, Partial<Recall>, JsonObject]>([
    ['too long', {}, { arguments: 'cut' }],
    ['this time it failed', { again: async () => ({ ok: true, value: { verdict: 'failed', content: [] } }) }, {}],
    [
      'Gone.',
      { again: async () => ({ ok: false, error: { code: 'STEP_MCP_LOST', severity: 'error', message: 'Gone.' } }) },
      {},
    ],
  ])('is not used where it cannot be brought back: %s', async (why, more, call) => {
    const end = await back(more, pastCalls([done('1', call)]));
    expect([end.why, end.told]).toEqual([expect.stringContaining(why), []]);
  });
});
