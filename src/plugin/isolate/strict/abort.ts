/** `AbortController` for where there is none: as much of it as the signal of a step is asked for. */

type Hear = (event: { readonly type: 'abort'; readonly target: TinyAbortSignal }) => void;

export class TinyAbortSignal {
  aborted = false;
  reason: unknown = undefined;
  onabort: Hear | null = null;
  readonly #hearers = new Set<Hear>();

  addEventListener(type: string, hear: Hear): void {
    if (type === 'abort' && !this.aborted) this.#hearers.add(hear);
  }

  removeEventListener(type: string, hear: Hear): void {
    if (type === 'abort') this.#hearers.delete(hear);
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  /** Once; all hear it, also where one of them throws. */
  static end(signal: TinyAbortSignal, reason: unknown): void {
    if (signal.aborted) return;
    signal.aborted = true;
    signal.reason = reason;
    const hearers = [...signal.#hearers, ...(signal.onabort === null ? [] : [signal.onabort])];
    signal.#hearers.clear();
    for (const hear of hearers) {
      try {
        hear({ type: 'abort', target: signal });
      } catch {
        // As for any event: it is nobody's but its own.
      }
    }
  }
}

export class TinyAbortController {
  readonly signal: TinyAbortSignal = new TinyAbortSignal();

  abort(reason: unknown = new Error('This operation was aborted')): void {
    TinyAbortSignal.end(this.signal, reason);
  }
}
