/** The sessions of clients that speak a protocol with sessions over HTTP. Knows who is who, not what is served. */
import { randomUUID } from 'node:crypto';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import { keepEvents } from './kept-events.ts';
import type { Counter } from './server.ts';

export interface Sessions {
  fetch(request: Request): Promise<Response>;
  close(): Promise<void>;
}

interface Session {
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly counter: Counter;
}

/** Clients go without a word: of more than these, the one that was idle longest is over. */
const MAX_SESSIONS = 64;

/** `open` gives what each session talks to. */
export function makeSessions(open: () => Counter, limit = MAX_SESSIONS): Sessions {
  /** Those that were used last come last. */
  const sessions = new Map<string, Session>();

  async function begin(): Promise<Session> {
    const transport: WebStandardStreamableHTTPServerTransport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: keepEvents(),
      onsessioninitialized: (id) => void sessions.set(id, session),
      onsessionclosed: (id) => void sessions.delete(id),
    });
    const session = { transport, counter: open() };
    await session.counter.server.connect(transport);
    return session;
  }
  async function makeRoom(): Promise<boolean> {
    if (sessions.size < limit) return true;
    const idle = [...sessions].find(([, { counter }]) => !counter.isBusy());
    if (idle === undefined) return false;
    sessions.delete(idle[0]);
    await idle[1].transport.close();
    return true;
  }
  function use(id: string): Session | undefined {
    const session = sessions.get(id);
    if (session !== undefined && sessions.delete(id)) sessions.set(id, session);
    return session;
  }
  return {
    async fetch(request) {
      const id = request.headers.get('mcp-session-id');
      if (id === null && !(await makeRoom())) return new Response('There are too many sessions.', { status: 503 });
      const session = id === null ? await begin() : use(id);
      return session?.transport.handleRequest(request) ?? new Response('There is no such session.', { status: 404 });
    },
    async close() {
      await Promise.all([...sessions.values()].map(({ transport }) => transport.close()));
    },
  };
}
