/** Reads `.mcp.json`: MCP servers in the form that other tools share (`mcpServers`). Its texts may hold `${NAME}`. Reads no file. */
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { depthOfText, MAX_GIVEN_DEPTH } from '../../core/json-depth.ts';
import { readServer } from '../../core/plan/mcp-request.ts';
import type { Layer, Setting } from './config.ts';

/** A server that cannot be used is kept with its `fault`: whoever names it is told. */
export function sharedServers(text: string, file: string): Layer {
  const layer = new Map<string, Setting>();
  const servers = serversIn(text);
  for (const [name, given] of Object.entries(servers)) {
    const server = speaks(given) ? readServer(name, file, ownForm(given)) : 'has a `type` that giga does not speak';
    const value = typeof server === 'string' ? { from: file, fault: server } : (server as unknown as Json); // it is made of what was read
    layer.set(`mcp.${name}`, { value, origin: { kind: 'project', text: file } });
  }
  return layer;
}

function serversIn(text: string): JsonObject {
  if (depthOfText(text) > MAX_GIVEN_DEPTH) return {};
  try {
    const read: unknown = JSON.parse(text);
    const servers = isJsonObject(read) ? read['mcpServers'] : undefined;
    return isJsonObject(servers) ? servers : {};
  } catch {
    return {};
  }
}

const SPOKEN: readonly unknown[] = [undefined, 'stdio', 'http', 'streamable-http'];

/** The older way, `sse`, is another protocol. */
function speaks(server: Json): boolean {
  return !isJsonObject(server) || SPOKEN.includes(server['type']);
}

/** Without `type`: `command` and `url` say it anyway. */
function ownForm(server: Json): Json {
  if (!isJsonObject(server)) return server;
  const { type: _, ...own } = server;
  return own;
}
