/**
 * Drives a run in memory and in virtual time: the real core, a scripted world, no machine. A long wait takes no time, and the
 * same script gives the same journal. Knows no files and no step types.
 */
import type { Diagnostic } from '../core/diagnostic/diagnostic.ts';
import type { JsonObject } from '../core/json.ts';
import type { Plan } from '../core/plan/plan.ts';
import type { Answer } from '../core/run/answer.ts';
import { requestIn } from '../core/run/approval.ts';
import type { AssumeCommand } from '../core/run/assume.ts';
import { type Command, decide } from '../core/run/decide.ts';
import type {
  AttemptWork,
  CaptureWork,
  CheckWork,
  ClaimWork,
  Effect,
  EnsureWork,
  WaitWork,
  Work,
} from '../core/run/effect.ts';
import type { AttemptEnded, CaptureEnded, CheckEnded, OnceDone, Recorded, RunEvent } from '../core/run/event.ts';
import { evolve } from '../core/run/evolve.ts';
import { fold } from '../core/run/fold.ts';
import { next } from '../core/run/next.ts';
import { newRun, type Run, type Surroundings } from '../core/run/run.ts';
import type { SignalCommand } from '../core/run/signals.ts';
import { doneIn } from './done-in-journal.ts';

/** How an attempt ends in the script, and after how long. */
export interface ScriptedEnd extends Pick<AttemptEnded, 'outcome' | 'outputs' | 'error'> {
  readonly takesMs: number;
}

/** What someone says to an approval, and how long after it was asked. */
export interface ScriptedVerdict extends Pick<Answer, 'verdict' | 'by' | 'form' | 'comment'> {
  readonly takesMs: number;
}

/** An event that someone sends, and how long after the beginning of the run. */
export interface ScriptedSignal extends Omit<SignalCommand, 'kind'> {
  readonly afterMs: number;
}

export interface Script {
  /** Also of a probe, which is an attempt for each look. */
  attempt(work: AttemptWork): ScriptedEnd;
  /** Of what waits for an event or a file: when that comes, and with which outputs. Null: it does not come by itself. */
  wait(work: WaitWork): ScriptedEnd | null;
  /** What someone answers to an approval. Without it, or with null, nobody does. */
  verdict?(work: WaitWork): ScriptedVerdict | null;
  /** Whether what a step ensures is so, as far as it is no expression. Without it, it is. */
  ensure?(work: EnsureWork): Pick<CheckEnded, 'holds' | 'error'>;
  /** Whether an effect in doubt has happened. Without it, it has not. */
  verify?(work: CheckWork): Pick<CheckEnded, 'holds' | 'outputs' | 'error'>;
  /** What someone says of it who knows. Without it nobody does. */
  assume?(work: WaitWork): AssumeCommand['how'];
  capture(work: CaptureWork, nowMs: number): Pick<CaptureEnded, 'values' | 'error'>;
  /** In the order in which they are sent. */
  readonly signals?: readonly ScriptedSignal[];
}

export interface Simulation {
  readonly plan: Plan;
  /** By which the plan is named. */
  readonly hash: string;
  readonly inputs: JsonObject;
  readonly script: Script;
  readonly surroundings?: Partial<Surroundings>;
  readonly trigger?: string;
  /** What a process left in the journal that was killed: another one opens the run and goes on. */
  readonly before?: readonly Recorded[];
  /** How long the run lay there. */
  readonly downMs?: number;
}

export interface Simulated {
  readonly run: Run;
  readonly journal: readonly Recorded[];
  /** Why answers and events of the script were not taken. */
  readonly refused: readonly Diagnostic[];
  /** Why the run did not come to its end: nothing more would happen, or far too much did. */
  readonly stopped: 'finished' | 'waiting' | 'endless';
}

const SO = { holds: true };
const NOT_DONE = { holds: false, outputs: { 'exit-code': 1 } };

/** When time begins, ms since 1970: a round moment, far from any real one. */
export const BEGINNING_MS = Date.UTC(2000, 0, 1);
/** More events than any run of a test would need. */
const MOST_EVENTS = 200_000;

/** What the world answers, or what someone asks, and when. */
type Pending = { readonly dueMs: number; readonly op: number } & (
  | { readonly event: RunEvent; readonly command?: undefined }
  | { readonly event?: undefined; readonly command: Command }
);

export function simulate(simulation: Simulation): Simulated {
  const { plan, hash, script, surroundings, before = [], downMs = 0 } = simulation;
  const around: Surroundings = { plans: new Map([[hash, plan]]), ...surroundings };
  const run = before.length > 0 ? fold(around, before) : newRun(around);
  const epoch = (before.at(-1)?.epoch ?? 0) + 1;
  const journal: Recorded[] = [...before];
  const pending = new Map<number, Pending>();
  const held: Held = { claims: new Map(), services: new Set(), done: new Map(doneIn(before, 'test')) };
  const refused: Diagnostic[] = [];
  const signals = signalsAfter(before, script.signals ?? []);
  let nowMs = before.length > 0 ? (before.at(-1)?.at ?? 0) + downMs : BEGINNING_MS;

  const perform = (effect: Effect): void => {
    if (effect.type === 'stop') stop(pending, held, effect, nowMs);
    else if (effect.work.kind === 'claim') claim(pending, held, effect.work, nowMs);
    else start(pending, held.services, effect.work, script, nowMs);
  };
  const apply = (event: RunEvent): void => {
    const record: Recorded = { ...event, seq: journal.length, epoch, at: nowMs, durableUpTo: journal.length - 1 };
    journal.push(record);
    for (const effect of evolve(run, record)) perform(effect);
  };
  const command = (asked: Command): void => {
    const decision = decide(run, asked.kind === 'answer' ? { ...asked, at: nowMs } : asked);
    if (!decision.ok) refused.push(decision.diagnostic);
    for (const event of decision.events ?? []) apply(event);
  };

  for (const event of beginning(run, simulation)) apply(event);
  while (journal.length < MOST_EVENTS) {
    const decided = next(run);
    if (decided !== null) {
      apply(decided);
      continue;
    }
    const answer = earlier(earliest(pending), run.status === 'finished' ? undefined : signals[0]);
    if (answer === null) return { run, journal, refused, stopped: run.status === 'finished' ? 'finished' : 'waiting' };
    nowMs = Math.max(nowMs, answer.dueMs);
    if (answer.op === 0) signals.shift();
    else pending.delete(answer.op);
    if (answer.command === undefined) apply(answer.event);
    else command(answer.command);
  }
  return { run, journal, refused, stopped: 'endless' };
}

/** What a process writes first: of a new run, or of one that another process left. */
function beginning(run: Run, { plan, hash, inputs, trigger = 'test' }: Simulation): readonly RunEvent[] {
  const opened: RunEvent = { type: 'run.opened', host: 'test', giga: 'test', pid: 1 };
  const workflow = { name: plan.name, file: plan.file };
  const isNew = run.status === 'new';
  const decision = decide(
    run,
    isNew ? { kind: 'start', run: 'test', plan: hash, inputs, trigger, workflow } : { kind: 'resume', plan: hash },
  );
  if (!decision.ok) throw new Error(`Bug: the run was refused: ${decision.diagnostic.message}`);
  return isNew ? [...decision.events, opened] : [opened, ...decision.events];
}

/** Those that are still to be sent. */
function signalsAfter(before: readonly Recorded[], signals: readonly ScriptedSignal[]): Pending[] {
  const sent = before.filter((record) => record.type === 'command.received' && record.command === 'signal').length;
  return signals.slice(sent).map(({ afterMs, ...signal }) => ({
    dueMs: BEGINNING_MS + afterMs,
    op: 0,
    command: { kind: 'signal', ...signal },
  }));
}

/** What is answered comes before what is sent at the same time. */
function earlier(answer: Pending | null, signal: Pending | undefined): Pending | null {
  if (signal === undefined) return answer;
  return answer !== null && answer.dueMs <= signal.dueMs ? answer : signal;
}

/** What goes on beside the steps until it is told to stop. */
interface Held {
  readonly claims: Claims;
  readonly services: Set<number>;
  /** What was done once, by key. */
  readonly done: Map<string, OnceDone>;
}

/** By name, who has it and who waits for it, in the order in which they asked. */
type Claims = Map<string, ClaimWork[]>;

function claim(pending: Map<number, Pending>, held: Held, work: ClaimWork, nowMs: number): void {
  const { claims } = held;
  const name = `${work.of} ${work.name}`;
  const queue = claims.get(name) ?? [];
  claims.set(name, [...queue, work]);
  if (queue.length === 0) hold(pending, held, work, nowMs);
}

function hold(pending: Map<number, Pending>, held: Held, { node, op, of, name }: ClaimWork, nowMs: number): void {
  const done = of === 'once' ? held.done.get(name) : undefined;
  if (done !== undefined) giveUp(pending, held, op, nowMs);
  pending.set(op, { dueMs: nowMs, op, event: { type: 'claim.ended', node, op, ...(done && { done }) } });
}

/** The next in the queue has the name. */
function giveUp(pending: Map<number, Pending>, held: Held, op: number, nowMs: number, done?: OnceDone): void {
  const { claims } = held;
  for (const [name, queue] of claims) {
    const index = queue.findIndex((work) => work.op === op);
    if (index < 0) continue;
    if (done !== undefined) held.done.set(queue[index]?.name ?? '', done);
    const rest = queue.toSpliced(index, 1);
    claims.set(name, rest);
    if (index === 0 && rest[0] !== undefined) hold(pending, held, rest[0], nowMs);
  }
}

function start(pending: Map<number, Pending>, services: Set<number>, work: Work, script: Script, nowMs: number): void {
  const { node, op } = work;
  if (work.kind === 'attempt') {
    const end = limited(script.attempt(work), work);
    const { takesMs, ...said } = end;
    if (work.action === 'service' && end.outcome === 'succeeded') {
      services.add(op);
      pending.set(op, { dueMs: nowMs, op, event: { type: 'attempt.serving', node, op, outputs: end.outputs ?? {} } });
      return;
    }
    const event: RunEvent = { type: 'attempt.ended', node, op, ...said, durationMs: takesMs };
    pending.set(op, { dueMs: nowMs + takesMs, op, event });
  } else if (work.kind === 'capture') {
    pending.set(op, { dueMs: nowMs, op, event: { type: 'capture.ended', node, op, ...script.capture(work, nowMs) } });
  } else if (work.kind === 'wait' && work.purpose === 'approval' && script.verdict !== undefined) {
    const said = script.verdict(work);
    if (said === null) return;
    const { takesMs, ...answer } = said;
    const { digest } = requestIn(work.data, node, op);
    const command: Command = { kind: 'answer', node, digest, ...answer, at: 0 };
    pending.set(op, { dueMs: Math.max(nowMs, work.since + takesMs), op, command });
  } else if (work.kind === 'cache') {
    pending.set(op, { dueMs: nowMs, op, event: { type: 'cache.ended', node, op } }); // nothing is there, and nothing is kept
  } else if (work.kind === 'timer') {
    pending.set(op, { dueMs: work.dueAt, op, event: { type: 'timer.ended', node, op } });
  } else if (work.kind === 'ensure') {
    pending.set(op, { dueMs: nowMs, op, event: { type: 'check.ended', node, op, ...(script.ensure?.(work) ?? SO) } });
  } else if (work.kind === 'check' && work.about === 'verify') {
    pending.set(op, {
      dueMs: nowMs,
      op,
      event: { type: 'check.ended', node, op, ...(script.verify?.(work) ?? NOT_DONE) },
    });
  } else if (work.kind === 'check') {
    const { takesMs, outcome, ...said } = limited(script.attempt({ ...work, kind: 'attempt' }), work);
    const event: RunEvent = { type: 'check.ended', node, op, holds: outcome === 'succeeded', ...said };
    pending.set(op, { dueMs: nowMs + takesMs, op, event });
  } else if (work.kind === 'wait' && work.purpose === 'assume' && script.assume !== undefined) {
    const how = script.assume(work);
    pending.set(op, { dueMs: nowMs, op, command: { kind: 'assume', node, how, by: 'test' } });
  } else if (work.kind === 'wait' && (work.purpose === 'event' || work.purpose === 'file')) {
    const comes = script.wait(work);
    if (comes === null) return;
    const { takesMs, outputs = {}, error } = comes;
    const gave = { ...outputs, 'waited-ms': takesMs };
    const event: RunEvent = { type: 'wait.ended', node, op, outputs: gave, ...(error && { error }) };
    pending.set(op, { dueMs: Math.max(nowMs, work.since + takesMs), op, event });
  }
}

/** An attempt that takes longer than its limit ends there. */
function limited(
  end: ScriptedEnd,
  { timeoutMs, totalTimeoutMs }: Pick<AttemptWork, 'timeoutMs' | 'totalTimeoutMs'>,
): ScriptedEnd {
  const limitMs = Math.min(timeoutMs ?? Number.POSITIVE_INFINITY, totalTimeoutMs ?? Number.POSITIVE_INFINITY);
  return end.takesMs <= limitMs ? end : { outcome: 'timed-out', takesMs: limitMs };
}

/** Timers, captures, waits and claims are gone at once; an attempt ends as cancelled, a probe does not hold, and a service that nobody needs ends as it should. */
function stop(
  pending: Map<number, Pending>,
  held: Held,
  { op, node, because, done }: Extract<Effect, { readonly type: 'stop' }>,
  nowMs: number,
): void {
  const open = pending.get(op)?.event?.type;
  giveUp(pending, held, op, nowMs, done);
  if (open === 'check.ended')
    pending.set(op, { dueMs: nowMs, op, event: { type: 'check.ended', node, op, holds: false } });
  else if (open === 'attempt.ended' || held.services.delete(op)) {
    const outcome = because === 'released' ? 'succeeded' : 'cancelled';
    pending.set(op, { dueMs: nowMs, op, event: { type: 'attempt.ended', node, op, outcome, durationMs: 0 } });
  } else pending.delete(op);
}

/** What happens next: of what is due at the same time, what was asked for first. */
function earliest(pending: ReadonlyMap<number, Pending>): Pending | null {
  let first: Pending | null = null;
  for (const one of pending.values())
    if (first === null || one.dueMs < first.dueMs || (one.dueMs === first.dueMs && one.op < first.op)) first = one;
  return first;
}
