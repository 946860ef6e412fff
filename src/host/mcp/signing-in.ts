/**
 * A connection to a server that may ask who is there: at its start, or at any request after it, also for more than was granted before.
 * A person is sent to a browser then, and what was asked is asked again. Knows how a sign-in goes, not what is asked of the server.
 */
import type { OAuthClientProvider, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { McpCall, McpConnection, McpEnd, McpFace } from '../../core/mcp.ts';
import { faultOf } from './faults.ts';
import { type Loopback, listenForBrowser } from './loopback.ts';
import type { SignIn } from './oauth.ts';

export interface Begun {
  readonly transport: StreamableHTTPClientTransport;
  readonly end: McpEnd<McpConnection>;
}
export interface SigningIn {
  readonly server: string;
  readonly show: NonNullable<McpFace['signIn']>;
  /** Null: with what is kept of an earlier sign-in. */
  provider(signIn: SignIn | null): OAuthClientProvider | null;
  /** Connects anew. */
  begin(provider: OAuthClientProvider | null, call: McpCall): Promise<Begun>;
}

/** For one request. A server that wants more each time is not followed for ever. */
const MAX_TRIES = 3;

export async function connectSigningIn(parts: SigningIn, call: McpCall): Promise<McpEnd<McpConnection>> {
  let now = await parts.begin(parts.provider(null), call);
  let changed = 0;
  let desk: Desk | null = null;
  const replace = async (provider: OAuthClientProvider | null, asking: McpCall): Promise<void> => {
    const before = now.end;
    now = await parts.begin(provider, asking);
    if (!before.ok) return;
    changed += before.value.changes() + 1; // what it offers may depend on who asks
    await before.value.close();
  };
  /** Whether it is worth asking once more. */
  const signIn = async (asking: McpCall): Promise<boolean> => {
    if (desk === null) {
      desk = await openDesk(parts);
      await replace(desk.provider, asking);
      if (now.end.ok) return true;
    }
    if (!(await desk.finish(now.transport, asking.signal))) return false;
    if (!now.end.ok) await replace(desk.provider, asking);
    return now.end.ok;
  };
  let signing: Promise<boolean> | null = null;
  const asked = async <T>(
    asking: McpCall,
    work: (connection: McpConnection) => Promise<McpEnd<T>>,
  ): Promise<McpEnd<T>> => {
    for (let tries = 0; ; tries++) {
      const end = now.end.ok ? await work(now.end.value) : now.end;
      if (end.ok || end.error.code !== 'STEP_MCP_AUTH' || tries === MAX_TRIES) return end;
      try {
        signing ??= signIn(asking).finally(() => (signing = null)); // requests side by side need one sign-in
        if (!(await signing)) return now.end.ok ? end : now.end;
      } catch (error) {
        const at = { server: parts.server, what: 'its sign-in', signal: asking.signal, why: null, isStarting: true };
        return { ok: false, error: faultOf(error, at) };
      }
    }
  };
  const started = await asked(call, async (connection) => ({ ok: true, value: connection }));
  if (!started.ok) {
    closeDesk(desk);
    return started;
  }
  const current = (): McpConnection => (now.end.ok ? now.end.value : started.value);
  return {
    ok: true,
    value: {
      get about() {
        return current().about;
      },
      request: (body, asking) => asked(asking, (connection) => connection.request(body, asking)),
      list: (kind, asking) => asked(asking, (connection) => connection.list(kind, asking)),
      updates: (uri, asking) => asked(asking, (connection) => connection.updates(uri, asking)),
      ping: (asking) => asked(asking, (connection) => connection.ping(asking)),
      changes: () => changed + current().changes(),
      isEnded: () => !now.end.ok || current().isEnded(),
      async close() {
        closeDesk(desk);
        await current().close();
      },
    },
  };
}

/** Where a person signs in, as long as the connection lasts. */
interface Desk {
  readonly loopback: Loopback;
  readonly provider: OAuthClientProvider | null;
  /** Waits for the person where one was sent to a browser. False where none was, or it was given up. */
  finish(transport: StreamableHTTPClientTransport, signal: AbortSignal): Promise<boolean>;
}

async function openDesk({ provider, show }: SigningIn): Promise<Desk> {
  const loopback = await listenForBrowser();
  let isShown = false;
  const showing: SignIn['show'] = (server, url) => {
    isShown = true;
    show(server, url);
  };
  return {
    loopback,
    provider: provider({ loopback, show: showing }),
    async finish(transport, signal) {
      if (!isShown) return false;
      isShown = false;
      const params = await loopback.arrived(signal);
      if (params !== null) await transport.finishAuth(params);
      return params !== null;
    },
  };
}

function closeDesk(desk: Desk | null): void {
  desk?.loopback.close();
}
