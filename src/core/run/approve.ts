/**
 * What an approval asks for. Only a verdict satisfies it: one that was given, or the default when its time is over. Knows no people.
 *
 * | verdict                          | becomes                                                            |
 * | any word but `reject`            | succeeded                                                          |
 * | `reject`                         | failed; with `on-reject: skip` skipped                             |
 * | `reject`, to be sent back        | `scope.reworked`, once nothing of that is under way; failed when it |
 * |                                  | was sent back too often, or when nobody said it in time            |
 * | none in time, without a default  | failed                                                             |
 */
import type { JsonObject } from '../json.ts';
import { known } from '../known.ts';
import type { ApproveNode, Rework } from '../plan/plan.ts';
import { type Question, questionData } from './approval.ts';
import { computedOutputs } from './computed-outputs.ts';
import { type Answer, evaluateFor } from './evaluation.ts';
import type { AttemptEnded, RunEvent } from './event.ts';
import { hasWrongText, nobodyAnswered, rejected } from './failing.ts';
import { leafPrint } from './fingerprints.ts';
import { isStopped } from './hooks.ts';
import type { Node } from './node.ts';
import { isLeftOut } from './replan.ts';
import { askRework } from './rework.ts';
import { BY_TIMEOUT, mayRework, REJECT } from './rework-cause.ts';
import type { Run } from './run.ts';
import { sceneOf } from './scene.ts';
import type { Scope } from './scope.ts';
import { askLimit } from './time-limits.ts';
import { cancelled, keptEvent, refusal, settled, type Wish } from './wishes.ts';

/** Longer texts cannot be read and decided on at a prompt: 64 Ki characters. */
const MAX_SHOWN = 65_536;

/** Asks, unless a verdict on this very question stands. */
export function askApproval(run: Run, node: Node, plan: ApproveNode): RunEvent | null {
  const answer = questionOf(run, node, plan);
  if (answer.kind !== 'value') return refusal(run, node, answer);
  const question = answer.value;
  const fingerprint = leafPrint(node, { ...question });
  const kept = keptEvent(run, node, fingerprint);
  if (kept !== null) return kept;
  if (isLeftOut(run, node)) return settled(node, 'skipped', { kind: 'not-selected' });
  const data = questionData(run, node, question);
  return { type: 'wait.started', node: node.path, op: run.lastOp + 1, purpose: 'approval', data, fingerprint };
}

function questionOf(run: Run, node: Node, plan: ApproveNode): Answer<Question> {
  const message = evaluateFor(run, node, plan.message, sceneOf(node));
  if (message.kind !== 'value') return message;
  const shown = plan.show === undefined ? null : evaluateFor(run, node, plan.show, sceneOf(node));
  if (shown !== null && shown.kind !== 'value') return shown;
  for (const [key, value] of [
    ['message', message.value],
    ['show', shown?.value ?? ''],
  ] as const) {
    if (typeof value !== 'string' || value.length > MAX_SHOWN)
      return { kind: 'error', diagnostic: hasWrongText(node.path, key, typeof value === 'string') };
  }
  return {
    kind: 'value',
    value: {
      message: message.value as string, // both were looked at above
      show: (shown?.value ?? null) as string | null,
      options: plan.options,
      form: plan.form ?? null,
      approvers: plan.approvers ?? [],
      default: plan.default ?? null,
    },
  };
}

/** While a verdict is waited for: its time begins, and when that is over the default is taken. */
export function askUnanswered(run: Run, node: Node, plan: ApproveNode): RunEvent | null {
  const { timeoutMs } = plan;
  if (timeoutMs === undefined) return null;
  if (node.late === null) return askLimit(run, node, timeoutMs);
  const answered = { type: 'wait.ended', node: node.path, op: node.op } as const; // the question is over, whatever follows
  if (plan.default === undefined) return { ...answered, error: nobodyAnswered(node.path, timeoutMs) };
  const outputs: JsonObject = { verdict: plan.default, by: BY_TIMEOUT, form: null, comment: null };
  return { ...answered, outputs };
}

/** What follows from the verdict. */
export function askVerdict(run: Run, node: Node, plan: ApproveNode, ended: AttemptEnded): Wish {
  const { outputs = {}, error: unanswered } = ended;
  if (unanswered !== undefined)
    return isStopped(node) ? cancelled(node) : settled(node, 'failed', { kind: 'error' }, { error: unanswered });
  if (outputs.verdict !== REJECT) return approved(run, node, ended);
  if (isStopped(node)) return cancelled(node);
  const by = String(outputs.by);
  if (plan.onReject === 'skip') return settled(node, 'skipped', { kind: 'rejected', by }, { outputs });
  const count = run.reworks.counts.get(node.path) ?? 0;
  if (mayRework(node) && typeof plan.onReject === 'object' && count < plan.onReject.max) {
    const sent = sendBack(run, node, plan.onReject, count + 1);
    if (sent !== 'left-out') return sent;
  }
  const error = rejected(node.path, outputs, count);
  return settled(node, 'failed', { kind: 'rejected', by }, { error });
}

function approved(run: Run, node: Node, ended: AttemptEnded): Wish {
  const computed = computedOutputs(run, node, ended);
  if (computed.kind !== 'value') return refusal(run, node, computed);
  return settled(
    node,
    'succeeded',
    { kind: 'evaluated' },
    { outputs: { ...ended.outputs, ...computed.value.outputs } },
  );
}

/** Others finish first. Where a command left the step out, there is no way back to it. */
function sendBack(run: Run, node: Node, { to }: Rework, count: number): RunEvent | null | 'left-out' {
  const scope = node.scope as Scope; // an approval is a step of some scope, and so is what it sends back to
  const from = known(scope.shape.byId.get(to.toLowerCase()));
  return isLeftOut(run, known(scope.nodes[from])) ? 'left-out' : askRework(node, scope, from, count);
}
