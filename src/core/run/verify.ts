/** Asks the rules again what a journal says was decided. Knows journals; changes none. */
import { canonical, type Json } from '../json.ts';
import type { Recorded, RunEvent } from './event.ts';
import { evolve } from './evolve.ts';
import { next } from './next.ts';
import { BY_TIMEOUT } from './rework-cause.ts';
import { newRun, type Run, type Surroundings } from './run.ts';
import { counting } from './voids.ts';

export interface Mismatch {
  /** The number of the record. */
  readonly seq: number;
  readonly said: RunEvent;
  /** What follows from the records before it; null when nothing does. */
  readonly follows: RunEvent | null;
}

export interface Verified {
  readonly records: number;
  /** Those that giga decided; the others tell what the world did or someone asked for. */
  readonly decisions: number;
  /** The first of them, since one wrong decision leads to others. */
  readonly mismatches: readonly Mismatch[];
}

const MOST_TOLD = 20;

/**
 * Folds a journal and asks before each decision (what opened, started and settled, and the verdict) what follows from what came
 * before: every condition, join, skip, item list, output and fingerprint is evaluated anew.
 */
export function verifyDecisions(surroundings: Surroundings, records: readonly Recorded[]): Verified {
  let run = emptyRun(surroundings);
  const before: Recorded[] = [];
  const mismatches: Mismatch[] = [];
  let decisions = 0;
  let count = 0;
  for (const record of counting(records)) {
    count++;
    if (isDecision(record)) {
      decisions++;
      const follows = next(run);
      const said = withoutEnvelope(record);
      if (mismatches.length < MOST_TOLD && textOf(follows) !== textOf(said))
        mismatches.push({ seq: record.seq, said, follows });
    }
    // Who opens a run has folded its journal, and asked for nothing yet.
    if (record.type === 'run.opened') {
      run = emptyRun(surroundings);
      for (const one of before) evolve(run, one);
    }
    before.push(record);
    evolve(run, record);
  }
  return { records: count, decisions, mismatches };
}

function emptyRun(surroundings: Surroundings): Run {
  const run = newRun(surroundings);
  run.replaying = true;
  run.memory = new Map();
  return run;
}

/** Whether the rules made it: all but what the world answers, and what commands bring. */
function isDecision(record: Recorded): boolean {
  const { type } = record;
  if (type === 'cancel.requested') return record.cause !== 'user';
  if (type === 'run.finished') return true;
  if (type === 'wait.ended' && record.outputs?.['assume'] !== undefined) return true;
  if (type === 'wait.ended') return record.outputs?.by === BY_TIMEOUT || record.error?.code === 'STEP_APPROVAL_TIMEOUT';
  return !/^(?:run|command|x-)|\.(?:serving|ended|noted)$/.test(type);
}

function withoutEnvelope(record: Recorded): RunEvent {
  const { seq: _seq, epoch: _epoch, at: _at, durableUpTo: _durable, ...event } = record;
  return event;
}

/** Fields that are absent and those that are undefined say the same. */
function textOf(event: RunEvent | null): string {
  return event === null ? '' : canonical(JSON.parse(JSON.stringify(event)) as Json);
}
