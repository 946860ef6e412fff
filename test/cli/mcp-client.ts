/** Connects the official client of MCP to `giga mcp serve`, as a user would configure it. Knows no workflow. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { type Running, start, until } from '../e2e/place.ts';
import type { Workplace } from './giga.ts';

/** The protocol with a handshake, and the one without. */
export type Era = '2025' | '2026';
export const ERAS: readonly Era[] = ['2025', '2026'];

export interface Connected {
  readonly client: Client;
  /** The process of the server. */
  readonly pid: number;
  /** What the server wrote to stderr. */
  readonly err: () => string;
  close(): Promise<void>;
  /** Says to the server, where there are sessions, that this one is over. */
  leave(): Promise<void>;
}

function newClient(era: Era): Client {
  const options = era === '2026' ? { versionNegotiation: { mode: { pin: '2026-07-28' } } } : {};
  return new Client({ name: 'test', version: '1' }, options);
}

/** `{ command: giga, args: [mcp, serve] }`. */
export async function connectStdio(place: Workplace, era: Era, ...args: string[]): Promise<Connected> {
  const env = Object.entries(place.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [place.program, 'mcp', 'serve', ...args],
    cwd: place.folder,
    env: Object.fromEntries(env),
    stderr: 'pipe',
  });
  let err = '';
  transport.stderr?.on('data', (data: Buffer) => (err += data.toString()));
  const client = newClient(era);
  await client.connect(transport);
  return { client, pid: transport.pid ?? 0, err: () => err, close: () => client.close(), leave: () => client.close() };
}

export interface HttpServer {
  readonly running: Running;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/** `giga mcp serve --http 0`, and what it says of itself. */
export async function serveHttp(place: Workplace, ...args: string[]): Promise<HttpServer> {
  const running = start(place, 'mcp', 'serve', '--http', '0', ...args);
  let out = '';
  running.child.stdout?.on('data', (data: string) => (out += data));
  await until(() => out.includes('\n') || running.child.exitCode !== null);
  const { url, headers } = JSON.parse(out).mcpServers.giga;
  return { running, url: new URL(url), headers };
}

export async function connectHttp({ url, headers, running }: HttpServer, era: Era): Promise<Connected> {
  const client = newClient(era);
  const transport = new StreamableHTTPClientTransport(url, { requestInit: { headers } });
  await client.connect(transport);
  const leave = (): Promise<void> => transport.terminateSession();
  return { client, pid: running.child.pid ?? 0, err: () => '', close: () => client.close(), leave };
}
