/** Serves over HTTP, on the loopback address only, to those who have the token. Knows the transport, not what is served. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server';
import { problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import { errorCode } from '../../host/files.ts';
import { refuseAtGate } from './gate.ts';
import { openCounter, type Shop } from './server.ts';
import { type Serving, serving } from './serving.ts';
import { makeSessions } from './sessions.ts';
import { sendResponse, webRequest } from './web.ts';

export interface HttpServing extends Serving {
  readonly url: string;
  /** Each request names it: `Authorization: Bearer TOKEN`. */
  readonly token: string;
}

const PATH = '/mcp';
const METHODS = ['GET', 'POST', 'DELETE'];
const TOKEN_BYTES = 32;
/** How long answers that are under way may take when the server stops. */
const LAST_MS = 2_000;

/** `port` 0 takes one that is free. */
export async function serveOverHttp(shop: Shop, port: number): Promise<Result<HttpServing>> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const modern = createMcpHandler((context) => openCounter(shop, context).server, {
    legacy: 'reject',
    onerror: (error) => shop.log(error.message),
  });
  const sessions = makeSessions(() => openCounter(shop, { era: 'legacy' }));
  const underWay = new Set<Promise<void>>();
  const http = createServer((incoming, outgoing) => {
    const work = answer(incoming, outgoing).catch((error: Error) => {
      shop.log(error.message);
      outgoing.destroy();
    });
    underWay.add(work);
    void work.then(() => underWay.delete(work));
  });

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const refusal = refuseAtGate({ port: portOf(http), token }, incoming.headers);
    if (refusal !== null) return refuse(outgoing, refusal.status, refusal.text, refusal.headers);
    if (incoming.url !== PATH) return refuse(outgoing, 404, `There is nothing but ${PATH} here.`);
    if (!METHODS.includes(incoming.method ?? '')) return refuse(outgoing, 405, 'This is not done here.');
    const request = webRequest(incoming, outgoing);
    const fetch = (await isLegacyRequest(request)) ? sessions.fetch : modern.fetch;
    await sendResponse(await fetch(request), outgoing);
  }
  const unheard = await listen(http, port);
  if (unheard !== null) {
    const hint = 'Give another port, or 0 for one that is free.';
    const message = `Port ${port} of 127.0.0.1 cannot be listened at: ${unheard}.`;
    return { ok: false, diagnostics: [problem('CLI_LISTEN', message, { hint })] };
  }
  const closed = new Promise<void>((resolve) => http.on('close', resolve));
  const close = async (): Promise<void> => {
    http.close();
    await Promise.all([sessions.close(), modern.close()]);
    const last = new Promise((resolve) => setTimeout(resolve, LAST_MS).unref());
    await Promise.race([Promise.all(underWay), last]);
    http.closeAllConnections();
  };
  const url = `http://127.0.0.1:${portOf(http)}${PATH}`;
  return { ok: true, value: { ...serving(shop, closed, close), url, token } };
}

function portOf(http: Server): number {
  return (http.address() as AddressInfo).port; // it listens at a port, not at a file
}

/** The code of what the system refused, or null. */
function listen(http: Server, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    http.once('error', (error) => resolve(errorCode(error) ?? error.message));
    http.listen(port, '127.0.0.1', () => resolve(null));
  });
}

function refuse(
  outgoing: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  outgoing.writeHead(status, { ...headers, 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
