/** Writes one segment of a journal: one write a group, one sync for all who wait. Knows its file and its fence, not what events mean. */
import { problem } from '../../../core/diagnostic/diagnostic.ts';
import { type Encoded, encode, encodeSeal } from '../../../core/journal/format.ts';
import { asJournaled } from '../../../core/journal/round-trip.ts';
import { JournalFailure, type JournalWriter } from '../../../core/ports.ts';
import type { Recorded, RunEvent } from '../../../core/run/event.ts';
import { allSettled, type Disk, writeAll } from '../../files.ts';
import { diskFailure } from './disk-failure.ts';

/** An open segment that ends with its header or carried records. */
export interface OpenSegment {
  readonly run: string;
  readonly epoch: number;
  readonly fd: number;
  /** The last record in it or before it, and the checksum the next line goes on from. */
  readonly seq: number;
  readonly crc: number;
  /** Resolves when the names of the file and of its folders are on disk. */
  readonly named: Promise<unknown>;
}

export interface Fence {
  /** Whether another process took the run over. */
  isSuperseded(): boolean;
  /** The file is closed without a seal: nobody writes under this epoch any more. */
  gaveUp(): void;
}

interface Waiter {
  readonly seq: number;
  resolve(): void;
  reject(failure: JournalFailure): void;
}

export class SegmentWriter implements JournalWriter {
  readonly epoch: number;
  readonly #disk: Disk;
  readonly #segment: OpenSegment;
  readonly #fence: Fence;
  readonly #wallMs: () => number;
  #seq: number;
  #crc: number;
  #durableUpTo: number;
  #waiters: Waiter[] = [];
  #syncing: Promise<void> | null = null;
  #failure: JournalFailure | null = null;
  #closed: Promise<void> | null = null;

  constructor(disk: Disk, segment: OpenSegment, fence: Fence, wallMs: () => number) {
    this.epoch = segment.epoch;
    this.#disk = disk;
    this.#segment = segment;
    this.#fence = fence;
    this.#wallMs = wallMs;
    this.#seq = segment.seq;
    this.#crc = segment.crc;
    this.#durableUpTo = segment.seq;
    segment.named.catch(() => {}); // the first sync waits for it, and says so
  }

  get durableUpTo(): number {
    return this.#durableUpTo;
  }

  append(events: readonly RunEvent[]): readonly Recorded[] {
    if (this.#closed) throw new Error('Bug: append to a journal that was closed');
    if (this.#failure) throw this.#failure;
    if (events.length === 0) return [];
    const records = events.map((event, index) => this.#record(event, this.#seq + 1 + index));
    const { text, crc } = this.#encode(records);
    this.#attempt(() => writeAll(this.#disk, this.#segment.fd, Buffer.from(text)));
    this.#crc = crc;
    this.#seq += records.length;
    this.#checkFence();
    return records;
  }

  synced(seq: number): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (seq <= this.#durableUpTo) return Promise.resolve();
    if (seq > this.#seq) return Promise.reject(new Error(`Bug: record ${seq} was never appended`));
    return new Promise((resolve, reject) => {
      this.#waiters.push({ seq, resolve, reject });
      this.#syncing ??= this.#syncAll();
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  #record(event: RunEvent, seq: number): Recorded {
    const kept = asJournaled(event);
    if (!kept) throw this.#fail(recordLimit(`An event of type ${event.type} is nested too deeply for the journal.`));
    const record = { seq, epoch: this.epoch, at: this.#wallMs(), durableUpTo: this.#durableUpTo, ...kept };
    if (record.seq === seq && record.epoch === this.epoch) return record;
    throw new Error(`Bug: a record (${event.type}) was to be appended as an event`);
  }

  #encode(records: readonly Recorded[]): Encoded {
    try {
      return encode(records, this.#crc);
    } catch (error) {
      if (error instanceof RangeError) throw this.#fail(recordLimit('An event is too large for the journal.')); // or longer than any text can be
      throw error;
    }
  }

  /** Syncs until nobody waits; every round takes in all that was written when it began. */
  async #syncAll(): Promise<void> {
    while (this.#waiters.length > 0 && !this.#failure) {
      const upTo = this.#seq;
      try {
        await this.#syncFile();
        this.#checkFence();
      } catch (error) {
        this.#refuseWaiters(error instanceof JournalFailure ? error : this.#failWith(error));
        break;
      }
      this.#durableUpTo = upTo;
      const done = this.#waiters.filter((waiter) => waiter.seq <= upTo);
      this.#waiters = this.#waiters.filter((waiter) => waiter.seq > upTo);
      for (const waiter of done) waiter.resolve();
    }
    this.#syncing = null;
    if (this.#failure) this.#refuseWaiters(this.#failure);
  }

  #syncFile(): Promise<void> {
    return allSettled([this.#disk.sync(this.#segment.fd), this.#segment.named]);
  }

  async #close(): Promise<void> {
    let isSealed = false;
    try {
      if (!this.#failure) await this.synced(this.#seq);
      if (!this.#failure) isSealed = await this.#seal();
    } finally {
      await this.#syncing;
      this.#disk.close(this.#segment.fd);
      if (!isSealed) this.#fence.gaveUp();
    }
  }

  async #seal(): Promise<boolean> {
    try {
      writeAll(this.#disk, this.#segment.fd, Buffer.from(encodeSeal({ seq: this.#seq, crc: this.#crc }).text));
      await this.#syncFile();
      return true;
    } catch (error) {
      throw this.#failWith(error);
    }
  }

  #attempt(write: () => void): void {
    try {
      write();
    } catch (error) {
      throw this.#failWith(error);
    }
  }

  #checkFence(): void {
    if (!this.#fence.isSuperseded()) return;
    const message = `Another process took run ${this.#segment.run} over while this one (epoch ${this.epoch}) stood still.`;
    throw this.#fail(
      new JournalFailure(
        problem('RUN_TAKEN_OVER', message, { hint: 'Nothing more is written here; the other process goes on.' }),
      ),
    );
  }

  #failWith(error: unknown): JournalFailure {
    return this.#fail(new JournalFailure(diskFailure(error, `write the journal of run ${this.#segment.run}`)));
  }

  /** The first failure is final. */
  #fail(failure: JournalFailure): JournalFailure {
    this.#failure ??= failure;
    return this.#failure;
  }

  #refuseWaiters(failure: JournalFailure): void {
    const refused = this.#waiters;
    this.#waiters = [];
    for (const waiter of refused) waiter.reject(failure);
  }
}

function recordLimit(message: string): JournalFailure {
  return new JournalFailure(
    problem('RUN_RECORD_LIMIT', message, { hint: 'Let the step hand on its large value as a file.' }),
  );
}
