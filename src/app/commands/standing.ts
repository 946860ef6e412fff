/** What a run waited for when it was stopped, and waits for still. Pure. */
import type { Recorded, RunEvent } from '../../core/run/event.ts';
import type { Run } from '../../core/run/run.ts';

/** The records of waits and timers that are open; none where the run starts anew. */
export function standing(state: Run, records: readonly Recorded[], opening: readonly RunEvent[]): readonly Recorded[] {
  if (opening.some(({ type }) => type === 'run.replanned')) return [];
  return records.filter(
    (record) => (record.type === 'wait.started' || record.type === 'timer.started') && state.ops.has(record.op),
  );
}
