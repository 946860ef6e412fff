/** Reads `.mcp.json`: MCP servers in the form that other tools share (`mcpServers`). Its texts may hold `${NAME}`. Reads no file. */
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { readServer } from '../../core/plan/mcp-request.ts';
import type { Layer, Setting } from './config.ts';

/** A server that cannot be used is kept with its `fault`: whoever names it is told. */
export function sharedServers(text: string, file: string): Layer {
  const layer = new Map<string, Setting>();
  const servers = serversIn(text);
  for (const [name, given] of Object.entries(servers)) {
    const server = readServer(name, file, isJsonObject(given) ? ownForm(given) : given);
    const value = typeof server === 'string' ? { from: file, fault: server } : (server as unknown as Json); // it is made of what was read
    layer.set(`mcp.${name}`, { value, origin: { kind: 'project', text: file } });
  }
  return layer;
}

function serversIn(text: string): JsonObject {
  try {
    const read: unknown = JSON.parse(text);
    const servers = isJsonObject(read) ? read['mcpServers'] : undefined;
    return isJsonObject(servers) ? servers : {};
  } catch {
    return {};
  }
}

/** `type` says what `command` and `url` say anyway; the older way of `sse` is another protocol, and stays a key that is not known. */
function ownForm({ type, ...server }: JsonObject): JsonObject {
  return type === undefined || type === 'stdio' || type === 'http' || type === 'streamable-http'
    ? server
    : { type, ...server };
}
