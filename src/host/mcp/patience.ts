/** How long a request may be without an answer or a sign of progress. While a person is asked something, time does not count. Knows no requests. */

export interface Patience {
  /** Aborted when it is over. */
  readonly signal: AbortSignal;
  /** There was a sign of progress: the time begins anew. */
  touch(): void;
  isOver(): boolean;
  end(): void;
}

export function patienceOf(limitMs: number, isAsking: () => boolean): Patience {
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => {
    timer = setTimeout(() => {
      if (isAsking()) wait();
      else over.abort(new Error('There was no answer in time.'));
    }, limitMs);
  };
  wait();
  return {
    signal: over.signal,
    touch() {
      clearTimeout(timer);
      wait();
    },
    isOver: () => over.signal.aborted,
    end: () => clearTimeout(timer),
  };
}
