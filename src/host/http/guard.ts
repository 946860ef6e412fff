/** Finds the addresses of a host, once, and refuses those that a workflow may not reach. Who connects uses these addresses and no others. */
import { type LookupAddress, lookup } from 'node:dns';
import { isIP } from 'node:net';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { HttpCall } from '../../core/http.ts';
import { isPublicAddress } from '../../core/net/address.ts';
import { allowsHost, plainHost } from '../../core/net/hosts.ts';
import type { AttemptError } from '../../core/run/event.ts';

export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

export type Permitted = Pick<HttpCall, 'net' | 'named'>;

export type Guarded =
  | { readonly ok: true; readonly addresses: readonly LookupAddress[] }
  | { readonly ok: false; readonly error: AttemptError };

/** As the system resolves names. */
export const systemResolve: Resolve = (host) =>
  new Promise((resolve, reject) =>
    lookup(host, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses))),
  );

/** The addresses at which a host may be reached. Rejects with what the system says of a name that it does not know. */
export async function guard(host: string, { net, named }: Permitted, resolve: Resolve): Promise<Guarded> {
  const name = plainHost(host);
  if (!allowsHost(net, name)) {
    const hint = `Add it: \`permissions: { net: [${name}] }\`.`;
    return refuse(`\`${name}\` is not among the hosts of \`permissions: { net: … }\`.`, hint);
  }
  const family = isIP(name);
  const addresses = family === 0 ? await resolve(name) : [{ address: name, family }];
  const closed = addresses.find(({ address }) => !isPublicAddress(address));
  if (closed === undefined || named.some((one) => plainHost(one) === name)) return { ok: true, addresses };
  const where = closed.address === name ? '' : ` leads to ${closed.address}, which`;
  return refuse(
    `\`${name}\`${where} is not on the public internet.`,
    `If this is meant, name the host: \`permissions: { net: [${name.includes(':') ? `'${name}'` : name}] }\`.`,
  );
}

function refuse(message: string, hint: string): Guarded {
  return { ok: false, error: { ...problem('STEP_HTTP_REFUSED', message, { hint }), retryable: false } };
}
