/**
 * The client that the conformance suite of MCP starts: connects to the server at the address in its last argument by giga's own client
 * layer, lists the tools and calls each. Credentials are those that the suite puts into the
 * environment.
 */
import { sampleOf } from '../../src/app/commands/sample.ts';
import { isJsonObject, type JsonObject } from '../../src/core/json.ts';
import type { McpCall, McpConnection, McpCredentials, McpEnd, McpFace, McpTarget } from '../../src/core/mcp.ts';
import { createMcpConnector } from '../../src/host/mcp/connect.ts';

const TIMEOUT_MS = 20_000;
const MAX_BYTES = 2 ** 20;

const url = process.argv.at(-1) ?? '';
const scenario = process.env['MCP_CONFORMANCE_SCENARIO'];
const auth = await authOf(JSON.parse(process.env['MCP_CONFORMANCE_CONTEXT'] ?? '{}'));
const target: McpTarget = {
  kind: 'http',
  named: ['localhost', '127.0.0.1'],
  name: 'suite',
  url,
  headers: {},
  ...(auth && { auth }),
};
const call: McpCall = { signal: AbortSignal.timeout(TIMEOUT_MS), timeoutMs: TIMEOUT_MS };

process.exitCode = await main();

async function main(): Promise<number> {
  const connector = createMcpConnector();
  const face: McpFace = { roots: [], elicit: async () => ({ action: 'accept', content: {} }), signIn: browse };
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

/** A browser in which somebody is signed in already: it is sent back at once. */
function browse(_server: string, address: string): void {
  fetch(address).then(
    async (page) => console.error(`the browser ended at ${page.status}`),
    (error: unknown) => console.error(`the browser: ${String(error)}`),
  );
}

/** What a user would have written down under `auth`: what the suite says, and where that holds. */
async function authOf(given: JsonObject): Promise<McpCredentials | undefined> {
  if (scenario === 'auth/basic-cimd') return { clientId: 'https://conformance-test.local/client-metadata.json' };
  const { client_id: clientId, client_secret: clientSecret, private_key_pem: privateKey } = given;
  if (typeof clientId !== 'string') return undefined;
  const issuer = await issuerOf(new URL(url));
  if (typeof privateKey === 'string') return { clientId, privateKey, issuer };
  return typeof clientSecret === 'string' ? { clientId, clientSecret, issuer } : { clientId };
}

/** Whoever has been given a secret knows whose it is. */
async function issuerOf({ origin, pathname }: URL): Promise<string> {
  const page = await fetch(`${origin}/.well-known/oauth-protected-resource${pathname}`);
  const { authorization_servers: servers } = (await page.json()) as JsonObject; // as the protocol says
  return Array.isArray(servers) ? String(servers[0]) : '';
}

function told(end: McpEnd<unknown>): number {
  if (!end.ok) console.error(`${end.error.code}: ${end.error.message}`);
  return 1;
}
