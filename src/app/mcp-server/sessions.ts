/** The sessions of clients that speak a protocol with sessions over HTTP. Knows who is who, not what is served. */
import { randomUUID } from 'node:crypto';
import { type Server, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import { keepEvents } from './kept-events.ts';

export interface Sessions {
  fetch(request: Request): Promise<Response>;
  close(): Promise<void>;
}

/** More than these are refused, until one ends. */
const MAX_SESSIONS = 64;

/** `makeServer` gives what each session talks to. */
export function makeSessions(makeServer: () => Server): Sessions {
  const open = new Map<string, WebStandardStreamableHTTPServerTransport>();

  async function begin(): Promise<WebStandardStreamableHTTPServerTransport> {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: keepEvents(),
      onsessioninitialized: (id) => void open.set(id, transport),
      onsessionclosed: (id) => void open.delete(id),
    });
    await makeServer().connect(transport);
    return transport;
  }
  return {
    async fetch(request) {
      const id = request.headers.get('mcp-session-id');
      if (id === null && open.size >= MAX_SESSIONS)
        return new Response('There are too many sessions.', { status: 503 });
      const known = id === null ? await begin() : open.get(id);
      return known?.handleRequest(request) ?? new Response('There is no such session.', { status: 404 });
    },
    async close() {
      await Promise.all([...open.values()].map((transport) => transport.close()));
    },
  };
}
