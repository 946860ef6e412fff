/** Whether something on this machine takes connections at a port. Knows no protocol. */
import { connect } from 'node:net';

const LIMIT_MS = 2_000;

/** Connects to 127.0.0.1 and hangs up at once. Never rejects. */
export function connects(port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (isOpen: boolean): void => {
      signal.removeEventListener('abort', stop);
      socket.destroy();
      resolve(isOpen);
    };
    const stop = (): void => end(false);
    signal.addEventListener('abort', stop, { once: true });
    socket.setTimeout(LIMIT_MS, stop);
    socket.once('connect', () => end(true));
    socket.once('error', stop);
  });
}
