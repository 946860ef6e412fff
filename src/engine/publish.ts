/** Gives records to their readers once they are durable, in order. Knows the journal only by its sync. */
import type { Clock, JournalWriter } from '../core/ports.ts';
import type { Recorded } from '../core/run/event.ts';

/** Records that come one after the other share a sync: readers hear of them so much later at most. */
const SHARED_SYNC_MS = 5;

export interface PublisherParts {
  readonly journal: JournalWriter;
  readonly clock: Clock;
  readonly publish: (record: Recorded) => void;
  readonly fail: (error: unknown) => void;
}

export interface Publisher {
  add(records: readonly Recorded[]): void;
  /** Resolves when everything added so far is durable and published; rejects as the sync did. Nothing waits for company any more. */
  flushed(): Promise<void>;
}

export function makePublisher({ journal, clock, publish, fail }: PublisherParts): Publisher {
  let waiting: Recorded[] = [];
  let pumping: Promise<void> | null = null;
  let nextSyncMs = Number.NEGATIVE_INFINITY;
  let isLast = false;
  let hurry = (): void => {};

  /** The first sync is at once, so that what stands alone is not delayed. */
  const company = (): Promise<void> | undefined => {
    const restMs = nextSyncMs - clock.monotonicMs();
    if (isLast || restMs <= 0) return undefined;
    return new Promise((resolve) => {
      const takeBack = clock.after(restMs, resolve);
      hurry = () => {
        takeBack();
        resolve();
      };
    });
  };
  const pump = async (): Promise<void> => {
    while (waiting.length > 0) {
      await company();
      const group = waiting;
      waiting = [];
      nextSyncMs = clock.monotonicMs() + SHARED_SYNC_MS;
      await journal.synced(group.at(-1)?.seq ?? -1);
      for (const record of group) publish(record);
    }
  };
  const start = (): Promise<void> => {
    pumping ??= pump().then(() => {
      pumping = null; // a sync that failed stays: whoever comes later hears of it, too
    });
    return pumping;
  };
  return {
    add(records) {
      if (records.length === 0) return;
      for (const record of records) waiting.push(record);
      start().catch(fail);
    },
    async flushed() {
      isLast = true;
      hurry();
      await pumping;
      if (waiting.length > 0) await start();
    },
  };
}
