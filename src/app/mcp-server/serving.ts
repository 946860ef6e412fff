/** A server that goes on: how it is stopped, and when it is over. Knows no transport. */
import type { Shop } from './server.ts';

export interface Serving {
  /** Stops it: its runs stay resumable. Once it is being stopped, also by the client: at once. */
  stop(signal: NodeJS.Signals): void;
  /** Resolves once nothing is served any more and nothing of a run is alive. Never rejects. */
  readonly ended: Promise<void>;
}

/** `closed`: no client is there any more. */
export function serving({ calls }: Shop, closed: Promise<void>, close: () => Promise<void>): Serving {
  let isStopping = false;
  return {
    stop(signal) {
      if (isStopping) calls.kill();
      else void calls.stop(signal).then(answered).then(close);
      isStopping = true;
    },
    ended: closed.then(() => {
      isStopping = true;
      return calls.stop('SIGHUP');
    }),
  };
}

/** Calls whose runs have ended are answered before anything else happens. */
function answered(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
