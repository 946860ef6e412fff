/** Opens and closes asked-for work: attempts, captures, timers, waits. Knows that an answer closes its op once, and that later ones are late news. */

import type { Capture } from '../expr/ast.ts';
import { isJsonObject } from '../json.ts';
import { known } from '../known.ts';
import { isGuarded, isService } from '../plan/plan.ts';
import { attemptWork } from './attempt-work.ts';
import { checksOf, isProbing, pollOver, probe } from './checks.ts';
import { doubtOf, endAssume, startAssume } from './doubt.ts';
import type { Effect } from './effect.ts';
import type {
  AttemptEnded,
  AttemptStarted,
  CaptureEnded,
  CaptureStarted,
  DoubtCause,
  OpNoted,
  TimerEnded,
  TimerStarted,
  WaitEnded,
  WaitStarted,
} from './event.ts';
import { isFailure } from './failing.ts';
import { type Node, slotsOf } from './node.ts';
import { forgetSuccess } from './replan.ts';
import { mayRework } from './rework-cause.ts';
import type { OpenOp, Run } from './run.ts';
import { rootOf, touch } from './run.ts';
import { begin, failSlots, markWorked } from './scopes.ts';
import { stopServing } from './serving.ts';
import { takeSignal } from './signals.ts';

const NO_EFFECTS: readonly Effect[] = [];

export function startAttempt(run: Run, node: Node, event: AttemptStarted): readonly Effect[] {
  begin(run, node);
  // The attempt before did its work, and only what was computed from it failed: that is counted here, where it is known.
  if (node.state === 'ended' && node.ended?.outcome === 'succeeded') node.failures++;
  node.state = 'running';
  node.op = event.op;
  node.attempts = event.attempt;
  node.fingerprint = event.fingerprint;
  node.parts = event.parts ?? null;
  run.running++;
  node.checks = null;
  node.doubt = null;
  run.assumed.delete(node.path);
  forgetSuccess(run, node);
  if (!isService(node.plan)) markWorked(node); // those whom it serves may all be kept
  openOp(run, event.op, { kind: 'attempt', node, startedAt: run.at });
  touch(run, node);
  return run.replaying ? [] : [{ type: 'start', work: attemptWork(run, node, event.op) }];
}

export function endAttempt(run: Run, event: AttemptEnded): readonly Effect[] {
  const op = closeOp(run, event.op, 'attempt');
  if (op === null) return [];
  const { node } = op;
  node.op = 0;
  if (node.state === 'running') run.running--;
  node.durationMs += event.durationMs;
  node.endedAt = run.at;
  if (event.outcome === 'interrupted') interrupt(run, node);
  else {
    node.ended = event;
    node.state = 'ended';
    if (isFailure(event.outcome)) node.failures++;
    // What was noted before it is of an attempt that came to its end, and not of one that was cut off.
    if (node.news !== null) node.news = [...node.news, { kind: 'attempt-ended', outcome: event.outcome }];
  }
  touch(run, node);
  if (run.interrupted && run.running === 0) touch(run, rootOf(run));
  return [];
}

/** Kept for the attempts that go on where this one is cut off. */
export function noteAttempt(run: Run, { op, data }: OpNoted): void {
  const asked = run.ops.get(op);
  if (asked?.kind !== 'attempt' || !isJsonObject(data)) return;
  asked.node.news = [...(asked.node.news ?? []), data];
}

/** Cut off by no fault of its own: it starts again, and no retry is spent. */
function interrupt(run: Run, node: Node): void {
  // To serve until giga goes is no sign of trouble.
  if (node.state === 'serving') stopServing(run, node);
  else node.interruptions++;
  if (isGuarded(node.plan)) {
    node.doubt = doubtOf('cut-off');
    node.ended = null; // how the attempt before it ended is answered
  }
  node.caching = null; // what it reads may have changed
  node.state = 'blocked';
}

/** A writer took the run over: every attempt under way was cut off. */
export function interruptAll(run: Run): void {
  const serving: Node[] = [];
  for (const [op, { kind, node }] of run.ops) {
    if (kind !== 'attempt') continue;
    run.ops.delete(op);
    node.op = 0;
    if (node.state === 'serving') serving.push(node);
    else {
      run.running--;
      interrupt(run, node);
    }
    touch(run, node);
  }
  for (const node of serving) interrupt(run, node); // what used them has stopped by now
}

export function startTimer(run: Run, node: Node, event: TimerStarted): readonly Effect[] {
  if (event.purpose === 'timeout') return startLimit(run, node, event);
  if (event.purpose === 'poll') return startPoll(run, node, event);
  const stops = event.purpose === 'retry' && node.slots !== null ? failSlots(run, node) : NO_EFFECTS;
  if (event.purpose === 'wait') {
    begin(run, node);
    markWorked(node);
  } else if (event.purpose === 'delay')
    slotsOf(node).waited = true; // when it ends the loop goes on
  else if (node.slots === null && node.ended?.outcome === 'succeeded') node.failures++; // as in startAttempt
  node.state = event.purpose === 'wait' ? 'waiting' : 'delayed';
  node.fingerprint = event.fingerprint ?? node.fingerprint;
  node.op = event.op;
  const dueAt = run.at + event.delayMs;
  openOp(run, event.op, { kind: 'timer', node, dueAt, delayMs: event.delayMs, purpose: event.purpose });
  touch(run, node);
  return [...stops, { type: 'start', work: { kind: 'timer', node: node.path, op: event.op, dueAt } }];
}

/** The pause between two checks. */
function startPoll(run: Run, node: Node, { op, delayMs, purpose }: TimerStarted): readonly Effect[] {
  node.checks = { ...checksOf(node), op };
  const dueAt = run.at + delayMs;
  openOp(run, op, { kind: 'timer', node, dueAt, delayMs, purpose });
  touch(run, node);
  return [{ type: 'start', work: { kind: 'timer', node: node.path, op, dueAt } }];
}

/** The time of a node that goes on beside it. */
function startLimit(
  run: Run,
  node: Node,
  { op, delayMs, purpose, limit = 'timeout' }: TimerStarted,
): readonly Effect[] {
  node.limitOp = op;
  const dueAt = (limit === 'total-timeout' ? node.startedAt : run.at) + delayMs;
  openOp(run, op, { kind: 'timer', node, dueAt, delayMs, purpose, limit });
  touch(run, node);
  return [{ type: 'start', work: { kind: 'timer', node: node.path, op, dueAt } }];
}

export function endTimer(run: Run, event: TimerEnded): readonly Effect[] {
  const op = closeOp(run, event.op, 'timer');
  if (op === null) return [];
  const { node } = op;
  if (op.purpose === 'timeout') {
    node.limitOp = 0;
    node.late = known(op.limit);
    touch(run, node);
    return stopProbe(run, node);
  }
  if (op.purpose === 'poll') {
    pollOver(node);
    touch(run, node);
    return [];
  }
  node.op = 0;
  if (op.purpose === 'wait')
    endAs(node, { op: event.op, outcome: 'succeeded', outputs: { 'waited-ms': op.delayMs }, durationMs: op.delayMs });
  else node.state = op.purpose === 'delay' ? 'open' : 'blocked';
  touch(run, node);
  return [];
}

/** A wait has its end: told as that of an attempt, since what follows is the same. */
function endAs(node: Node, end: Omit<AttemptEnded, 'type' | 'node'>): void {
  node.ended = { type: 'attempt.ended', node: node.path, ...end };
  node.state = 'ended';
  node.durationMs += end.durationMs;
}

export function startWait(run: Run, node: Node, event: WaitStarted): readonly Effect[] {
  begin(run, node);
  const { op, purpose, data } = event;
  node.state = 'waiting';
  node.fingerprint = event.fingerprint ?? node.fingerprint;
  node.op = op;
  markWorked(node);
  if (purpose === 'condition') node.captured = node.refused = null; // each check takes its own
  if (purpose === 'approval') countAsked(run, node);
  if (purpose === 'assume') startAssume(node, data.why as DoubtCause); // written by `askDoubt`
  openOp(run, op, { kind: 'wait', node, startedAt: run.at, purpose, data });
  touch(run, node);
  return [{ type: 'start', work: { kind: 'wait', node: node.path, op, purpose, data, since: run.at } }];
}

/** Each asking is one of its own, in all of the run: a verdict answers one of them. A new one makes what was approved before void. */
function countAsked(run: Run, node: Node): void {
  node.attempts = (run.asked.get(node.path) ?? 0) + 1;
  run.asked.set(node.path, node.attempts);
  forgetSuccess(run, node);
}

export function endWait(run: Run, event: WaitEnded): readonly Effect[] {
  const op = closeOp(run, event.op, 'wait');
  if (op === null) return [];
  const { node } = op;
  node.op = 0;
  if (op.purpose === 'assume') {
    endAssume(run, node, event);
    return [];
  }
  node.endedAt = run.at;
  const { outputs, error, sent } = event;
  if (sent !== undefined) takeSignal(run, sent);
  const waitedMs = outputs?.['waited-ms'];
  const durationMs = typeof waitedMs === 'number' ? waitedMs : Math.max(0, run.at - op.startedAt);
  endAs(node, {
    op: event.op,
    outcome: error === undefined ? 'succeeded' : 'failed',
    ...(outputs && { outputs }),
    ...(error && { error }),
    durationMs,
  });
  if (mayRework(node) && node.scope !== null) node.scope.rejected.add(node.index);
  touch(run, node);
  return [{ type: 'stop', op: event.op, node: node.path }]; // it may have ended by itself, because it took too long
}

/** The probe under way of a node that is to end, or whose time is over. */
export function stopProbe(run: Run, node: Node): readonly Effect[] {
  return isProbing(run, node) ? [{ type: 'stop', op: checksOf(node).op, node: node.path }] : [];
}

export function startCapture(run: Run, node: Node, event: CaptureStarted): readonly Effect[] {
  node.captureOp = event.op;
  // Events are plain JSON: who reads one that names another kind of capture meets it in the capturer, not here.
  const captures = event.captures as readonly Capture[];
  openOp(run, event.op, { kind: 'capture', node, captures });
  for (const { key, kind } of captures) if (kind === 'env-run') run.pending.set(key, event.op);
  touch(run, node);
  return [{ type: 'start', work: { kind: 'capture', node: node.path, op: event.op, captures } }];
}

export function endCapture(run: Run, event: CaptureEnded): readonly Effect[] {
  const op = closeOp(run, event.op, 'capture');
  if (op === null) return [];
  const { node } = op;
  node.captureOp = 0;
  for (const { key, kind } of op.captures) {
    run.pending.delete(key);
    const captured = kind === 'env-run' ? run.captured : (node.captured ??= new Map());
    const refused = kind === 'env-run' ? run.refused : (node.refused ??= new Map());
    const value = Object.hasOwn(event.values, key) ? event.values[key] : undefined;
    if (value !== undefined) captured.set(key, value);
    else if (event.error) refused.set(key, event.error);
    else captured.set(key, null); // asked and not answered: there is nothing
  }
  touch(run, node);
  wakeWaiters(run, event.op);
  return [];
}

function wakeWaiters(run: Run, op: number): void {
  for (const ord of run.waiters.get(op) ?? []) {
    const waiter = run.nodes[ord];
    if (waiter !== undefined) touch(run, waiter);
  }
  run.waiters.delete(op);
}

/** A node settles with open work: that is stopped, and its answer will be late news. Who waited for it asks for itself. */
export function abandonOps(run: Run, node: Node): readonly Effect[] {
  const ops = [node.op, node.captureOp, node.limitOp, node.checks?.op ?? 0, node.caching?.op ?? 0].filter(
    (op) => op !== 0,
  );
  if (ops.length === 0) return [];
  for (const op of ops) {
    const open = run.ops.get(op);
    if (open?.kind === 'capture') for (const { key } of open.captures) run.pending.delete(key);
    run.ops.delete(op);
    wakeWaiters(run, op);
  }
  node.op = 0;
  node.captureOp = 0;
  node.limitOp = 0;
  node.checks = null;
  node.caching = null;
  return ops.map((op) => ({ type: 'stop', op, node: node.path }));
}

/** What is to be asked again when a writer takes the run over: open captures and waits, and timers with the due time they had. */
export function pendingWork(run: Run): readonly Effect[] {
  const effects: Effect[] = [];
  for (const [op, open] of run.ops) {
    const node = open.node.path;
    if (open.kind === 'timer') effects.push({ type: 'start', work: { kind: 'timer', node, op, dueAt: open.dueAt } });
    if (open.kind === 'capture')
      effects.push({ type: 'start', work: { kind: 'capture', node, op, captures: open.captures } });
    if (open.kind === 'check' && open.isProbe) effects.push(probe(run, open.node));
    if (open.kind === 'wait')
      effects.push({
        type: 'start',
        work: { kind: 'wait', node, op, purpose: open.purpose, data: open.data, since: open.startedAt },
      });
  }
  return effects;
}

export function openOp(run: Run, op: number, open: OpenOp): void {
  run.ops.set(op, open);
  run.lastOp = Math.max(run.lastOp, op);
}

export function closeOp<K extends OpenOp['kind']>(
  run: Run,
  op: number,
  kind: K,
): Extract<OpenOp, { readonly kind: K }> | null {
  const open = run.ops.get(op);
  if (open?.kind !== kind) return null;
  run.ops.delete(op);
  return open as Extract<OpenOp, { readonly kind: K }>; // its kind was just compared
}
