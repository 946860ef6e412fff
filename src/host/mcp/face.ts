/** Answers what an MCP server asks of giga: its roots, a question to a person, a model call. Knows no steps. */
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Client, ProtocolError } from '@modelcontextprotocol/client';
import { isJsonObject, type Json } from '../../core/json.ts';
import type { McpFace, McpSample } from '../../core/mcp.ts';

/** As the protocol has it for what a user refuses. */
const REFUSED = -1;

/** `sampler`: who answers model calls now; null where nobody does. */
export function answerServer(
  client: Client,
  server: string,
  { roots, elicit }: McpFace,
  sampler: () => McpSample | null,
): void {
  client.setRequestHandler('roots/list', () => ({
    roots: roots.map((path) => ({ uri: pathToFileURL(path).href, name: basename(path) })),
  }));
  client.setRequestHandler('elicitation/create', async ({ params }, { mcpReq: { signal } }) => {
    const asked: unknown = params;
    const { message, requestedSchema } = isJsonObject(asked) ? asked : {};
    if (elicit === undefined || typeof message !== 'string' || !isJsonObject(requestedSchema))
      return { action: 'decline' };
    const answer = await elicit({ server, message, schema: requestedSchema }, signal);
    return answer.action === 'accept' ? { action: 'accept', content: flat(answer.content) } : answer;
  });
  client.setRequestHandler('sampling/createMessage', async ({ params }, { mcpReq: { signal } }) => {
    const sample = sampler();
    if (sample === null) throw new ProtocolError(REFUSED, 'Model calls are not allowed here.');
    const asked: Json = JSON.parse(JSON.stringify(params));
    const answer = await sample(isJsonObject(asked) ? asked : {}, signal);
    if (!answer.ok) throw new ProtocolError(REFUSED, answer.error.message);
    return answer.value as never; // in the form of the protocol, which the library checks once more
  });
}

type Flat = Record<string, string | number | boolean | string[]>;

/** What a form holds: texts, numbers, flags and lists of texts. */
function flat(content: Readonly<Record<string, Json>>): Flat {
  const entries = Object.entries(content).flatMap(([name, value]): [string, Flat[string]][] => {
    if (Array.isArray(value)) return [[name, value.map(String)]];
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? [[name, value]] : [];
  });
  return Object.fromEntries(entries);
}
