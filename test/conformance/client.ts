/**
 * The client that the conformance suite of MCP starts: connects to the server at the address in its last argument by giga's own client
 * layer, lists the tools and calls each.
 */
import { sampleOf } from '../../src/app/commands/sample.ts';
import { isJsonObject, type JsonObject } from '../../src/core/json.ts';
import type { McpCall, McpConnection, McpEnd, McpTarget } from '../../src/core/mcp.ts';
import { createMcpConnector } from '../../src/host/mcp/connect.ts';

const TIMEOUT_MS = 20_000;
const MAX_BYTES = 2 ** 20;

const target: McpTarget = { kind: 'http', name: 'suite', url: process.argv.at(-1) ?? '', headers: {} };
const call: McpCall = { signal: AbortSignal.timeout(TIMEOUT_MS), timeoutMs: TIMEOUT_MS };

process.exitCode = await main();

async function main(): Promise<number> {
  const connector = createMcpConnector();
  const face = { roots: [], elicit: async () => ({ action: 'accept', content: {} }) as const };
  const connected = await connector.connect(target, face, { ...call, maxBytes: MAX_BYTES });
  if (!connected.ok) return told(connected);
  const failed = await useAll(connected.value);
  await connected.value.close();
  return failed;
}

async function useAll(connection: McpConnection): Promise<number> {
  const tools = await connection.list('tools', call);
  if (!tools.ok) return told(tools);
  for (const { name, inputSchema } of tools.value) {
    const given = inputSchema !== undefined && isJsonObject(inputSchema) ? sampleOf(inputSchema) : {};
    const body = { kind: 'tool', name: String(name), arguments: given as JsonObject } as const; // the schema is of an object
    const answer = await connection.request(body, call);
    if (!answer.ok) return told(answer);
    console.log(JSON.stringify({ tool: name, answer: answer.value }));
  }
  return 0;
}

function told(end: McpEnd<unknown>): number {
  if (!end.ok) console.error(`${end.error.code}: ${end.error.message}`);
  return 1;
}
