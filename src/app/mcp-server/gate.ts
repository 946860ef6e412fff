/** Who may talk to a server on this machine: no page of a browser, and nobody without the token. Knows headers, no sockets. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface Gate {
  readonly port: number;
  readonly token: string;
}

/** An answer instead of what was asked for. */
export interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text: string;
}

/** What a page that was bound anew to this address, or that sends requests across origins, cannot give rightly. Null where all is well. */
export function refuseAtGate({ port, token }: Gate, headers: IncomingHttpHeaders): Refusal | null {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (headers.host === undefined || !hosts.includes(headers.host))
    return { status: 403, text: 'The Host header is not that of this server.' };
  if (headers.origin !== undefined && !hosts.some((host) => headers.origin === `http://${host}`))
    return { status: 403, text: 'The Origin header is not that of this server.' };
  if (sameText(headers.authorization ?? '', `Bearer ${token}`)) return null;
  return { status: 401, headers: { 'www-authenticate': 'Bearer' }, text: 'The token of this server is missing.' };
}

/** In a time that says nothing of how much of it is right. */
function sameText(given: string, wanted: string): boolean {
  const [a, b] = [given, wanted].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
