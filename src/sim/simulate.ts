/**
 * Drives a run in memory and in virtual time: the real core, a scripted world, no machine. A long wait takes no time, and the
 * same script gives the same journal. Knows no files and no step types.
 */
import type { JsonObject } from '../core/json.ts';
import type { Plan } from '../core/plan/plan.ts';
import { decide } from '../core/run/decide.ts';
import type { AttemptWork, CaptureWork, ClaimWork, Effect, WaitWork, Work } from '../core/run/effect.ts';
import type { AttemptEnded, CaptureEnded, Recorded, RunEvent } from '../core/run/event.ts';
import { evolve } from '../core/run/evolve.ts';
import { next } from '../core/run/next.ts';
import { newRun, type Run, type Surroundings } from '../core/run/run.ts';

/** How an attempt ends in the script, and after how long. */
export interface ScriptedEnd extends Pick<AttemptEnded, 'outcome' | 'outputs' | 'error'> {
  readonly takesMs: number;
}

export interface Script {
  /** Also of a probe, which is an attempt for each look. */
  attempt(work: AttemptWork): ScriptedEnd;
  /** Of what waits for an event or a file: when that comes, and with which outputs. */
  wait(work: WaitWork): ScriptedEnd;
  /** What someone answers to an approval, and after how long. Without it nobody does. */
  verdict?(work: WaitWork): { readonly outputs: JsonObject; readonly takesMs: number };
  capture(work: CaptureWork, nowMs: number): Pick<CaptureEnded, 'values' | 'error'>;
}

export interface Simulation {
  readonly plan: Plan;
  /** By which the plan is named. */
  readonly hash: string;
  readonly inputs: JsonObject;
  readonly script: Script;
  readonly surroundings?: Partial<Surroundings>;
  readonly trigger?: string;
}

export interface Simulated {
  readonly run: Run;
  readonly journal: readonly Recorded[];
  /** Why the run did not come to its end: nothing more would happen, or far too much did. */
  readonly stopped: 'finished' | 'waiting' | 'endless';
}

/** When time begins, ms since 1970: a round moment, far from any real one. */
export const BEGINNING_MS = Date.UTC(2000, 0, 1);
/** More events than any run of a test would need. */
const MOST_EVENTS = 200_000;

interface Pending {
  readonly dueMs: number;
  readonly op: number;
  readonly event: RunEvent;
}

export function simulate({ plan, hash, inputs, script, surroundings, trigger = 'test' }: Simulation): Simulated {
  const run = newRun({ plans: new Map([[hash, plan]]), ...surroundings });
  const journal: Recorded[] = [];
  const pending = new Map<number, Pending>();
  const held: Held = { claims: new Map(), services: new Set() };
  let nowMs = BEGINNING_MS;

  const perform = (effect: Effect): void => {
    if (effect.type === 'stop') stop(pending, held, effect, nowMs);
    else if (effect.work.kind === 'claim') claim(pending, held.claims, effect.work, nowMs);
    else start(pending, held.services, effect.work, script, nowMs);
  };
  const apply = (event: RunEvent): void => {
    const record: Recorded = { ...event, seq: journal.length, epoch: 1, at: nowMs, durableUpTo: journal.length - 1 };
    journal.push(record);
    for (const effect of evolve(run, record)) perform(effect);
  };

  const workflow = { name: plan.name, file: plan.file };
  const decision = decide(run, { kind: 'start', run: 'test', plan: hash, inputs, trigger, workflow });
  if (!decision.ok) throw new Error(`Bug: a new run was refused: ${decision.diagnostic.message}`);
  for (const event of decision.events) apply(event);
  apply({ type: 'run.opened', host: 'test', giga: 'test', pid: 1 });
  while (journal.length < MOST_EVENTS) {
    const decided = next(run);
    if (decided !== null) {
      apply(decided);
      continue;
    }
    const answer = earliest(pending);
    if (answer === null) return { run, journal, stopped: run.status === 'finished' ? 'finished' : 'waiting' };
    pending.delete(answer.op);
    nowMs = Math.max(nowMs, answer.dueMs);
    apply(answer.event);
  }
  return { run, journal, stopped: 'endless' };
}

/** What goes on beside the steps until it is told to stop. */
interface Held {
  readonly claims: Claims;
  readonly services: Set<number>;
}

/** By name, who has it and who waits for it, in the order in which they asked. */
type Claims = Map<string, ClaimWork[]>;

function claim(pending: Map<number, Pending>, claims: Claims, work: ClaimWork, nowMs: number): void {
  const name = `${work.of} ${work.name}`;
  const queue = claims.get(name) ?? [];
  claims.set(name, [...queue, work]);
  if (queue.length === 0) hold(pending, work, nowMs);
}

function hold(pending: Map<number, Pending>, { node, op }: ClaimWork, nowMs: number): void {
  pending.set(op, { dueMs: nowMs, op, event: { type: 'claim.ended', node, op } });
}

/** The next in the queue has the name. */
function giveUp(pending: Map<number, Pending>, claims: Claims, op: number, nowMs: number): void {
  for (const [name, queue] of claims) {
    const index = queue.findIndex((work) => work.op === op);
    if (index < 0) continue;
    const rest = queue.toSpliced(index, 1);
    claims.set(name, rest);
    if (index === 0 && rest[0] !== undefined) hold(pending, rest[0], nowMs);
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
    const { outputs, takesMs } = script.verdict(work);
    pending.set(op, { dueMs: nowMs + takesMs, op, event: { type: 'wait.ended', node, op, outputs } });
  } else if (work.kind === 'cache') {
    pending.set(op, { dueMs: nowMs, op, event: { type: 'cache.ended', node, op } }); // nothing is there, and nothing is kept
  } else if (work.kind === 'timer') {
    pending.set(op, { dueMs: work.dueAt, op, event: { type: 'timer.ended', node, op } });
  } else if (work.kind === 'check') {
    const { takesMs, outcome, ...said } = limited(script.attempt({ ...work, kind: 'attempt' }), work);
    const event: RunEvent = { type: 'check.ended', node, op, holds: outcome === 'succeeded', ...said };
    pending.set(op, { dueMs: nowMs + takesMs, op, event });
  } else if (work.kind === 'wait' && (work.purpose === 'event' || work.purpose === 'file')) {
    const { takesMs, outputs = {}, error } = script.wait(work);
    const gave = { ...outputs, 'waited-ms': takesMs };
    const event: RunEvent = { type: 'wait.ended', node, op, outputs: gave, ...(error && { error }) };
    pending.set(op, { dueMs: nowMs + takesMs, op, event });
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
  { claims, services }: Held,
  { op, node, because }: Extract<Effect, { readonly type: 'stop' }>,
  nowMs: number,
): void {
  const open = pending.get(op)?.event.type;
  giveUp(pending, claims, op, nowMs);
  if (open === 'check.ended')
    pending.set(op, { dueMs: nowMs, op, event: { type: 'check.ended', node, op, holds: false } });
  else if (open === 'attempt.ended' || services.delete(op)) {
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
