/** What every part of the file store works with. */
import type { JournalWriter } from '../../../core/ports.ts';
import type { Disk } from '../../files.ts';
import type { Layout, RunLayout } from './layout.ts';
import type { Locks } from './lock.ts';
import { type OpenSegment, SegmentWriter } from './writer.ts';

export interface Store {
  readonly disk: Disk;
  readonly layout: Layout;
  readonly locks: Locks;
  readonly wallMs: () => number;
  /** Folders in which this process made names that no later process would sync: those above the runs. */
  readonly fresh: Set<string>;
}

/** A writer that goes on at the end of `segment`, until another process takes the run. */
export function writerOf(store: Store, run: RunLayout, segment: OpenSegment): JournalWriter {
  const fence = {
    isSuperseded: () => store.locks.isSuperseded(run, segment.epoch),
    gaveUp: () => store.locks.forget(run, segment.epoch),
  };
  return new SegmentWriter(store.disk, segment, fence, store.wallMs);
}
