/** Listens on this machine for the browser that comes back from an authorization server. Knows no tokens. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Loopback {
  /** Where the browser is sent back to. */
  readonly url: string;
  /** What only this sign-in knows: an answer without it is not for us. */
  readonly state: string;
  /** What the browser brought, each time that it comes; null when it was given up. */
  arrived(signal: AbortSignal): Promise<URLSearchParams | null>;
  close(): void;
}

const PATH = '/callback';
const STATE_BYTES = 24;

export async function listenForBrowser(): Promise<Loopback> {
  const state = randomBytes(STATE_BYTES).toString('base64url');
  let arrive: (params: URLSearchParams) => void = () => {};
  const next = (): Promise<URLSearchParams> =>
    new Promise((resolve) => {
      arrive = resolve;
    });
  let arrival = next();
  const server = createServer((request, response) => {
    const url = URL.parse(request.url ?? '', 'http://127.0.0.1');
    const isOurs = request.method === 'GET' && url?.pathname === PATH && url.searchParams.get('state') === state;
    response.writeHead(isOurs ? 200 : 404, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
    response.end(
      isOurs ? 'giga has what it needs. You may close this window.\n' : 'This is nothing that giga waits for.\n',
    );
    if (isOurs && url !== null) arrive(url.searchParams);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo; // it listens at a port
  return {
    url: `http://127.0.0.1:${port}${PATH}`,
    state,
    async arrived(signal) {
      let stop = (): void => {};
      const stopped = new Promise<null>((resolve) => {
        stop = () => resolve(null);
        signal.addEventListener('abort', stop);
        if (signal.aborted) stop();
      });
      const params = await Promise.race([arrival, stopped]);
      signal.removeEventListener('abort', stop);
      if (params !== null) arrival = next();
      return params;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
