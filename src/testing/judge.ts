/**
 * Watches the lives of one run, and says what was done that must never be: by what processes did, and by what later ones find.
 * Each check has a name. Knows journals and attempts, not who made the trouble.
 */
import type { Plan } from '../core/plan/plan.ts';
import type { JournalReading } from '../core/ports.ts';
import type { AttemptWork } from '../core/run/effect.ts';
import type { Path, Recorded } from '../core/run/event.ts';
import type { Violation } from './journal-checks.ts';
import type { Watch } from './life.ts';
import { same } from './same.ts';
import { isProbe } from './scripted-steps.ts';
import type { VirtualProcess } from './virtual-process.ts';

export interface Judge extends Watch {
  readonly violations: Violation[];
  violate(invariant: string, detail: string): void;
  /** What was written, and not known to be on disk, may be gone. */
  powerLost(): void;
  /** What a reader finds: all that anyone relied on is there. */
  found(records: readonly Recorded[]): void;
  /** The attempts that a process has under way; or those of them that nobody told to stop. */
  liveIn(process: VirtualProcess, untold?: boolean): readonly Path[];
  /** The number of the last record that a process published. */
  publishedBy(process: VirtualProcess): number;
}

interface Writer {
  readonly epoch: number;
  /** Its records by the op that they start. */
  readonly begun: Map<number, Recorded>;
  readonly live: Map<number, { readonly work: AttemptWork; readonly signal: AbortSignal }>;
  appended: number;
  published: number;
  /** Someone said that it is dead. */
  isGivenUp: boolean;
}

export function makeJudge(plan: Plan): Judge {
  const violations: Violation[] = [];
  const writers = new Map<VirtualProcess, Writer>();
  /** By number: records of which someone was told that they are on disk; and those that are written. */
  const acknowledged = new Map<number, Recorded>();
  const written = new Map<number, Recorded>();
  let newest = 0;
  /** The last record that the newest holder found. */
  let taken = -1;

  const violate = (invariant: string, detail: string): void => void violations.push({ invariant, detail });
  const holder = (process: VirtualProcess, what: string): Writer | null => {
    const writer = writers.get(process) ?? null;
    if (writer === null) violate('only who has the run writes, acts and tells', `process ${process.pid} ${what}`);
    return writer;
  };
  const found = (records: readonly Recorded[]): void => {
    for (const [seq, record] of acknowledged)
      if (!same(records[seq], record)) violate('acknowledged implies present', told(record, records[seq]));
    for (const [seq, record] of written)
      if (!same(records[seq], record))
        violate('written implies present while there is power', told(record, records[seq]));
    written.clear();
  };
  const isLiveElsewhere = (self: VirtualProcess, node: Path): boolean =>
    [...writers].some(
      ([process, { live, isGivenUp }]) =>
        process !== self && process.isAlive && !isGivenUp && [...live.values()].some(({ work }) => work.node === node),
    );
  return {
    violations,
    violate,
    opened(process, epoch, reading: JournalReading | null, takeover) {
      if (takeover) for (const writer of writers.values()) writer.isGivenUp = true;
      if (reading === null && acknowledged.size === 0) newest = 0; // nobody knew of the run, and it is gone
      if (epoch <= newest) violate('epochs are never used again', `epoch ${epoch} after ${newest}`);
      newest = epoch;
      const records = reading?.records ?? [];
      found(records);
      const last = records.length - 1;
      taken = last;
      writers.set(process, {
        epoch,
        begun: new Map(records.filter(isStart).map((record) => [record.op, record])),
        live: new Map(),
        appended: last,
        published: last,
        isGivenUp: false,
      });
    },
    appended(process, records) {
      const writer = holder(process, 'appends');
      if (writer === null) return;
      if (writer.epoch < newest) violate('who lost the run writes nothing', `epoch ${writer.epoch}, held by ${newest}`);
      for (const record of records) {
        if (record.seq !== ++writer.appended) violate('sequence numbers have no gap', `${record.seq} is appended`);
        if (isStart(record)) writer.begun.set(record.op, record);
        written.set(record.seq, record);
      }
    },
    published(process, record) {
      const writer = holder(process, 'publishes');
      if (writer === null) return;
      if (writer.epoch < newest && record.seq > taken)
        violate('who lost the run tells nothing that its holder did not find', `${record.seq}, held by ${newest}`);
      if (record.seq !== ++writer.published)
        violate('records are published in order', `${record.seq} after ${writer.published - 1}`);
      acknowledged.set(record.seq, record);
    },
    began(process, epoch, work, signal) {
      const writer = holder(process, 'acts');
      if (writer === null) return;
      const started = writer.begun.get(work.op);
      if (started === undefined && !isProbe(work))
        violate('nothing happens before it is written', `${work.node}, op ${work.op}`);
      if (epoch < newest && !isProbe(work))
        violate('who lost the run does nothing', `${work.node} in epoch ${epoch}, held by ${newest}`);
      if (started !== undefined && work.guarded) acknowledged.set(started.seq, started);
      if (isLiveElsewhere(process, work.node)) violate('one holder of a run', `${work.node} in two processes`);
      if ([...writer.live.values()].some((live) => live.work.node === work.node))
        violate('one live attempt a step', work.node);
      writer.live.set(work.op, { work, signal });
      const attempts = [...writer.live.values()].filter(
        (live) => live.work.action !== 'service' && writer.begun.get(live.work.op)?.type === 'attempt.started',
      );
      if (started?.type === 'attempt.started' && attempts.length > plan.concurrency)
        violate('no more at once than the plan lets', `${attempts.length} attempts`);
    },
    planMissing: (hash) => violate('plans are on disk before a record names them', hash),
    answered(process, work) {
      writers.get(process)?.live.delete(work.op);
    },
    powerLost: () => written.clear(),
    found,
    liveIn: (process, untold = false) =>
      [...(writers.get(process)?.live.values() ?? [])].flatMap(({ work, signal }) =>
        untold && signal.aborted ? [] : [work.node],
      ),
    publishedBy: (process) => writers.get(process)?.published ?? -1,
  };
}

function isStart(record: Recorded): record is Recorded & { readonly op: number } {
  return 'op' in record && record.type.endsWith('.started');
}

function told(record: Recorded, found: Recorded | undefined): string {
  return `${JSON.stringify(record)} became ${found === undefined ? 'nothing' : JSON.stringify(found)}`;
}
