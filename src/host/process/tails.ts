/** Looks at the logs of long running programs now and then, to show their last line. Quick programs cost nothing: there is one timer for all. */
import { fstatSync } from 'node:fs';
import { readTail } from './logs.ts';

/** What is watched: called at each tick until it is taken back. */
export type Tick = () => void;

export interface Tails {
  /** Calls `tick` about every 150 ms; the returned function ends it. */
  watch(tick: Tick): () => void;
}

const TICK_MS = 150;

export function createTails(): Tails {
  const ticks = new Set<Tick>();
  let timer: NodeJS.Timeout | null = null;
  const beat = (): void => {
    for (const tick of ticks) tick();
    if (ticks.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
  return {
    watch(tick) {
      ticks.add(tick);
      timer ??= setInterval(beat, TICK_MS).unref();
      return () => ticks.delete(tick);
    },
  };
}

/** Reports that a file has grown, and its last line, whenever it has. */
export function followLastLine(fd: number, onLine: ((line: string) => void) | undefined, onOutput?: () => void): Tick {
  let seen = 0;
  return () => {
    const { size } = fstatSync(fd);
    if (size === seen) return;
    seen = size;
    onOutput?.();
    if (onLine === undefined) return;
    const line = readTail(fd, size)
      .split(/[\r\n]+/)
      .findLast((text) => text.trim() !== '');
    if (line !== undefined) onLine(line);
  };
}
