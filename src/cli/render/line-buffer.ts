/** Gathers lines for a sink, so that a run of many small steps does not spend its time in writes. */
import type { Sink } from '../io.ts';
import type { Ticker } from './screen.ts';

export interface LineBuffer {
  print(lines: readonly string[]): void;
  flush(): void;
}

const FLUSH_LINES = 500;
const FLUSH_MS = 50;

export function lineBuffer(sink: Sink, ticker: Ticker): LineBuffer {
  let pending: string[] = [];
  let cancelFlush: (() => void) | undefined;
  const flush = (): void => {
    cancelFlush?.();
    cancelFlush = undefined;
    if (pending.length > 0) sink.write(`${pending.join('\n')}\n`);
    pending = [];
  };
  return {
    flush,
    print(lines) {
      for (const line of lines) pending.push(line);
      if (pending.length >= FLUSH_LINES) flush();
      else cancelFlush ??= ticker.after(FLUSH_MS, flush);
    },
  };
}
