/** Which hosts `permissions: { net }` lets through. Pure: knows names, no addresses behind them. */

/** A host as it is compared: lower case, without brackets and without the dot of a full name. */
export function plainHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

const LABEL = '[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?';
const NAME = new RegExp(`^(?:\\*|(?:\\*\\.)?${LABEL}(?:\\.${LABEL})*|[0-9a-f:.]*:[0-9a-f:.]*)$`);

/** Whether a text can stand in `net`: a host, an address, `*.example.com` for all hosts below one, or `*` for every public host. */
export function isHostPattern(text: string): boolean {
  return text.length <= 253 && NAME.test(plainHost(text));
}

/** Whether the list lets the host through; no list lets every public host through. */
export function allowsHost(net: readonly string[] | null, host: string): boolean {
  return net === null || net.some((pattern) => covers(pattern, host));
}

/** Whether all that `inner` lets through, `outer` does. */
export function covers(outer: string, inner: string): boolean {
  const [wide, narrow] = [plainHost(outer), plainHost(inner)];
  if (wide === narrow) return true;
  if (wide === '*') return true;
  return wide.startsWith('*.') && narrow.endsWith(wide.slice(1)) && narrow.length > wide.length - 1;
}
