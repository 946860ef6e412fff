/** Turns the two ways of being told to stop into signals to a process group: TERM with a grace, or KILL at once. */
import type { StopSignals } from '../../core/process.ts';

export interface Stoppable {
  readonly term: () => void;
  readonly kill: () => void;
}

/**
 * Listens until the returned function is called, which gives what is left of the grace: null when nobody asked to stop.
 * One that was asked before counts.
 */
export function listenForStop({ stop, kill }: StopSignals, graceMs: number, target: Stoppable): () => number | null {
  let timer: NodeJS.Timeout | undefined;
  let killAt: number | null = null;
  const killNow = (): void => {
    clearTimeout(timer);
    killAt = performance.now();
    target.kill();
  };
  const begin = (): void => {
    if (killAt !== null) return;
    killAt = performance.now() + graceMs;
    target.term();
    timer = setTimeout(target.kill, graceMs);
  };
  if (stop.aborted) begin();
  else stop.addEventListener('abort', begin, { once: true });
  if (kill?.aborted) killNow();
  else kill?.addEventListener('abort', killNow, { once: true });
  return () => {
    clearTimeout(timer);
    stop.removeEventListener('abort', begin);
    kill?.removeEventListener('abort', killNow);
    return killAt === null ? null : Math.max(0, killAt - performance.now());
  };
}
