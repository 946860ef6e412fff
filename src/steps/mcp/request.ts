/** Takes the evaluated request of an `mcp` step apart. Pure. */
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { McpRequestBody } from '../../core/mcp.ts';
import type { McpRequest } from '../../core/plan/mcp-request.ts';

export interface Asked {
  readonly request: McpRequest;
  readonly body: McpRequestBody;
}

/** The compiler makes these; a wrong one is mostly a value that turned out to be another. */
export function readRequest(json: JsonObject): Asked | Diagnostic {
  const { server, tool, resource, prompt, arguments: args = {} } = json;
  if (!isJsonObject(server) || typeof server['name'] !== 'string') return bad('The server is missing.');
  if (!isJsonObject(args)) return bad('`arguments` is no map.');
  const request = json as unknown as McpRequest; // its parts are checked here; the others are the compiler's own
  if (typeof tool === 'string') return { request, body: { kind: 'tool', name: tool, arguments: args } };
  if (typeof prompt === 'string') return { request, body: { kind: 'prompt', name: prompt, arguments: args } };
  if (typeof resource === 'string') return { request, body: { kind: 'resource', uri: resource } };
  return bad('The name of what is asked for is no text.');
}

function bad(message: string): Diagnostic {
  return problem('STEP_BAD_REQUEST', message, { hint: 'See what its values come to: `giga why` shows the parts.' });
}
