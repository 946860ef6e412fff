/** What a journal says was done once, by key. */
import type { OnceDone, Recorded } from '../core/run/event.ts';
import { onceFacts } from '../core/run/once-facts.ts';

export function doneIn(records: readonly Recorded[], run: string): ReadonlyMap<string, OnceDone> {
  const done = new Map<string, OnceDone>();
  for (const record of records) {
    if (record.type !== 'claim.started' || record.of !== 'once' || done.has(record.name)) continue;
    const facts = onceFacts(records, run, record.name);
    if (facts.kind === 'done') done.set(record.name, facts.done);
  }
  return done;
}
