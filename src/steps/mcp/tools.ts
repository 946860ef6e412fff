/** The tools of MCP servers as an agent calls them. Knows the gateway, no model. */
import type { Result } from '../../core/diagnostic/diagnostic.ts';
import { digest, isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { McpCall, McpEnd, McpTool } from '../../core/mcp.ts';
import { isAllowedTool, type McpServer } from '../../core/plan/mcp-request.ts';
import type { AttemptError } from '../../core/run/event.ts';
import type { Tool, ToolAnswer, ToolContent } from '../tool.ts';
import type { Answer, Gateway } from './gateway.ts';
import { type McpPool, USUAL_CALL_TIMEOUT_MS } from './pool.ts';
import { type Answered, bringBack, type Past } from './recall.ts';
import type { Sampler } from './sampler.ts';

export interface Offer {
  readonly servers: readonly McpServer[];
  /** `SERVER.TOOL`, with `*` for any characters; absent: all that the servers themselves allow. */
  readonly allow?: readonly string[];
  /** Who answers model calls of a server. */
  readonly sampler: (server: McpServer) => Sampler;
  /** What was called before, of servers that remember it. Absent: nothing, and nothing is called twice. */
  readonly past?: Past;
  /** Stops the start of servers. */
  readonly signal: AbortSignal;
}
/** What servers of a run are asked by. */
export interface ServerMeans {
  readonly pool: McpPool;
  readonly gateway: Gateway;
  readonly answered: Answered;
}

/** The tools of servers, as these said last. */
export interface ServerTools {
  readonly tools: () => readonly Tool[];
  /**
   * Asks servers that said that their tools are others: for the names that came, went and are different. Fails where they are not what was
   * pinned. A server that is not there is not started for it.
   */
  refresh(signal: AbortSignal): Promise<Result<readonly ChangedTools[]>>;
}
export interface ChangedTools {
  readonly server: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

/** A server of the offer, with its tools as it listed them last. */
interface Listed {
  readonly server: McpServer;
  readonly sample: Sampler['sample'];
  tools: readonly McpTool[];
}

/**
 * All tools of the servers, in the order of the servers and of their lists; each call is checked as that of an `mcp` step is. Fails when
 * a server cannot be used, or is not what was pinned: an agent must not begin with half of its tools.
 */
export async function toolsOf(means: ServerMeans, offer: Offer): Promise<Result<ServerTools>> {
  const { pool, gateway } = means;
  const { servers, sampler, signal } = offer;
  const all: Listed[] = [];
  for (const server of servers) {
    const { sample } = sampler(server);
    const call = callOf(server, signal);
    const lease = await pool.lease(server, call);
    if (!lease.ok) return { ok: false, diagnostics: [lease.error] };
    const listed = await gateway.tools(server, lease.value.connection, call);
    lease.value.release(listed.ok ? undefined : listed.error);
    if (!listed.ok) return { ok: false, diagnostics: [listed.error] };
    all.push({ server, sample, tools: listed.value });
  }
  let tools = named(all, means, offer);
  return {
    ok: true,
    value: {
      tools: () => tools,
      async refresh(stop) {
        const changes: ChangedTools[] = [];
        for (const one of all) {
          const connection = pool.current(one.server);
          const listed = connection && (await gateway.tools(one.server, connection, callOf(one.server, stop)));
          if (listed?.ok === false && listed.error.code.startsWith('POLICY_'))
            return { ok: false, diagnostics: [listed.error] };
          if (!listed?.ok || listed.value === one.tools) continue; // a call will say what is wrong
          changes.push(...differences(one, listed.value));
          one.tools = listed.value;
        }
        if (changes.length > 0) tools = named(all, means, offer);
        return { ok: true, value: changes };
      },
    },
  };
}

function callOf(server: McpServer, signal: AbortSignal): McpCall {
  return { signal, timeoutMs: server.timeoutMs ?? USUAL_CALL_TIMEOUT_MS };
}

function named(all: readonly Listed[], means: ServerMeans, offer: Offer): readonly Tool[] {
  const tools: Tool[] = [];
  const taken = new Set<string>();
  for (const { server, sample, tools: listed } of all) {
    const own = new Map<string, string>();
    for (const tool of listed) {
      if (!isAllowedTool(offer.allow, `${server.name}.${tool.name}`)) continue;
      const name = freeName(server.name, tool.name, taken);
      taken.add(name);
      own.set(name, tool.name);
      tools.push(asTool(name, { server, sample, own, past: offer.past }, tool, means));
    }
  }
  return tools;
}

/** Another connection lists the same tools anew: what is the same is no change. */
function differences({ server, tools }: Listed, now: readonly McpTool[]): readonly ChangedTools[] {
  const before = new Map(tools.map((tool) => [tool.name, tool]));
  const after = new Map(now.map((tool) => [tool.name, tool]));
  const added = [...after.keys()].filter((name) => !before.has(name));
  const removed = [...before.keys()].filter((name) => !after.has(name));
  const changed = [...after].flatMap(([name, tool]) => {
    const was = before.get(name);
    return was !== undefined && digest(plain(was)) !== digest(plain(tool)) ? [name] : [];
  });
  return added.length + removed.length + changed.length === 0 ? [] : [{ server: server.name, added, removed, changed }];
}

function plain(tool: McpTool): JsonObject {
  return tool as unknown as JsonObject; // it came as JSON
}

const MAX_NAME = 128;
const SHORT_DIGEST = 8;

/** A name that a model may call; where two would be the same, a digest tells them apart. */
function freeName(server: string, tool: string, taken: ReadonlySet<string>): string {
  const plain = `${server}__${tool}`.replaceAll(/[^A-Za-z0-9_-]/g, '_');
  if (plain.length <= MAX_NAME && !taken.has(plain)) return plain;
  const tail = `_${digest([server, tool]).slice(0, SHORT_DIGEST)}`;
  return plain.slice(0, MAX_NAME - tail.length) + tail;
}

interface Owner {
  readonly server: McpServer;
  readonly sample: Sampler['sample'];
  /** Names that the model sees, with those of the server. */
  readonly own: ReadonlyMap<string, string>;
  readonly past: Past | undefined;
}

function asTool(
  name: string,
  owner: Owner,
  { name: tool, description, inputSchema }: McpTool,
  { pool, gateway, answered }: ServerMeans,
): Tool {
  const { server, sample, own } = owner;
  const past = server.stateful === true ? owner.past : undefined;
  return {
    name,
    description,
    inputSchema,
    async call(args, { signal, progress, callId = '' }): Promise<ToolAnswer> {
      const call: McpCall = { ...callOf(server, signal), progress, sample };
      const lease = await pool.lease(server, call);
      if (!lease.ok) return refusal(lease.error);
      const { connection, release } = lease.value;
      const ask = async (called: string, given: JsonObject): Promise<McpEnd<ToolAnswer>> => {
        const body = { kind: 'tool', name: called, arguments: given } as const;
        const end = await gateway.send({ server, body }, connection, call);
        return end.ok ? { ok: true, value: answerOf(end.value) } : end;
      };
      const lost =
        past &&
        (await bringBack({
          server: server.name,
          connection,
          answered,
          past,
          isOwn: (other) => own.has(other),
          again: (before) => ask(own.get(before.tool) ?? before.tool, before.args),
        }));
      if (lost) {
        release();
        return { verdict: 'failed', content: [{ type: 'text', text: lost }] };
      }
      const end = await ask(tool, args);
      release(end.ok ? undefined : end.error);
      if (!end.ok) return refusal(end.error);
      if (past && end.value.verdict === 'ok') {
        past.calls.push({ id: callId, tool: name, args, digest: past.digest(callId, end.value) });
        answered.get(connection)?.add(callId);
      }
      return end.value;
    },
  };
}

/** What a model is told where there was no answer: it may try something else. */
function refusal({ code, message }: AttemptError): ToolAnswer {
  return { verdict: code.startsWith('POLICY_') ? 'denied' : 'failed', content: [{ type: 'text', text: message }] };
}

function answerOf({ outputs, isError }: Answer): ToolAnswer {
  const { content, structured } = outputs;
  const parts = Array.isArray(content)
    ? content.flatMap((part: Json) => (isJsonObject(part) ? contentOf(part) : []))
    : [];
  return {
    verdict: isError ? 'failed' : 'ok',
    content: parts,
    ...(structured !== undefined && structured !== null && { structured }),
  };
}

/** Texts and images are themselves; of anything else its JSON, without what only a machine can read. */
function contentOf(part: JsonObject): readonly ToolContent[] {
  const { type, text, mimeType, data, resource } = part;
  if (type === 'text' && typeof text === 'string') return [{ type, text }];
  if (type === 'image' && typeof data === 'string' && typeof mimeType === 'string')
    return [{ type, mediaType: mimeType, data }];
  if (type === 'resource' && isJsonObject(resource) && typeof resource['text'] === 'string')
    return [{ type: 'text', text: resource['text'] }];
  const { data: _data, blob: _blob, ...rest } = isJsonObject(resource) ? resource : part;
  return [{ type: 'text', text: JSON.stringify(rest) }];
}
