import { Server } from '@modelcontextprotocol/server';
import { describe, expect, it } from 'vitest';
import { makeSessions, type Sessions } from '../../../src/app/mcp-server/sessions.ts';

const clientInfo = { name: 'test', version: '1' };
const INITIALIZE = { method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo } };

function post(sessions: Sessions, message: object, session?: string | null): Promise<Response> {
  return sessions.fetch(
    new Request('http://127.0.0.1/mcp', {
      method: 'POST',
      headers: {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        ...(session && { 'mcp-session-id': session }),
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...message }),
    }),
  );
}

/** Opens a session; null where there is no room. */
const open = async (sessions: Sessions): Promise<string | null> =>
  (await post(sessions, INITIALIZE)).headers.get('mcp-session-id');

const statusOf = async (sessions: Sessions, session: string | null): Promise<number> =>
  (await post(sessions, { method: 'ping' }, session)).status;

describe('sessions', () => {
  it('end with the one that was idle longest, where there are too many', async () => {
    const sessions = makeSessions(
      () => ({ server: new Server({ name: 'test', version: '1' }), isBusy: () => false }),
      2,
    );
    const [first, second] = [await open(sessions), await open(sessions)];
    expect(await statusOf(sessions, first)).toBe(200);
    const third = await open(sessions);
    expect(await statusOf(sessions, first)).toBe(200);
    expect(await statusOf(sessions, third)).toBe(200);
    expect(await statusOf(sessions, second)).toBe(404);
    await sessions.close();
  });

  it('do not end while a run goes on for them: new ones are refused', async () => {
    const sessions = makeSessions(
      () => ({ server: new Server({ name: 'test', version: '1' }), isBusy: () => true }),
      1,
    );
    const first = await open(sessions);
    expect((await post(sessions, INITIALIZE)).status).toBe(503);
    expect(await statusOf(sessions, first)).toBe(200);
    await sessions.close();
  });
});
