/** What a step asks for that waits for the world: an event, a file, a condition. Knows no one who answers. */
import type { JsonObject } from '../json.ts';
import type { Awaited, AwaitNode } from '../plan/plan.ts';
import { checksOf, isProbing } from './checks.ts';
import { type Answer, evaluateFor, explain, isTruthy } from './evaluation.ts';
import type { CheckEnded, Operand, RunEvent, WaitEnded, WaitPurpose } from './event.ts';
import { leafPrint } from './fingerprints.ts';
import type { Node } from './node.ts';
import { isLeftOut } from './replan.ts';
import { resolve } from './resolve.ts';
import type { OpenOp, Run } from './run.ts';
import { sceneOf } from './scene.ts';
import { signalsFor } from './signals.ts';
import { askLimit } from './time-limits.ts';
import { waitTimedOut } from './waited.ts';
import { captureFor } from './waiting.ts';
import { cancelled, keptEvent, refusal, settled, type Wish } from './wishes.ts';

/** Begins the wait, unless an earlier one stands for it. */
export function askAwait(run: Run, node: Node, plan: AwaitNode): RunEvent | null {
  const data = dataOf(run, node, plan.what);
  if (data.kind !== 'value') return refusal(run, node, data);
  const fingerprint = leafPrint(node, data.value);
  const kept = keptEvent(run, node, fingerprint);
  if (kept !== null) return kept;
  if (isLeftOut(run, node)) return settled(node, 'skipped', { kind: 'not-selected' });
  const { kind } = plan.what;
  const purpose: WaitPurpose = kind === 'probe' ? 'condition' : kind;
  return { type: 'wait.started', node: node.path, op: run.lastOp + 1, purpose, data: data.value, fingerprint };
}

/** What it waits for, as the journal says it. */
function dataOf(run: Run, node: Node, what: Awaited): Answer<JsonObject> {
  switch (what.kind) {
    case 'event':
      return { kind: 'value', value: { event: what.name } };
    case 'condition':
      return { kind: 'value', value: { until: what.until.source } };
    case 'probe':
      return { kind: 'value', value: { probe: what.source } };
    default:
      return fileOf(run, node, what);
  }
}

function fileOf(run: Run, node: Node, { path, cwd }: Awaited & { readonly kind: 'file' }): Answer<JsonObject> {
  const file = evaluateFor(run, node, path, sceneOf(node));
  const folder = cwd === undefined ? null : evaluateFor(run, node, cwd, sceneOf(node));
  if (file.kind !== 'value') return file;
  if (folder !== null && folder.kind !== 'value') return folder;
  const around = folder?.value ?? '';
  return { kind: 'value', value: { file: around === '' ? file.value : `${String(around)}/${String(file.value)}` } };
}

/** What a waiting step asks for. A probe under way is heard out, also when it was told to stop. */
export function askWaiting(run: Run, node: Node): Wish {
  const probing = isProbing(run, node);
  if (node.stop !== null) return probing ? null : cancelled(node);
  if (node.plan.kind !== 'await' || probing) return null;
  const limit = askLimit(run, node, node.plan.timeoutMs);
  if (limit !== null) return limit;
  const answer = node.captureOp === 0 ? askAnswer(run, node, node.plan.what) : null;
  if (node.late === null || answer?.type === 'wait.ended') return answer;
  return waitEnded(run, node, {}, { error: waitTimedOut(run, node, node.plan) });
}

/** The end of a wait, with how long it took. */
function waitEnded(run: Run, node: Node, outputs: JsonObject, more: Pick<WaitEnded, 'error' | 'sent'> = {}): WaitEnded {
  const open = run.ops.get(node.op) as OpenOp & { readonly kind: 'wait' }; // it is open until this
  const waitedMs = Math.max(0, run.at - open.startedAt);
  return { type: 'wait.ended', node: node.path, op: node.op, ...more, outputs: { ...outputs, 'waited-ms': waitedMs } };
}

function askAnswer(run: Run, node: Node, what: Awaited): RunEvent | null {
  switch (what.kind) {
    case 'event':
      return askEvent(run, node, what);
    case 'file':
      return null; // who watches for it answers
    default:
      return askChecks(run, node, what);
  }
}

/** The first event that it may take and whose `match` holds. One for which `match` has no value is not meant. */
function askEvent(run: Run, node: Node, { name, match }: Awaited & { readonly kind: 'event' }): RunEvent | null {
  for (const { number, data, by } of signalsFor(run, name, node.op)) {
    const scene = { ...sceneOf(node), event: data };
    const answer: Answer<unknown> =
      match === undefined
        ? { kind: 'value', value: true }
        : evaluateFor(run, node, { kind: 'value', expression: match }, scene);
    if (answer.kind === 'missing') return captureFor(run, node, answer);
    if (answer.kind === 'value' && isTruthy(answer.value as never))
      // evaluateFor gives JSON
      return waitEnded(run, node, { event: data, by }, { sent: number });
  }
  return null;
}

type Checked = Awaited & { readonly everyMs: number };

function askChecks(run: Run, node: Node, what: Checked): RunEvent | null {
  const { op, round, last, isDue } = checksOf(node);
  if (op !== 0) return what.kind === 'condition' && !isTimer(run, op) ? askCondition(run, node, op, what) : null;
  if (isDue) return askCheck(run, node, what, round + 1);
  if (last === null) return null;
  const { outputs = {}, error } = last;
  if (last.holds) return waitEnded(run, node, outputs);
  if (error !== undefined && !mayHoldLater(error.code)) return waitEnded(run, node, {}, { error });
  return { type: 'timer.started', node: node.path, op: run.lastOp + 1, purpose: 'poll', delayMs: what.everyMs };
}

function isTimer(run: Run, op: number): boolean {
  return run.ops.get(op)?.kind === 'timer';
}

/** A probe is evaluated before it begins, an expression when its check is open. */
function askCheck(run: Run, node: Node, what: Checked, round: number): RunEvent | null {
  const resolved = what.kind === 'probe' ? resolve(run, node) : null;
  if (resolved?.kind === 'missing') return captureFor(run, node, resolved);
  if (resolved?.kind === 'error') return waitEnded(run, node, {}, { error: resolved.diagnostic });
  return { type: 'check.started', node: node.path, op: run.lastOp + 1, round };
}

function askCondition(
  run: Run,
  node: Node,
  op: number,
  { until }: Awaited & { readonly kind: 'condition' },
): RunEvent | null {
  const answer = evaluateFor(run, node, { kind: 'value', expression: until }, sceneOf(node));
  if (answer.kind === 'missing') return captureFor(run, node, answer);
  const at = { type: 'check.ended', node: node.path, op } as const;
  if (answer.kind === 'error') return { ...at, holds: false, error: answer.diagnostic } satisfies CheckEnded;
  const holds = isTruthy(answer.value);
  return holds ? { ...at, holds } : { ...at, holds, operands: explain(run, until, sceneOf(node)).map(brief) };
}

/** Characters of a value that are written down of each look. */
const MAX_VALUE = 200;

function brief(operand: Operand): Operand {
  const text = JSON.stringify(operand.value);
  return text.length > MAX_VALUE ? { ...operand, value: `${text.slice(0, MAX_VALUE)}…` } : operand;
}

/** What probes fail of that may pass: everything else says that they cannot be asked at all. */
const PASSING: ReadonlySet<string> = new Set([
  'STEP_FAILED',
  'STEP_TIMEOUT',
  'STEP_LOST',
  'STEP_CANCELLED',
  'STEP_HTTP_FAILED',
  'STEP_HTTP_TIMEOUT',
  'STEP_HTTP_BROKEN',
  'STEP_HTTP_STATUS',
  'STEP_HTTP_EXPECTATION',
  'STEP_HTTP_NOT_JSON',
]);

function mayHoldLater(code: string): boolean {
  return PASSING.has(code);
}
