/** How the commands about plugins hear signals: the first one stops what goes on, so that processes of plugins are ended; a second one is the system's affair. */

export interface Heard {
  readonly signal: AbortSignal;
  /** What came; null before. */
  readonly by: NodeJS.Signals | null;
  /** From now on signals end this process by themselves: where code of others runs in it, which may leave no time to hear them. */
  leave(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function hearSignals(): Heard {
  const stop = new AbortController();
  let by: NodeJS.Signals | null = null;
  const hear = (signal: NodeJS.Signals): void => {
    by ??= signal;
    leave();
    stop.abort('cancelled');
  };
  const leave = (): void => {
    for (const signal of SIGNALS) process.off(signal, hear);
  };
  for (const signal of SIGNALS) process.on(signal, hear);
  return {
    signal: stop.signal,
    get by() {
      return by;
    },
    leave,
  };
}
