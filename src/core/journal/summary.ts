/** What one line of `giga runs list` says of a run, folded from its records. Knows no steps. */
import type { Recorded, Verdict, WaitPurpose } from '../run/event.ts';
import { counting } from '../run/voids.ts';

/** `waiting`: as `open`, and someone's word is waited for. `open`: not ended; whether somebody drives it at the moment is not in the journal. */
export type RecordedStatus = 'open' | 'waiting' | 'paused' | 'finished';

export interface RecordedSummary {
  readonly workflow: string;
  readonly file: string;
  readonly status: RecordedStatus;
  readonly verdict: Verdict | null;
  /** Wall clock, ms since 1970; null before the first record. */
  readonly startedAt: number | null;
  /** When it was finished or paused; null while it is open. */
  readonly endedAt: number | null;
  /** Its models were not asked: answers were made up, or recorded. Absent: they were, if there were any. */
  readonly models?: 'fake' | 'replay';
  /** Of the process that wrote last; null where that is not recorded. */
  readonly pid: number | null;
}

const NOTHING: RecordedSummary = {
  workflow: '',
  file: '',
  status: 'open',
  verdict: null,
  startedAt: null,
  endedAt: null,
  pid: null,
};

export function summarize(records: readonly Recorded[]): RecordedSummary {
  const those = [...counting(records)];
  const summary = those.reduce(withRecord, NOTHING);
  return summary.status === 'open' && asksSomeone(those) ? { ...summary, status: 'waiting' } : summary;
}

const OF_PEOPLE: readonly WaitPurpose[] = ['approval', 'assume'];

/** Whether an approval has no verdict yet, or nobody has said how it is with an effect in doubt. One that a rejection sent back asks anew. */
function asksSomeone(records: readonly Recorded[]): boolean {
  const asking = new Set<string>();
  for (const record of records) {
    if (record.type === 'run.replanned') asking.clear();
    else if (record.type === 'scope.reworked') for (const step of record.steps) asking.delete(step);
    else if (record.type === 'wait.ended' || record.type === 'step.settled') asking.delete(record.node);
    else if (record.type === 'wait.started' && OF_PEOPLE.includes(record.purpose)) asking.add(record.node);
  }
  return asking.size > 0;
}

/** The summary after one more record. */
function withRecord(summary: RecordedSummary, record: Recorded): RecordedSummary {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- every other event leaves the summary as it is
  switch (record.type) {
    case 'run.created': {
      const { workflow, models, at } = record;
      return { ...summary, workflow: workflow.name, file: workflow.file, startedAt: at, ...(models && { models }) };
    }
    case 'run.opened':
      return { ...summary, pid: record.pid, startedAt: summary.startedAt ?? record.at };
    case 'run.paused':
      return { ...summary, status: 'paused', endedAt: record.at };
    case 'run.finished':
      return { ...summary, status: 'finished', verdict: record.verdict, endedAt: record.at };
    case 'run.resumed':
    case 'run.replanned':
      return { ...summary, status: 'open', verdict: null, endedAt: null };
    default:
      return summary;
  }
}
