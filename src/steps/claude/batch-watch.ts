/** Looks at batches until they are done, and gives each result to who waits for it. Knows no steps and no money. */
import type { BatchClient, BatchState } from '../../core/claude/batch-client.ts';
import type { ModelEnd } from '../../core/claude/model-client.ts';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { Clock } from '../../core/ports.ts';
import type { AttemptError } from '../../core/run/event.ts';

/** What becomes of a call in a batch. `absent`: the batch is done, or gone, and has no such call. */
export type Fetched = ModelEnd | { readonly kind: 'absent' } | { readonly kind: 'stopped' };

export interface BatchWatch {
  /** The result of a call; looks at the batch until it is done. */
  fetch(batch: string, call: string, ear: BatchEar): Promise<Fetched>;
}

export interface BatchEar {
  readonly signal: AbortSignal;
  progress(line: string): void;
  alive(): void;
}

interface Waiting {
  readonly ear: BatchEar;
  readonly resolve: (fetched: Fetched) => void;
}

interface Watched {
  readonly waiting: Map<string, Waiting>;
  /** All that were ever waited for have been called off by a person. */
  isUnwanted: boolean;
}

const FIRST_LOOK_MS = 1_000;
const LONGEST_LOOK_MS = 60_000;
/** Looks in a row that fail before the step is told: its `retry` goes on with the same batch. */
const MOST_FAILURES = 20;

export function createBatchWatch(client: BatchClient, clock: Clock): BatchWatch {
  const watched = new Map<string, Watched>();

  async function watch(batch: string, one: Watched): Promise<void> {
    let pauseMs = FIRST_LOOK_MS;
    let failures = 0;
    // A batch of an earlier process may be done already: it is looked at at once.
    for (;;) {
      const looked = await client.look(batch);
      if (one.waiting.size === 0) break;
      if (looked.ok) {
        failures = 0;
        tell(one, looked.value);
        if (looked.value.hasEnded && (await give(batch, one))) break;
      } else if (looked.isGone) {
        settle(one, () => ({ kind: 'absent' }));
        break;
      } else if (!looked.error.retryable || ++failures >= MOST_FAILURES) {
        settle(one, () => broken(looked.error));
        break;
      }
      const isOver = await new Promise<boolean>((resolve) => {
        clock.after(pauseMs, () => resolve(one.waiting.size === 0));
      });
      if (isOver) break;
      pauseMs = Math.min(LONGEST_LOOK_MS, pauseMs * 1.5);
    }
    watched.delete(batch);
    if (one.isUnwanted) await client.cancel(batch);
  }

  /** False where the results broke off: they are fetched again. */
  async function give(batch: string, one: Watched): Promise<boolean> {
    const { ok } = await client.results(batch, (call, end) => {
      const { resolve } = one.waiting.get(call) ?? {};
      one.waiting.delete(call);
      resolve?.(end);
    });
    if (ok) settle(one, () => ({ kind: 'absent' }));
    return ok;
  }

  return {
    fetch(batch, call, ear) {
      return new Promise((resolve) => {
        if (ear.signal.aborted) return resolve({ kind: 'stopped' });
        const one = watched.get(batch) ?? { waiting: new Map(), isUnwanted: false };
        const stop = (): void => {
          one.waiting.delete(call);
          if (one.waiting.size === 0) one.isUnwanted = ear.signal.reason === 'cancelled';
          resolve({ kind: 'stopped' });
        };
        ear.signal.addEventListener('abort', stop, { once: true });
        one.isUnwanted = false;
        one.waiting.set(call, {
          ear,
          resolve: (fetched) => {
            ear.signal.removeEventListener('abort', stop);
            resolve(fetched);
          },
        });
        if (watched.has(batch)) return;
        watched.set(batch, one);
        void watch(batch, one);
      });
    },
  };
}

function tell({ waiting }: Watched, { id, done, total }: BatchState): void {
  for (const { ear } of waiting.values()) {
    ear.alive();
    ear.progress(`batch ${id}: ${done}/${total} done`);
  }
}

function settle({ waiting }: Watched, fetched: () => Fetched): void {
  for (const { resolve } of waiting.values()) resolve(fetched());
  waiting.clear();
}

function broken(error: AttemptError): ModelEnd {
  return { kind: 'failed', error: { ...error, retryable: true }, isFree: false };
}

/** A batch that has no result for a call of it. */
export function absent(batch: string): ModelEnd {
  const message = `The batch \`${batch}\` has no result for this call.`;
  return { kind: 'failed', error: { ...problem('STEP_CLAUDE_BATCH', message), retryable: true }, isFree: false };
}
