/**
 * The one way out of a sandbox: a proxy at a socket, which reaches the hosts that `permissions` name and no others, by addresses that it looked
 * up itself. Inside, a forwarder listens on the loopback of the sandbox. Knows no mounts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { guard, type Permitted, type Resolve, systemResolve } from '../http/guard.ts';

export interface Egress {
  /** The folder that holds the socket. */
  readonly folder: string;
  close(): void;
}

const SOCKET = 'egress';
const INSIDE = '/run/giga';
const PORT = 3128;

/** Listens once it resolves. */
export async function openEgress(permitted: Permitted, resolve: Resolve = systemResolve): Promise<Egress> {
  const folder = mkdtempSync(join(tmpdir(), 'giga-egress-'));
  const open = new Set<Duplex>();
  const server = createServer((request, response) => void relay(request, response, permitted, resolve));
  server.on('connection', (socket) => track(open, socket));
  server.on('connect', (request, socket, head) => void tunnel({ request, socket, head, open }, permitted, resolve));
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(join(folder, SOCKET), done);
  });
  return {
    folder,
    close() {
      server.close();
      for (const socket of open) socket.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The mount of the socket, the variables by which programs find the way, and what stands before the command. */
export function egressArguments({ folder }: Egress, node: string) {
  const proxy = `http://127.0.0.1:${PORT}`;
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'];
  return {
    mounts: ['--ro-bind', folder, INSIDE],
    env: { ...Object.fromEntries(names.map((name) => [name, proxy])), NO_PROXY: 'localhost', NODE_USE_ENV_PROXY: '1' },
    before: [node, '-e', FORWARDER, '--', `${INSIDE}/${SOCKET}`],
  };
}

/** Runs inside: hands connections on to the socket while the command runs, and ends as it does. */
const FORWARDER = `
const net = require('node:net');
const [socket, file, ...args] = process.argv.slice(1);
const server = net.createServer((from) => {
  const to = net.connect(socket);
  from.on('error', () => to.destroy());
  to.on('error', () => from.destroy());
  from.pipe(to).pipe(from);
});
server.listen(${PORT}, '127.0.0.1', () => {
  const child = require('node:child_process').spawn(file, args, { stdio: 'inherit' });
  child.on('error', (error) => { console.error(error.message); process.exit(127); });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + require('node:os').constants.signals[signal]));
});`;

function track(open: Set<Duplex>, socket: Duplex): void {
  open.add(socket);
  socket.on('error', () => socket.destroy());
  socket.once('close', () => open.delete(socket));
}

interface Tunnel {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly open: Set<Duplex>;
}

/** What goes through is encrypted, mostly: nothing of it is looked at. */
async function tunnel({ request, socket, head, open }: Tunnel, permitted: Permitted, resolve: Resolve): Promise<void> {
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(request.url ?? '') ?? [];
  const found = await addressOf(host, permitted, resolve);
  if (!found.ok)
    return void socket.end(
      `HTTP/1.1 403 Forbidden\r\ncontent-length: ${Buffer.byteLength(found.why)}\r\n\r\n${found.why}`,
    );
  const there: Socket = connect(Number(port), found.address);
  track(open, there);
  there.once('error', () => socket.destroy());
  there.once('connect', () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (head.length > 0) there.write(head);
    there.pipe(socket).pipe(there);
  });
  socket.once('close', () => there.destroy());
}

/** A plain request, by its whole address. */
async function relay(
  request: IncomingMessage,
  response: ServerResponse,
  permitted: Permitted,
  resolve: Resolve,
): Promise<void> {
  const refuse = (status: number, why: string): void => {
    response.writeHead(status, { 'content-type': 'text/plain' }).end(why);
  };
  const url = URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : null;
  if (url === null || url.protocol !== 'http:') return refuse(400, 'Only whole http addresses are asked here.');
  const found = await addressOf(url.hostname, permitted, resolve);
  if (!found.ok) return refuse(403, found.why);
  const { 'proxy-connection': _connection, 'proxy-authorization': _authorization, ...headers } = request.headers;
  const there = send(
    {
      host: found.address,
      port: url.port === '' ? 80 : Number(url.port),
      method: request.method,
      path: `${url.pathname}${url.search}`,
      headers: { ...headers, host: url.host },
      setHost: false,
    },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  there.on('error', (error) => (response.headersSent ? response.destroy() : refuse(502, error.message)));
  response.once('close', () => there.destroy());
  request.pipe(there);
}

type Address = { readonly ok: true; readonly address: string } | { readonly ok: false; readonly why: string };

async function addressOf(host: string, permitted: Permitted, resolve: Resolve): Promise<Address> {
  try {
    const found = await guard(host, permitted, resolve);
    if (!found.ok) return { ok: false, why: found.error.message };
    const [first] = found.addresses;
    return first === undefined
      ? { ok: false, why: `\`${host}\` has no address.` }
      : { ok: true, address: first.address };
  } catch (error) {
    return { ok: false, why: `\`${host}\` cannot be found: ${error instanceof Error ? error.message : String(error)}` };
  }
}
