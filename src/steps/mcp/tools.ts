/** The tools of MCP servers as an agent calls them. Knows the gateway, no model. */
import type { Result } from '../../core/diagnostic/diagnostic.ts';
import { digest, isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { McpCall, McpTool } from '../../core/mcp.ts';
import { isAllowedTool, type McpServer } from '../../core/plan/mcp-request.ts';
import type { AttemptError } from '../../core/run/event.ts';
import type { Tool, ToolAnswer, ToolContent } from '../tool.ts';
import type { Answer, Gateway } from './gateway.ts';
import { type McpPool, USUAL_CALL_TIMEOUT_MS } from './pool.ts';
import type { Sampler } from './sampler.ts';

export interface Offer {
  readonly servers: readonly McpServer[];
  /** `SERVER.TOOL`, with `*` for any characters; absent: all that the servers themselves allow. */
  readonly allow?: readonly string[];
  /** Who answers model calls of a server. */
  readonly sampler: (server: McpServer) => Sampler;
  /** Stops the start of servers. */
  readonly signal: AbortSignal;
}

/**
 * All tools of the servers, in the order of the servers and of their lists; each call is checked as that of an `mcp` step is. Fails when
 * a server cannot be used, or is not what was pinned: an agent must not begin with half of its tools.
 */
export async function toolsOf(
  { pool, gateway }: { readonly pool: McpPool; readonly gateway: Gateway },
  { servers, allow, sampler, signal }: Offer,
): Promise<Result<readonly Tool[]>> {
  const tools: Tool[] = [];
  const taken = new Set<string>();
  for (const server of servers) {
    const call: McpCall = { signal, timeoutMs: server.timeoutMs ?? USUAL_CALL_TIMEOUT_MS };
    const lease = await pool.lease(server, call);
    if (!lease.ok) return { ok: false, diagnostics: [lease.error] };
    const { sample } = sampler(server);
    const listed = await gateway.tools(server, lease.value.connection, call);
    lease.value.release(listed.ok ? undefined : listed.error);
    if (!listed.ok) return { ok: false, diagnostics: [listed.error] };
    for (const tool of listed.value) {
      if (!isAllowedTool(allow, `${server.name}.${tool.name}`)) continue;
      const name = freeName(server.name, tool.name, taken);
      taken.add(name);
      tools.push(asTool(name, { server, sample }, tool, { pool, gateway }));
    }
  }
  return { ok: true, value: tools };
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

function asTool(
  name: string,
  { server, sample }: { readonly server: McpServer; readonly sample: Sampler['sample'] },
  { name: tool, description, inputSchema }: McpTool,
  { pool, gateway }: { readonly pool: McpPool; readonly gateway: Gateway },
): Tool {
  return {
    name,
    description,
    inputSchema,
    async call(args, { signal, progress }): Promise<ToolAnswer> {
      const call: McpCall = { signal, timeoutMs: server.timeoutMs ?? USUAL_CALL_TIMEOUT_MS, progress, sample };
      const lease = await pool.lease(server, call);
      if (!lease.ok) return refusal(lease.error);
      const end = await gateway.send(
        { server, body: { kind: 'tool', name: tool, arguments: args } },
        lease.value.connection,
        call,
      );
      lease.value.release(end.ok ? undefined : end.error);
      return end.ok ? answerOf(end.value) : refusal(end.error);
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
