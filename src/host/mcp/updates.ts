/** Who waits for which resource of a connection. Knows nothing of how a server is told. */
import type { McpUpdates } from '../../core/mcp.ts';

export interface Updates {
  /** How many watch a resource already. */
  watchers(uri: string): number;
  watch(uri: string, ended: () => void): McpUpdates;
  /** The server said that a resource is another now. */
  heard(uri: string): void;
  /** The connection is over. */
  over(): void;
}

interface Watcher {
  readonly uri: string;
  /** It was told, and has not heard yet. */
  isTold: boolean;
  wake: () => void;
}

export function makeUpdates(): Updates {
  const all = new Set<Watcher>();
  let isOver = false;
  return {
    watchers: (uri) => [...all].filter((one) => one.uri === uri).length,
    watch(uri, ended) {
      const watcher: Watcher = { uri, isTold: false, wake() {} };
      all.add(watcher);
      return {
        async next(signal) {
          if (!watcher.isTold && !isOver && !signal.aborted)
            await new Promise<void>((resolve) => {
              watcher.wake = () => {
                signal.removeEventListener('abort', watcher.wake);
                resolve();
              };
              signal.addEventListener('abort', watcher.wake);
            });
          if (signal.aborted) return 'stopped';
          if (!watcher.isTold) return 'ended';
          watcher.isTold = false;
          return 'updated';
        },
        end() {
          if (all.delete(watcher)) ended();
        },
      };
    },
    heard(uri) {
      for (const watcher of all)
        if (watcher.uri === uri) {
          watcher.isTold = true;
          watcher.wake();
        }
    },
    over() {
      isOver = true;
      for (const watcher of all) watcher.wake();
    },
  };
}
