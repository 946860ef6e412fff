/** What an approval asks of people, as it stands in the journal and is shown. Knows no rules and no screens. */
import { digest, isJsonObject, type Json, type JsonObject } from '../json.ts';
import type { DoubtCause, Path } from './event.ts';
import type { Node } from './node.ts';
import type { OpenOp, Run } from './run.ts';

/** The whole of what is asked: what a verdict is bound to. */
export interface Question {
  readonly message: string;
  /** What is decided on; null for nothing but the message. */
  readonly show: string | null;
  readonly options: readonly string[];
  readonly form: JsonObject | null;
  /** Names and roles; empty for anyone. */
  readonly approvers: readonly string[];
  /** The verdict that is taken when the time is over. */
  readonly default: string | null;
}

/** A question that waits for its verdict. */
export interface ApprovalRequest extends Question {
  readonly node: Path;
  readonly op: number;
  /** How often this step has asked in this run, from 1. */
  readonly attempt: number;
  /** Over the plan, the step, the attempt and the question. */
  readonly digest: string;
  /** When its time is over, ms since 1970; null for no limit. */
  readonly dueAt: number | null;
}

/** What the event that asks says. */
export function questionData(run: Run, { path }: Node, question: Question): JsonObject {
  const attempt = (run.asked.get(path) ?? 0) + 1;
  const asked: JsonObject = { ...question, attempt };
  return { ...asked, digest: digest({ plan: run.planHash, step: path, ...asked }) };
}

/** All that waits for a verdict, in the order in which it was asked. */
export function requestsOf(run: Run): readonly ApprovalRequest[] {
  const requests: ApprovalRequest[] = [];
  for (const [op, open] of run.ops) {
    if (open.kind !== 'wait' || open.purpose !== 'approval') continue;
    const limit = run.ops.get(open.node.limitOp);
    requests.push({ ...requestIn(open.data, open.node.path, op), dueAt: limit?.kind === 'timer' ? limit.dueAt : null });
  }
  return requests;
}

/** A step of which someone must say whether its effect has happened. */
export interface Doubted {
  readonly node: Path;
  readonly why: DoubtCause;
  /** Its `verify` was asked, and does not know. */
  readonly verified: boolean;
}

/** All that waits for someone who knows, in the order in which it was found. */
export function doubtsOf(run: Run): readonly Doubted[] {
  return [...run.ops.values()].flatMap((open) =>
    open.kind === 'wait' && open.purpose === 'assume' ? [doubtIn(open.data, open.node.path)] : [],
  );
}

export function doubtIn({ why, verified }: JsonObject, node: Path): Doubted {
  return { node, why: why as DoubtCause, verified: verified === true }; // written by `askDoubt`
}

/** The question as the journal has it. What it lacks was not asked. */
export function requestIn(data: JsonObject, node: Path, op: number): ApprovalRequest {
  return {
    node,
    op,
    message: textOf(data.message) ?? '',
    show: textOf(data.show),
    options: textsOf(data.options),
    form: isJsonObject(data.form) ? data.form : null,
    approvers: textsOf(data.approvers),
    default: textOf(data.default),
    attempt: typeof data.attempt === 'number' ? data.attempt : 0,
    digest: textOf(data.digest) ?? '',
    dueAt: null,
  };
}

/**
 * Whether the run can go on by nothing but verdicts: nothing is under way but services, and no time but limits to come, and no news of the
 * world are waited for. `at` is now, in ms since 1970.
 */
export function waitsForVerdicts(run: Run, at: number): boolean {
  let waits = false;
  for (const open of run.ops.values()) {
    if (open.kind === 'wait' && (open.purpose === 'approval' || open.purpose === 'assume')) waits = true;
    else if (isServing(open)) continue;
    else if (open.kind !== 'timer' || open.purpose !== 'timeout' || open.dueAt <= at) return false;
  }
  return waits;
}

/** How many services serve. They start again with the next process. */
export function servingIn(run: Run): number {
  return [...run.ops.values()].filter(isServing).length;
}

function isServing({ kind, node }: OpenOp): boolean {
  return kind === 'attempt' && node.state === 'serving';
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function textsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
