/** The leaves that giga does itself: set, fail, and those that wait. Knows no actions. */
import { isJsonObject, type Json, unreachable } from '../json.ts';
import type { ActionNode, ApproveNode, FailNode, LeafNode, SetNode, WaitNode } from '../plan/plan.ts';
import { parseDuration } from '../units.ts';
import { askAwait } from './await.ts';
import { computedOutputs } from './computed-outputs.ts';
import { type Answer, evaluateFor } from './evaluation.ts';
import type { AttemptEnded, RunEvent } from './event.ts';
import { badDuration, notAnObject, saidFail } from './failing.ts';
import { leafPrint } from './fingerprints.ts';
import type { Node } from './node.ts';
import { isLeftOut } from './replan.ts';
import type { Run } from './run.ts';
import { sceneOf } from './scene.ts';
import { keptEvent, refusal, settled } from './wishes.ts';

export function askComputed(run: Run, node: Node, plan: Exclude<LeafNode, ActionNode | ApproveNode>): RunEvent | null {
  switch (plan.kind) {
    case 'set':
      return askSet(run, node, plan);
    case 'fail':
      return askFail(run, node, plan);
    case 'wait':
      return askWait(run, node, plan);
    case 'await':
      return askAwait(run, node, plan);
    default:
      return unreachable(plan);
  }
}

function askSet(run: Run, node: Node, plan: SetNode): RunEvent | null {
  const answer = evaluateFor(run, node, plan.values, sceneOf(node));
  if (answer.kind !== 'value') return refusal(run, node, answer);
  if (!isJsonObject(answer.value)) return settled(node, 'failed', { kind: 'error' }, { error: notAnObject(node.path) });
  if (plan.outputs === undefined) return settled(node, 'succeeded', { kind: 'evaluated' }, { outputs: answer.value });
  const done = { outcome: 'succeeded', outputs: answer.value, durationMs: 0 } as const;
  const ended: AttemptEnded = { type: 'attempt.ended', node: node.path, op: 0, ...done };
  const computed = computedOutputs(run, node, ended);
  if (computed.kind !== 'value') return refusal(run, node, computed);
  const outputs = { ...answer.value, ...computed.value.outputs };
  return settled(node, 'succeeded', { kind: 'evaluated' }, { outputs });
}

function askFail(run: Run, node: Node, plan: FailNode): RunEvent | null {
  if (isLeftOut(run, node)) return settled(node, 'skipped', { kind: 'not-selected' });
  const answer = evaluateFor(run, node, plan.message, sceneOf(node));
  if (answer.kind !== 'value') return refusal(run, node, answer);
  const message = typeof answer.value === 'string' ? answer.value : JSON.stringify(answer.value);
  return settled(node, 'failed', { kind: 'error' }, { error: saidFail(message) });
}

function askWait(run: Run, node: Node, plan: WaitNode): RunEvent | null {
  const answer = evaluateFor(run, node, plan.for, sceneOf(node));
  if (answer.kind !== 'value') return refusal(run, node, answer);
  const fingerprint = leafPrint(node, answer.value);
  const kept = keptEvent(run, node, fingerprint);
  if (kept !== null) return kept;
  if (isLeftOut(run, node)) return settled(node, 'skipped', { kind: 'not-selected' });
  const delayMs = durationOf(answer);
  if (delayMs === null)
    return settled(node, 'failed', { kind: 'error' }, { error: badDuration(node.path, answer.value) });
  return { type: 'timer.started', node: node.path, op: run.lastOp + 1, purpose: 'wait', delayMs, fingerprint };
}

function durationOf(answer: Extract<Answer<Json>, { readonly kind: 'value' }>): number | null {
  return typeof answer.value === 'string' ? parseDuration(answer.value) : null;
}
