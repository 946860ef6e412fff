/**
 * The fetch by which giga reaches MCP servers, and what these send it to in turn (metadata, authorization servers): each host is looked up
 * once and refused where it is not public and nobody named it; its connection goes to the address that was checked. Follows no redirection.
 * Knows no MCP.
 */
import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { Readable } from 'node:stream';
import type { HttpHead } from '../../core/http.ts';
import type { AttemptError } from '../../core/run/event.ts';
import { exchange } from '../http/exchange.ts';
import { guard, systemResolve } from '../http/guard.ts';

export interface GuardedFetch {
  readonly fetch: typeof fetch;
  /** Why a host was refused, since this was asked last. */
  readonly refusal: () => AttemptError | null;
  /** Connections that are kept are closed. */
  close(): void;
}

const NO_BODY: ReadonlySet<number> = new Set([101, 204, 205, 304]);

/** `named`: hosts that may be private. */
export function guardedFetch(named: readonly string[]): GuardedFetch {
  const agents = { 'http:': new Agent({ keepAlive: true }), 'https:': new SecureAgent({ keepAlive: true }) };
  let refusal: AttemptError | null = null;
  return {
    async fetch(input, init) {
      const request = new Request(input, init);
      const url = new URL(request.url);
      if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error(`Nobody speaks ${url.protocol} here.`);
      const guarded = await guard(url.hostname, { net: null, named }, systemResolve);
      if (!guarded.ok) {
        refusal = guarded.error;
        throw new Error(refusal.message);
      }
      request.signal.throwIfAborted();
      const { head, body } = await exchange({
        url,
        method: request.method,
        headers: Object.fromEntries(request.headers),
        body: request.body === null ? undefined : new Uint8Array(await request.arrayBuffer()),
        addresses: guarded.addresses,
        signal: request.signal,
        silenceMs: 0, // a stream may be silent; who waits for an answer has a limit
        agent: agents[url.protocol],
      });
      return responseOf(head, body);
    },
    refusal() {
      const said = refusal;
      refusal = null;
      return said;
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

function responseOf({ status, headers, url }: HttpHead, body: Readable): Response {
  const list = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, one]),
  );
  const isBare = NO_BODY.has(status);
  if (isBare) body.resume();
  const response = new Response(isBare ? null : webStream(body), { status, headers: list });
  Object.defineProperty(response, 'url', { value: url });
  return response;
}

/** The two kinds of streams of Node are the same kind to each other, but not by their types. */
function webStream(body: Readable): ReadableStream<Uint8Array> {
  body.on('error', () => {}); // its reader hears of it
  return Readable.toWeb(body) as ReadableStream<Uint8Array>;
}
