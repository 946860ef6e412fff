/** Serves over stdin and stdout, until the client closes them. Knows the transport, not what is served. */
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { openCounter, type Shop } from './server.ts';
import { type Serving, serving } from './serving.ts';

export function serveOverStdio(shop: Shop): Serving {
  const transport = new StdioServerTransport();
  const handle = serveStdio((context) => openCounter(shop, context).server, {
    transport,
    onerror: (error) => shop.log(error.message),
  });
  const closed = new Promise<void>((resolve) => {
    const before = transport.onclose;
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- a transport has no other way
    transport.onclose = () => {
      before?.();
      resolve();
    };
  });
  return serving(shop, closed, () => handle.close());
}
