/**
 * Collects calls that are ready within a moment, and sends them as one batch; or says that they are too few for one. Knows no money.
 * A call asks for a seat first, so that it knows its price before it is paid for, and then hands in what is to be sent.
 */
import {
  type BatchCall,
  type BatchClient,
  MOST_BYTES_IN_BATCH,
  MOST_CALLS_IN_BATCH,
} from '../../core/claude/batch-client.ts';
import type { ModelEnd } from '../../core/claude/model-client.ts';
import type { Clock } from '../../core/ports.ts';
import { absent, type BatchEar, createBatchWatch, type Fetched } from './batch-watch.ts';

/** What is on disk before a batch is made: by it the batch is found again when giga is killed before it knows its name. */
export interface BatchBegun {
  readonly count: number;
  /** Since the epoch. */
  readonly atMs: number;
}

export interface BatchNotes {
  /** Resolves once it is on disk; with false where it never will be. */
  begun(begun: BatchBegun): Promise<boolean>;
  sent(batch: string): Promise<boolean>;
}

export interface Seat {
  /** Sends it with the others of its batch, and waits for its answer. */
  send(call: BatchCall, notes: BatchNotes, ear: BatchEar): Promise<ModelEnd | { readonly kind: 'stopped' }>;
  /** It is not sent after all. */
  leave(): void;
}

export interface BatchDesk {
  /** `isAlways`: in a batch also when it is alone. Null when the signal was aborted first. */
  join(isAlways: boolean, signal: AbortSignal): Promise<Seat | 'single' | null>;
  /** The result of a call that an earlier process sent. `batch`: null where it was killed before it knew it. */
  fetch(call: string, batch: string | null, begun: BatchBegun, ear: BatchEar): Promise<Fetched>;
}

/** Fewer calls are sent one by one. */
const FEWEST_CALLS = 10;
/** No other call has come for so long; and the longest that the first one waits. */
const QUIET_MS = 500;
const LONGEST_WAIT_MS = 5_000;
/** How far the clock of the API may be off. */
const SKEW_MS = 600_000;

interface Joined {
  readonly isAlways: boolean;
  readonly answer: (seat: Seat | 'single') => void;
}
interface HandedIn {
  readonly call: BatchCall;
  readonly bytes: number;
  readonly notes: BatchNotes;
  readonly ear: BatchEar;
  readonly resolve: (end: ModelEnd | { readonly kind: 'stopped' }) => void;
}
interface Group {
  /** Seats of which nobody knows yet what becomes of them. */
  open: number;
  readonly handedIn: HandedIn[];
  isClosed: boolean;
}

export function createBatchDesk(client: BatchClient, clock: Clock): BatchDesk {
  const watch = createBatchWatch(client, clock);
  const joined = new Set<Joined>();
  /** By how many and when, the batches that are known to have been made so. */
  const known = new Map<string, string>();
  const listings = new Map<string, ReturnType<BatchClient['list']>>();
  let quiet: (() => void) | null = null;
  let longest: (() => void) | null = null;

  function soon(): void {
    quiet?.();
    quiet = clock.after(QUIET_MS, decide);
    longest ??= clock.after(LONGEST_WAIT_MS, decide);
  }

  function decide(): void {
    quiet?.();
    longest?.();
    [quiet, longest] = [null, null];
    const all = [...joined];
    joined.clear();
    const isBatch = all.length >= FEWEST_CALLS || all.some(({ isAlways }) => isAlways);
    const group: Group = { open: all.length, handedIn: [], isClosed: false };
    for (const { answer } of all) answer(isBatch ? seatIn(group) : 'single');
    // Who still waits for money goes with a later batch.
    if (isBatch) clock.after(LONGEST_WAIT_MS, () => close(group));
  }

  function seatIn(group: Group): Seat {
    let isTaken = true;
    const leave = (): void => {
      if (!isTaken) return;
      isTaken = false;
      if (--group.open === 0) close(group);
    };
    return {
      leave,
      send: (call, notes, ear) =>
        new Promise((resolve) => {
          const bytes = Buffer.byteLength(JSON.stringify(call));
          const one = { call, bytes, notes, ear, resolve };
          if (group.isClosed) {
            isTaken = false;
            const late: Group = { open: 0, handedIn: [one], isClosed: false };
            clock.after(QUIET_MS, () => close(late));
          } else {
            group.handedIn.push(one);
            leave();
          }
        }),
    };
  }

  function close(group: Group): void {
    if (group.isClosed) return;
    group.isClosed = true;
    const wanted = group.handedIn.filter(({ ear, resolve }) => {
      if (ear.signal.aborted) resolve({ kind: 'stopped' });
      return !ear.signal.aborted;
    });
    for (const part of partsOf(wanted)) void sendAll(part);
  }

  async function sendAll(part: readonly HandedIn[]): Promise<void> {
    const begun = { count: part.length, atMs: clock.wallMs() };
    const noted = await Promise.all(part.map(({ notes }) => notes.begun(begun)));
    if (noted.includes(false)) {
      for (const { resolve } of part) resolve({ kind: 'stopped' }); // the journal takes no more: the run is at its end
      return;
    }
    const made = await client.create(part.map(({ call }) => call));
    if (made.ok) {
      known.set(keyOf(begun), made.value.id);
      for (const one of part) void deliver(made.value.id, one);
      return;
    }
    for (const { call, ear, resolve } of part) {
      const lost: ModelEnd = { kind: 'failed', error: made.error, isFree: !made.isUnsure };
      // The connection broke: the batch may be there all the same.
      if (made.isUnsure) void find(call.id, begun, ear).then((end) => resolve(end.kind === 'absent' ? lost : end));
      else resolve(lost);
    }
  }

  async function deliver(batch: string, { call, notes, ear, resolve }: HandedIn): Promise<void> {
    await notes.sent(batch);
    const fetched = await watch.fetch(batch, call.id, ear);
    resolve(fetched.kind === 'absent' ? absent(batch) : fetched);
  }

  /** A call of which nobody knows the batch: of those of so many calls that were made about then, the one that has it. */
  async function find(call: string, begun: BatchBegun, ear: BatchEar): Promise<Fetched> {
    const key = keyOf(begun);
    const sure = known.get(key);
    if (sure !== undefined) return watch.fetch(sure, call, ear);
    const listed = listings.get(key) ?? client.list(begun.atMs - SKEW_MS);
    listings.set(key, listed);
    const all = await listed;
    if (!all.ok) {
      listings.delete(key);
      return { kind: 'failed', error: { ...all.error, retryable: true }, isFree: false };
    }
    for (const { id, total, createdMs } of all.value) {
      const isOther = [...known].some(([other, batch]) => batch === id && other !== key);
      if (isOther || total !== begun.count || Math.abs(createdMs - begun.atMs) > SKEW_MS) continue;
      const fetched = await watch.fetch(id, call, ear);
      if (fetched.kind === 'absent') continue;
      if (fetched.kind !== 'stopped') known.set(key, id);
      return fetched;
    }
    return { kind: 'absent' };
  }

  return {
    join(isAlways, signal) {
      return new Promise((resolve) => {
        if (signal.aborted) return resolve(null);
        const giveUp = (): void => {
          joined.delete(one);
          resolve(null);
        };
        const one: Joined = {
          isAlways,
          answer: (seat) => {
            signal.removeEventListener('abort', giveUp);
            resolve(seat);
          },
        };
        signal.addEventListener('abort', giveUp, { once: true });
        joined.add(one);
        soon();
      });
    },
    async fetch(call, batch, begun, ear) {
      if (batch === null) return find(call, begun, ear);
      known.set(keyOf(begun), batch);
      return watch.fetch(batch, call, ear);
    },
  };
}

function keyOf({ count, atMs }: BatchBegun): string {
  return `${atMs} ${count}`;
}

/** As few as the API takes. */
function partsOf(all: readonly HandedIn[]): readonly (readonly HandedIn[])[] {
  const parts: HandedIn[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const one of all) {
    const last = parts.at(-1);
    if (last === undefined || last.length >= MOST_CALLS_IN_BATCH || bytes + one.bytes > MOST_BYTES_IN_BATCH) {
      parts.push([one]);
      bytes = one.bytes;
    } else {
      last.push(one);
      bytes += one.bytes;
    }
  }
  return parts;
}
