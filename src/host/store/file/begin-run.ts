/** Makes new runs: the folder, its first lock, its first segment. Knows no events. */
import { dirname } from 'node:path';
import { problem, type Result } from '../../../core/diagnostic/diagnostic.ts';
import { BEGINNING } from '../../../core/journal/format.ts';
import type { JournalWriter } from '../../../core/ports.ts';
import { type Disk, errorCode } from '../../files.ts';
import { stateFailure } from './disk-failure.ts';
import { isRunId } from './layout.ts';
import { newRunId, RUN_ID_TRIES } from './run-id.ts';
import { beginJournal } from './segments.ts';
import { prepareState } from './state-folder.ts';
import { type Store, writerOf } from './store.ts';

/** Makes the run `id`, and takes epoch 1 of it. */
export function beginRun(store: Store, id: string): Result<JournalWriter> {
  const { disk, layout, locks } = store;
  if (!isRunId(id)) throw new Error(`Bug: ${JSON.stringify(id)} was to become the id of a run`);
  const prepared = prepareState(store);
  if (!prepared.ok) return prepared;
  const run = layout.run(id);
  try {
    disk.makeFolder(run.folder);
    if (!locks.takeFirst(run)) return exists(id);
    // Whoever made the state folder may not have come so far as to sync its name.
    const above = [layout.runs, layout.state, dirname(layout.state), ...store.fresh];
    const segment = beginJournal(disk, run, id, BEGINNING, above);
    return { ok: true, value: writerOf(store, run, segment) };
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return exists(id);
    clearAway(disk, run.folder);
    return { ok: false, diagnostics: [stateFailure(error, layout.state)] };
  }
}

/** A run that could not be begun leaves nothing, as far as the disk lets us. */
function clearAway(disk: Disk, folder: string): void {
  try {
    disk.removeFolder(folder);
  } catch {
    // The refusal that led here says more than this one would.
  }
}

function exists(id: string): Result<never> {
  return {
    ok: false,
    diagnostics: [problem('RUN_EXISTS', `There is a run ${id} already.`, { hint: 'Choose another id.' })],
  };
}

/** Makes a run under a short id that is free. */
export function beginNewRun(store: Store): Result<{ readonly run: string; readonly writer: JournalWriter }> {
  for (let tried = 0; ; tried++) {
    const run = newRunId(tried);
    const made = beginRun(store, run);
    if (made.ok) return { ok: true, value: { run, writer: made.value } };
    const isTaken = made.diagnostics.some(({ code }) => code === 'RUN_EXISTS');
    if (!isTaken || tried >= RUN_ID_TRIES) return made;
  }
}
