/**
 * The one loop: folds what the world says, asks the core what follows, writes it down, and only then lets it happen.
 *
 * turn = take external events → fold each → `next` until it rests → append the batch → start and stop work → publish what is durable
 *
 * running ─ run.finished ─→ finished        running ─ pause ─→ pausing ─ nothing busy ─→ paused
 * running ─ nothing left but to wait for people ─→ waiting, unless it stays
 * any ─ the journal fails ─→ broken
 */
import type { Diagnostic } from '../core/diagnostic/diagnostic.ts';
import { problem } from '../core/diagnostic/diagnostic.ts';
import { type Clock, JournalFailure, type JournalWriter } from '../core/ports.ts';
import { servingIn, waitsForVerdicts } from '../core/run/approval.ts';
import { type Command, decide } from '../core/run/decide.ts';
import type { Effect } from '../core/run/effect.ts';
import type { Recorded, RunEvent } from '../core/run/event.ts';
import { evolve } from '../core/run/evolve.ts';
import { next } from '../core/run/next.ts';
import type { Run } from '../core/run/run.ts';
import { makePerformer, type Performer, type PerformerParts } from './perform.ts';
import { makePublisher } from './publish.ts';

/** How many decisions are taken before the loop lets the rest of the process breathe. */
const DECISIONS_PER_TURN = 1_000;

export interface DriveParts extends Omit<PerformerParts, 'answer' | 'left' | 'durable'> {
  /** Folded from every record there is. Owned by the loop from here on. */
  readonly state: Run;
  readonly journal: JournalWriter;
  readonly clock: Clock;
  readonly publish: (record: Recorded) => void;
  /** Everything is written, `seq` is the last record, and the run is about to be let go. Never rejects. */
  readonly leaving?: (end: DriveEnd, seq: number) => Promise<void>;
  /** Calls back when the rest of the process has had its turn. Default: `setImmediate`. */
  readonly soon?: (then: () => void) => void;
  /** Stays while only verdicts are waited for; else that ends the loop, not the run. */
  readonly stays?: boolean;
}

export type DriveEnd =
  | { readonly kind: 'finished'; readonly event: Extract<RunEvent, { type: 'run.finished' }> }
  | { readonly kind: 'paused' }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'broken'; readonly diagnostic: Diagnostic };

export interface Drive {
  /** Events and commands that open the run, folded before anything else. */
  post(event: RunEvent): void;
  /** Asks the core; a refusal is returned, what is granted is folded in order. */
  command(command: Command): Diagnostic | null;
  pause(signal?: NodeJS.Signals): void;
  kill(): void;
  /** Never rejects. */
  readonly ended: Promise<DriveEnd>;
}

export function drive(parts: DriveParts): Drive {
  const { state, journal, soon = setImmediate } = parts;
  const mailbox: RunEvent[] = [];
  let lastSeq = -1;
  let scheduled = false;
  let phase: 'running' | 'pausing' | 'over' = 'running';
  let endLater: () => void = () => {};
  let finish: (end: DriveEnd) => void = () => {};
  const ended = new Promise<DriveEnd>((resolve) => {
    finish = resolve;
  });
  /** Whoever waits until what is in the mailbox is written; with false where it never will be. */
  let unwritten: ((isWritten: boolean) => void)[] = [];
  const told = (isWritten: boolean): void => {
    const waiting = unwritten;
    unwritten = [];
    for (const tell of waiting) tell(isWritten);
  };
  const durable = async (): Promise<boolean> => {
    if (phase === 'over') return false;
    if (mailbox.length > 0 && !(await new Promise<boolean>((tell) => unwritten.push(tell)))) return false;
    return journal.synced(lastSeq).then(
      () => true,
      () => false,
    );
  };
  const performer: Performer = makePerformer({ ...parts, answer: post, left: schedule, durable });
  const publisher = makePublisher({ journal, clock: parts.clock, publish: parts.publish, fail: breakOff });

  function post(event: RunEvent): void {
    if (phase === 'over') return;
    mailbox.push(event);
    schedule();
  }
  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    soon(turn);
  }
  function turn(): void {
    scheduled = false;
    if (phase === 'over') return;
    try {
      const { batch, effects, rests } = decideTurn(state, mailbox.splice(0), parts.clock);
      const records = journal.append(batch);
      lastSeq = records.at(-1)?.seq ?? lastSeq;
      told(true);
      publisher.add(records);
      for (const effect of effects) act(effect);
      const decided = batch.at(-1);
      if (decided?.type === 'run.finished') void end({ kind: 'finished', event: decided });
      else if (!rests) schedule();
      else if (mailbox.length === 0) endIdle();
    } catch (error) {
      breakOff(error);
    }
  }
  /** Nothing is busy: a loop that pauses ends, and so does one that only people can bring on, with the services that would serve nobody. */
  function endIdle(): void {
    if (phase === 'pausing') {
      if (performer.busy === 0) void end({ kind: 'paused' });
    } else if (!parts.stays && waitsForVerdicts(state, parts.clock.wallMs()) && performer.busy === servingIn(state)) {
      void end({ kind: 'waiting' });
    }
  }
  function act(effect: Effect): void {
    if (effect.type === 'start') performer.start(effect.work);
    else performer.stop(effect.op, effect.because, effect.done);
  }
  /** Nothing outlives the loop: neither a service that would serve nobody, nor a look that was stopped and takes its time. */
  async function end(result: DriveEnd): Promise<void> {
    phase = 'over';
    endLater();
    told(false);
    performer.stopAll('paused');
    try {
      await performer.gone();
      await publisher.flushed();
      await parts.leaving?.(result, lastSeq);
      await journal.close();
      finish(result);
    } catch (error) {
      finish({ kind: 'broken', diagnostic: diagnosticOf(error) });
    }
  }
  /** The disk said no: what is in memory is no longer true, so nothing more is decided; children are stopped. */
  function breakOff(error: unknown): void {
    if (phase === 'over') return;
    phase = 'over';
    told(false);
    performer.stopAll('killed');
    const diagnostic = diagnosticOf(error);
    void journal.close().then(
      () => finish({ kind: 'broken', diagnostic }),
      () => finish({ kind: 'broken', diagnostic }),
    );
  }
  function command(asked: Command): Diagnostic | null {
    if (phase === 'over') return null;
    const decision = decide(state, asked);
    for (const event of decision.events ?? []) post(event);
    return decision.ok ? null : decision.diagnostic;
  }
  return {
    post,
    command,
    pause(signal) {
      if (phase !== 'running') return;
      command({ kind: 'pause', cause: 'signal', ...(signal ? { signal } : {}) });
      phase = 'pausing';
      const lastMs = state.plan?.finallyOnInterruptMs;
      performer.stopAll('paused', lastMs !== undefined);
      if (lastMs !== undefined) endLater = parts.clock.after(lastMs, () => performer.stopAll('killed'));
      schedule();
    },
    kill() {
      performer.stopAll('killed');
    },
    ended,
  };
}

interface Turn {
  readonly batch: readonly RunEvent[];
  readonly effects: readonly Effect[];
  /** The core has nothing more to say by itself. */
  readonly rests: boolean;
}

function decideTurn(state: Run, external: readonly RunEvent[], clock: Clock): Turn {
  const batch: RunEvent[] = [];
  const effects: Effect[] = [];
  const at = clock.wallMs(); // events get the time of their record only when they are written
  const fold = (event: RunEvent): void => {
    for (const effect of evolve(state, event, at)) effects.push(effect);
    batch.push(event);
  };
  for (const event of external) fold(event);
  for (let count = 0; count < DECISIONS_PER_TURN; count++) {
    const event = next(state);
    if (event === null) return { batch, effects, rests: true };
    fold(event);
  }
  return { batch, effects, rests: false };
}

function diagnosticOf(error: unknown): Diagnostic {
  if (error instanceof JournalFailure) return error.diagnostic;
  const message = error instanceof Error ? error.message : String(error);
  return problem('RUN_BUG', `giga met a bug of its own: ${message}`, {
    hint: 'Please report it. The journal is whole: `giga resume` goes on.',
  });
}
