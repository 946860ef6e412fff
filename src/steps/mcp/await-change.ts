/**
 * Reads a resource once it is another than it was: subscribes, notes what it is now, and waits to be told. A later attempt, of another
 * process too, subscribes anew and goes on from what was noted, so that nothing that changed meanwhile is missed. Knows no pool.
 */
import { problem } from '../../core/diagnostic/diagnostic.ts';
import { digest, isJsonObject, type JsonObject } from '../../core/json.ts';
import type { McpConnection, McpEnd, McpUpdates } from '../../core/mcp.ts';
import type { StepContext } from '../../core/ports.ts';
import type { Answer } from './gateway.ts';

export interface Awaiting {
  readonly server: string;
  readonly uri: string;
  readonly context: StepContext;
  /** Reads it, and does something more with the connection before. */
  read(first: (connection: McpConnection) => Promise<McpEnd<null>>): Promise<McpEnd<Answer>>;
  subscribe(connection: McpConnection): Promise<McpEnd<McpUpdates>>;
}

export async function awaitChange({ server, uri, context, read, subscribe }: Awaiting): Promise<McpEnd<Answer>> {
  let before = digestIn(context.work.news ?? []);
  let updates: McpUpdates | null = null;
  const first = async (connection: McpConnection): Promise<McpEnd<null>> => {
    if (updates !== null) return { ok: true, value: null };
    const subscribed = await subscribe(connection);
    if (!subscribed.ok) return subscribed;
    updates = subscribed.value;
    return { ok: true, value: null };
  };
  const watched = (): McpUpdates | null => updates;
  try {
    for (;;) {
      const end = await read(first);
      if (!end.ok) return end;
      const now = digest(end.value.outputs);
      if (before !== null && now !== before) return end;
      if (before === null && !(await context.note({ kind: 'resource-seen', server, resource: uri, digest: now })))
        return stopped();
      before = now;
      context.progress(`waits for a change of ${uri}`);
      const next = await watched()?.next(context.signal);
      if (next === 'stopped') return stopped();
      if (next !== 'updated') return lost(server, uri);
      context.alive?.();
    }
  } finally {
    watched()?.end();
  }
}

/** What it was when the first attempt looked. */
function digestIn(news: readonly JsonObject[]): string | null {
  const seen = news.find((one) => isJsonObject(one) && one['kind'] === 'resource-seen');
  const value = seen?.['digest'];
  return typeof value === 'string' ? value : null;
}

function stopped(): McpEnd<never> {
  return { ok: false, error: problem('STEP_CANCELLED', 'The step was stopped while it waited for a change.') };
}

function lost(server: string, uri: string): McpEnd<never> {
  const message = `The MCP server \`${server}\` was lost while a change of \`${uri}\` was waited for.`;
  return { ok: false, error: { ...problem('STEP_MCP_LOST', message), retryable: true } };
}
