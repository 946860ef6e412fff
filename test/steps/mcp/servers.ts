/** Steps of the type `mcp` with real servers: programs that the test starts, and one that listens on this machine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import type { Capabilities } from '../../../src/core/capability.ts';
import type { Result } from '../../../src/core/diagnostic/diagnostic.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { EMPTY_LOCK, type Lock } from '../../../src/core/lock.ts';
import type { McpFace } from '../../../src/core/mcp.ts';
import type { McpServer } from '../../../src/core/plan/mcp-request.ts';
import type { StepAnswer } from '../../../src/core/ports.ts';
import { createClock } from '../../../src/host/clock.ts';
import { type ConnectorOptions, createMcpConnector } from '../../../src/host/mcp/connect.ts';
import { createGateway, type Gateway } from '../../../src/steps/mcp/gateway.ts';
import { createMcpStep } from '../../../src/steps/mcp/mcp.ts';
import { withOwnServers } from '../../../src/steps/mcp/own-servers.ts';
import { createMcpPool, type McpPool } from '../../../src/steps/mcp/pool.ts';
import type { Answered } from '../../../src/steps/mcp/recall.ts';
import { type ContextMore, contextFor } from '../context.ts';

const require = createRequire(import.meta.url);
const fileOf = (name: string): string => join(dirname(require.resolve(`${name}/package.json`)), 'dist', 'index.js');
const EVERYTHING = fileOf('@modelcontextprotocol/server-everything');
const FILESYSTEM = fileOf('@modelcontextprotocol/server-filesystem');

export const everything: McpServer = { name: 'everything', command: process.execPath, args: [EVERYTHING] };
export const filesystem = (folder: string): McpServer => ({
  name: 'files',
  command: process.execPath,
  args: [FILESYSTEM, folder],
});
export const faulty = (mode = '', more: Partial<McpServer> = {}): McpServer => ({
  name: 'faulty',
  command: process.execPath,
  args: [resolve('test/steps/mcp/faulty-server.mjs'), mode],
  ...more,
});

export interface Bench {
  readonly pool: McpPool;
  readonly gateway: Gateway;
  readonly answered: Answered;
  perform(server: McpServer, asked: JsonObject, more?: ContextMore): Promise<StepAnswer>;
}
export interface BenchOptions extends ConnectorOptions {
  readonly lock?: Lock;
  readonly secrets?: ReadonlyMap<string, string>;
  readonly face?: Partial<McpFace>;
  readonly capabilities?: Capabilities;
}

/** A pool with a gateway and a step type in the workspace `root`. Whoever opens it closes its pool. */
export function openBench(
  root: string,
  { lock = EMPTY_LOCK, secrets = new Map(), face = {}, capabilities = new Map(), ...connecting }: BenchOptions = {},
): Bench {
  const clock = createClock();
  const connector = withOwnServers(createMcpConnector(connecting), capabilities, clock);
  const around = { secrets, env: { ...process.env, HOST_ONLY: 'h' }, root };
  const pool = createMcpPool({ connector, clock, around, face: { roots: [root], ...face } });
  const read: Result<Lock> = { ok: true, value: lock };
  const gateway = createGateway({ fault: connector.fault, lock: async () => read });
  const step = createMcpStep({ pool, gateway, clock });
  return {
    pool,
    gateway,
    answered: new WeakMap(),
    perform: (server, asked, more = {}) =>
      step.perform({ server: server as unknown as JsonObject, ...asked }, contextFor(root, { action: 'mcp', ...more })), // plain JSON
  };
}

export interface Listening {
  readonly server: McpServer;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

/** server-everything over HTTP, at a port that was free a moment ago. */
export async function listenEverything(): Promise<Listening> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise<void>((done) => probe.once('listening', done));
  const { port } = probe.address() as AddressInfo; // it listens at a port
  await new Promise<void>((done) => probe.close(() => done()));
  const child = spawn(process.execPath, [EVERYTHING, 'streamableHttp'], {
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await new Promise<void>((done, fail) => {
    const look = (chunk: Buffer): void => {
      if (chunk.toString().includes('listening')) done();
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.once('exit', (code) => fail(new Error(`it ended with ${code}`)));
  });
  return {
    server: { name: 'everything', url: `http://127.0.0.1:${port}/mcp` },
    process: child,
    stop: () =>
      new Promise((done) => {
        child.once('exit', () => done());
        child.kill('SIGKILL');
      }),
  };
}
