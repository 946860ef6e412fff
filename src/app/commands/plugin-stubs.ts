/** Servers that a case stands for: a real one on loopback, behind the check of hosts that a plugin meets anywhere. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { HttpClient, HttpEnd } from '../../core/http.ts';
import { allowsHost } from '../../core/net/hosts.ts';
import type { AttemptError } from '../../core/run/event.ts';
import { createHttpClient } from '../../host/http/client.ts';
import type { Stub } from './plugin-cases.ts';

export interface Stubs {
  readonly http: HttpClient;
  /** What servers answer from now on. */
  set(stubs: readonly Stub[]): void;
  close(): void;
}

const HOST = '127.0.0.1';

/** The server starts with the first request that has an answer. */
export function createStubs(): Stubs {
  let stubs: readonly Stub[] = [];
  let listening: Promise<Server> | null = null;
  const client = createHttpClient();
  const listen = (): Promise<Server> =>
    new Promise((resolve, reject) => {
      const server = createServer((request, response) => {
        const stub = stubs[Number(request.url?.slice(1))];
        request.resume();
        response.writeHead(stub?.status ?? 404, { ...stub?.headers });
        response.end(stub?.body ?? '');
      });
      server.once('error', reject).listen(0, HOST, () => resolve(server.unref()));
    });
  return {
    set: (next) => void (stubs = next),
    close: () => void listening?.then((server) => server.close().closeAllConnections()),
    http: {
      async send(call, signal) {
        const host = URL.parse(call.url)?.hostname;
        if (host === undefined) return failed(problem('STEP_HTTP_FAILED', `\`${call.url}\` is no address.`));
        if (!allowsHost(call.net, host))
          return failed(
            problem('STEP_HTTP_REFUSED', `\`${host}\` is not among the hosts of \`permissions: { net }\`.`),
          );
        const at = stubs.findIndex(({ method, url }) => method === call.method && url === call.url);
        if (at < 0)
          return failed(
            problem('STEP_HTTP_FAILED', `The case has no answer for ${call.method} ${call.url} under \`http\`.`),
          );
        const { port } = (await (listening ??= listen())).address() as AddressInfo; // of a server that listens on a port
        const url = `http://${HOST}:${port}/${at}`;
        return client.send({ ...call, url, net: [HOST], named: [HOST] }, signal);
      },
    },
  };
}

function failed(error: AttemptError): HttpEnd {
  return { kind: 'failed', error };
}
