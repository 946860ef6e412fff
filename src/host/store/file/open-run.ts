/** Takes existing runs for writing, and mends damaged ones. Knows locks and segments, not events. */
import { dirname } from 'node:path';
import { type Diagnostic, hasErrors, type Result } from '../../../core/diagnostic/diagnostic.ts';
import type { ParsedJournal } from '../../../core/journal/parse.ts';
import type { JournalReading, JournalWriter } from '../../../core/ports.ts';
import { takeCommands } from './inbox.ts';
import type { RunLayout } from './layout.ts';
import { refusal } from './lock.ts';
import { continueJournal, readJournal } from './segments.ts';
import { type Store, writerOf } from './store.ts';

export interface OpenedRun {
  readonly writer: JournalWriter;
  readonly reading: JournalReading;
}

/** First the lock, then the look: whoever held it before acknowledges nothing more that is not seen here. */
export async function openRun(store: Store, id: string, run: RunLayout, takeover: boolean): Promise<Result<OpenedRun>> {
  const taken = store.locks.take(id, run, takeover);
  if (!taken.ok) return taken;
  const epoch = taken.value;
  return orForget(store, run, epoch, async () => {
    const reading = readJournal(store.disk, run);
    if (hasErrors(reading.diagnostics)) return { ok: false, diagnostics: reading.diagnostics };
    return goOn(store, id, run, epoch, reading);
  });
}

async function goOn(
  store: Store,
  id: string,
  run: RunLayout,
  epoch: number,
  reading: ParsedJournal,
): Promise<Result<OpenedRun>> {
  takeCommands(store.disk, run, epoch, () => {}); // what was meant for an earlier holder
  const above = [store.layout.runs, store.layout.state, dirname(store.layout.state)];
  const segment = await continueJournal(store.disk, run, id, epoch, reading, above);
  const writer = writerOf(store, run, segment);
  const winner = store.locks.isSuperseded(run, epoch) ? store.locks.newest(run) : null;
  if (!winner) return { ok: true, value: { writer, reading } };
  store.disk.close(segment.fd);
  return { ok: false, diagnostics: [refusal(id, winner)] };
}

/** A lock that led to nothing must not stand in the way of this process itself. */
async function orForget<T>(
  store: Store,
  run: RunLayout,
  epoch: number,
  then: () => Promise<Result<T>>,
): Promise<Result<T>> {
  let isHeld = false;
  try {
    const result = await then();
    isHeld = result.ok;
    return result;
  } finally {
    if (!isHeld) store.locks.forget(run, epoch);
  }
}

/** Goes on behind the last whole record before the damage; the damaged file stays. */
export async function repairRun(
  store: Store,
  id: string,
  run: RunLayout,
): Promise<Result<{ kept: number; found: readonly Diagnostic[] }>> {
  const taken = store.locks.take(id, run, false);
  if (!taken.ok) return taken;
  return orForget(store, run, taken.value, async () => {
    const reading = readJournal(store.disk, run);
    const { diagnostics } = reading;
    if (diagnostics.some(({ code }) => code === 'RUN_STATE_NEWER')) return { ok: false, diagnostics };
    const opened = await goOn(store, id, run, taken.value, reading);
    if (!opened.ok) return opened;
    await opened.value.writer.close();
    return { ok: true, value: { kept: reading.records.length, found: diagnostics } };
  });
}
