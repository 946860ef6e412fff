/** Gives records to their readers once they are durable, in order. Knows the journal only by its sync. */
import type { JournalWriter } from '../core/ports.ts';
import type { Recorded } from '../core/run/event.ts';

export interface Publisher {
  add(records: readonly Recorded[]): void;
  /** Resolves when everything added so far is durable and published; rejects as the sync did. */
  flushed(): Promise<void>;
}

export function makePublisher(
  journal: JournalWriter,
  publish: (record: Recorded) => void,
  fail: (error: unknown) => void,
): Publisher {
  let waiting: Recorded[] = [];
  let pumping: Promise<void> | null = null;

  const pump = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      await journal.synced(group.at(-1)?.seq ?? -1);
      for (const record of group) publish(record);
    }
  };
  const start = (): Promise<void> => {
    pumping ??= pump().finally(() => {
      pumping = null;
    });
    return pumping;
  };
  return {
    add(records) {
      if (records.length === 0) return;
      waiting.push(...records);
      start().catch(fail);
    },
    async flushed() {
      await pumping;
      if (waiting.length > 0) await start();
    },
  };
}
