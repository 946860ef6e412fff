/**
 * What one node asks for now, from its own few numbers. Knows no other nodes, no order and no limits.
 *
 * | state            | asks for                                                                                       |
 * | blocked          | cancelled; skipped by its edges or condition; node.opened; START; what set, fail and wait do    |
 * | ended            | succeeded, failed or cancelled; a timer or START for another attempt; see also approve.ts      |
 * | delayed, waiting | cancelled or failed, when it is to stop or too late; else nothing: the timer is due some day;  |
 * |                  | see also await.ts, approve.ts                                                                  |
 * | serving          | service.released, when nobody needs it                                                         |
 * | open             | the timer of its limit; the end of its members when that is over; else what its rule says      |
 * | any              | its hook, before it settles as succeeded or failed                                             |
 * | running, settled | nothing: the world moves next, or nothing does                                                 |
 */

import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { unreachable } from '../json.ts';
import { known } from '../known.ts';
import { type ActionNode, type CompositeNode, isComposite, isGuarded, isService } from '../plan/plan.ts';
import { askApproval, askUnanswered, askVerdict } from './approve.ts';
import { askWaiting } from './await.ts';
import { askCached, whenSaved } from './caching.ts';
import { openChild } from './child.ts';
import { askClaim, askedOf, waitsForClaim } from './claims.ts';
import { openCompensation } from './compensation.ts';
import { computedOutputs } from './computed-outputs.ts';
import { askCondition } from './condition.ts';
import { askAssumed, askDoubt, askLook, doubtBefore, isVerifying } from './doubt.ts';
import { askBefore, askEnsured } from './ensures.ts';
import type { AttemptEnded, Cause, RunEvent } from './event.ts';
import { attemptError, interruptedTooOften, MAX_INTERRUPTIONS } from './failing.ts';
import { askHook, atInterrupt, beforeEnd, isStopped } from './hooks.ts';
import { openItems } from './items.ts';
import { edgesSettled } from './join.ts';
import { askLate, lateEnd } from './late.ts';
import { askComputed } from './leaf.ts';
import type { Node } from './node.ts';
import { isLeftOut, mayBeKept } from './replan.ts';
import { resolve } from './resolve.ts';
import { retryAfter } from './retry.ts';
import { RULES } from './rules.ts';
import type { Run } from './run.ts';
import { savedTree } from './saved-tree.ts';
import { askServing, isNeeded } from './serving.ts';
import { askLimits, timeIsOver } from './time-limits.ts';
import { captureFor } from './waiting.ts';
import { cancelled, keptEvent, refusal, START, settled, type Wish } from './wishes.ts';

export function ask(run: Run, node: Node): Wish {
  if (node.hook?.scope) return askHook(node, node.hook.scope);
  return atInterrupt(run, node, () => beforeEnd(node, askState(run, node)));
}

function askState(run: Run, node: Node): Wish {
  switch (node.state) {
    case 'blocked':
      return askBlocked(run, node);
    case 'ended':
      return node.captureOp === 0 ? askEnded(run, node) : null;
    case 'delayed':
      if (isStopped(node)) return cancelled(node);
      return node.late === null ? null : lateEnd(node);
    case 'waiting':
      if (node.plan.kind === 'action') return node.stop === null ? askAssumed(run, node) : cancelled(node);
      if (node.plan.kind !== 'approve') return askWaiting(run, node);
      return node.stop === null ? askUnanswered(run, node, node.plan) : cancelled(node);
    case 'open':
      return node.captureOp === 0 ? askOpen(run, node) : null;
    case 'serving':
      return askServing(run, node);
    case 'running':
    case 'settled':
      return null;
    default:
      return unreachable(node.state);
  }
}

function askOpen(run: Run, node: Node): Wish {
  const plan = node.plan as CompositeNode; // only composites are opened
  return askLimits(run, node, plan) ?? askLate(node) ?? RULES[plan.kind](run, node, plan);
}

function askBlocked(run: Run, node: Node): Wish {
  if (isStopped(node)) return cancelled(node);
  if (node.stop !== null) return stoppedInHook(node);
  if (node.captureOp !== 0) return null;
  if (node.interruptions > MAX_INTERRUPTIONS) {
    const count = node.interruptions;
    return settled(node, 'failed', { kind: 'interruptions', count }, { error: interruptedTooOften(node.path, count) });
  }
  if (node.service !== null && !isNeeded(node)) return waitsForClaim(node) ? null : served(node); // its hook needs it
  if (node.begun && !edgesSettled(node)) return null; // a service that it needs starts again
  if (!node.begun) {
    const verdict = askCondition(run, node);
    if (verdict !== 'go') return verdict;
  }
  if (node.plan.kind !== 'action') {
    const isIdle = !isComposite(node.plan) && isLeftOut(run, node);
    const claim = isIdle ? 'go' : askClaim(run, node);
    if (claim !== 'go') return claim;
  }
  if (isComposite(node.plan)) {
    const before = askBefore(run, node);
    if (before !== 'go') return before;
    if (node.plan.each !== undefined) return openItems(run, node, node.plan.each);
    if (node.plan.child !== undefined) return openChild(run, node, node.plan.child);
    if (node.plan.kind === 'compensate') return openCompensation(run, node, node.plan);
    return { type: 'node.opened', node: node.path, count: node.plan.bodies.length };
  }
  if (node.plan.kind === 'approve') return askApproval(run, node, node.plan);
  if (node.plan.kind !== 'action') return askComputed(run, node, node.plan);
  if (isVerifying(node)) return askLook(run, node);
  if (!isService(node.plan) && mayBeKept(run, node)) {
    const kept = askKept(run, node);
    if (kept !== 'go') return kept;
  }
  if (isLeftOut(run, node)) return settled(node, 'skipped', { kind: 'not-selected' });
  const claim = askClaim(run, node);
  if (claim !== 'go') return claim;
  const doubt = isGuarded(node.plan) ? askGuarded(run, node) : 'go';
  if (doubt !== 'go') return doubt;
  const cached = askCached(run, node, node.plan);
  if (cached !== START) return cached;
  const before = askBefore(run, node);
  return before === 'go' ? START : before;
}

/** It came to its end without an attempt, and what follows that was stopped. */
function stoppedInHook(node: Node): Wish {
  const { failure } = known(node.hook);
  return failure === null ? cancelled(node) : settled(node, 'failed', { kind: 'error' }, { error: failure.error });
}

/** Whether an effect that must not happen twice may be begun. */
function askGuarded(run: Run, node: Node): Wish | 'go' {
  const resolved = resolve(run, node);
  if (resolved.kind !== 'value') return refusal(run, node, resolved);
  const why = doubtBefore(run, node);
  const answer = why === null ? 'again' : askDoubt(run, node, why);
  return answer === 'again' || answer === 'not-done' ? 'go' : answer;
}

/** Whether an earlier success stands for this step: asked before it waits for a place. */
function askKept(run: Run, node: Node): Wish | 'go' {
  const resolved = resolve(run, node);
  if (resolved.kind !== 'value') return refusal(run, node, resolved);
  return keptEvent(run, node, resolved.value.fingerprint) ?? 'go';
}

/** What an action asks for when there is a place for it. */
export function askToStart(run: Run, node: Node): RunEvent | null {
  return beforeEnd(node, askAttempt(run, node)) as RunEvent | null; // what has a place never asks for one
}

function askAttempt(run: Run, node: Node): RunEvent | null {
  const late = timeIsOver(run, node, node.plan as ActionNode); // only actions start
  if (late !== null) return settled(node, 'failed', { kind: 'error' }, { error: late });
  const resolved = resolve(run, node);
  if (resolved.kind !== 'value') return refusal(run, node, resolved);
  const { fingerprint, parts, request } = resolved.value;
  const tree = savedTree(run, node, request);
  if (tree.kind !== 'value') return refusal(run, node, tree);
  return {
    type: 'attempt.started',
    node: node.path,
    op: run.lastOp + 1,
    attempt: node.attempts + 1,
    fingerprint,
    parts,
  };
}

function askEnded(run: Run, node: Node): Wish {
  const ended = known(node.ended);
  if (node.plan.kind === 'approve') return askVerdict(run, node, node.plan, ended);
  if (node.service?.isReleased === true && node.stop === null) return served(node);
  if (ended.outcome === 'cancelled') return cancelled(node);
  if (ended.outcome !== 'succeeded') {
    if (isStopped(node)) return cancelled(node);
    const error = attemptError(node.path, ended);
    const failed = { error, outputs: ended.outputs ?? {} };
    const isFinal = ended.outcome === 'in-doubt' || node.service !== null; // others have seen it serve
    const again = isFinal ? 'no' : retryAfter(run, node, node.failures, failed);
    const doubt = isGuarded(node.plan) ? askFailed(run, node, node.plan, ended, again !== 'no') : 'not-done';
    if (doubt !== 'not-done') return doubt;
    if (again === START) return startAgain(node);
    return again === 'no' ? failedFor(node, error, { kind: 'attempt' }, node.failures) : again;
  }
  const computed = computedOutputs(run, node, ended); // also when a stop came too late: the work is done
  if (computed.kind === 'missing') return captureFor(run, node, computed);
  if (computed.kind === 'error') return askUnproven(run, node, ended, computed.diagnostic);
  const ensured = askEnsured(run, node, { ...ended.outputs, ...computed.value.outputs });
  if (ensured.kind === 'ask') return ensured.event;
  if (ensured.kind === 'stopped') return cancelled(node);
  if (ensured.kind === 'fails') return askUnproven(run, node, ended, ensured.error);
  return whenSaved(run, node, settled(node, 'succeeded', { kind: 'attempt' }, computed.value));
}

/** The attempt did its work, and what came of it is wrong. What must not be done twice is not tried again for that. */
function askUnproven(run: Run, node: Node, { outputs = {} }: AttemptEnded, error: Diagnostic): Wish {
  const failures = node.failures + 1; // counted by the event that follows
  const isFinal = node.stop !== null || isGuarded(node.plan);
  const again = isFinal ? 'no' : retryAfter(run, node, failures, { error, outputs });
  if (again === START) return startAgain(node);
  return again === 'no' ? failedFor(node, error, { kind: 'error' }, failures) : again;
}

/** An attempt failed that must not be made twice: what follows, unless it is known that nothing happened. */
function askFailed(run: Run, node: Node, plan: ActionNode, ended: AttemptEnded, isTried: boolean): Wish | 'not-done' {
  const why = ended.outcome === 'timed-out' ? 'timed-out' : isTried && plan.verify !== undefined ? 'failed' : null;
  const answer = why === null ? 'not-done' : askDoubt(run, node, why);
  return answer === 'again' ? startAgain(node) : answer;
}

/** Under a later writer it must have what it holds again first. */
function startAgain(node: Node): Wish {
  const asked = askedOf(node);
  return asked === 'go' ? START : asked;
}

/** A service has done what it was there for. */
function served(node: Node): RunEvent {
  return settled(node, 'succeeded', { kind: 'attempt' }, { outputs: known(node.outputs) });
}

function failedFor(node: Node, error: Diagnostic, cause: Cause, attempts: number): RunEvent {
  return settled(node, 'failed', attempts > 1 ? { kind: 'retries-exhausted', attempts } : cause, { error });
}
