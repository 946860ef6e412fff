/** What others may read of a run: plain values, made when asked for. Knows nothing that the run does not. */
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { JsonObject } from '../json.ts';
import type { Counts } from './counts.ts';
import type { Cause, Path, StepResult, Verdict } from './event.ts';
import type { Node, NodeState } from './node.ts';
import type { Run, RunStatus } from './run.ts';

export interface StepView {
  readonly path: Path;
  readonly kind: Node['plan']['kind'];
  readonly state: NodeState;
  readonly result: StepResult | null;
  readonly cause: Cause | null;
  readonly outputs: JsonObject | null;
  readonly error: (Diagnostic & { readonly exitCode?: number }) | null;
  /** The step that the error is of: itself, or one inside it. */
  readonly failedAt: Path | null;
  /** Its failure counts as no failure of the run. */
  readonly isAllowed: boolean;
  /** From 1, over all retries, interruptions and resumes; 0 before the first. */
  readonly attempts: number;
  readonly interruptions: number;
  /** ms since 1970; null before. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** All attempts together, in ms. */
  readonly durationMs: number;
  /** When its timer is due, ms since 1970. */
  readonly dueAt: number | null;
  /** It is being stopped. */
  readonly isStopping: boolean;
  readonly fingerprint: string | null;
  readonly parts: Readonly<Record<string, string>> | null;
}

export interface RunView {
  readonly id: string;
  readonly status: RunStatus;
  readonly paused: boolean;
  readonly planHash: string;
  readonly verdict: Verdict | null;
  readonly outputs: JsonObject;
  readonly error: Diagnostic | null;
  /** Settled steps, by result. */
  readonly counts: Readonly<Counts>;
  /** Attempts under way, and timers. */
  readonly running: number;
  readonly waiting: number;
  readonly isCancelling: boolean;
  readonly createdAt: number;
}

export function viewRun(run: Run): RunView {
  let waiting = 0;
  for (const op of run.ops.values())
    if (op.kind === 'wait' || (op.kind === 'timer' && op.purpose !== 'timeout' && op.purpose !== 'poll')) waiting++;
  return {
    id: run.id,
    status: run.status,
    paused: run.paused,
    planHash: run.planHash,
    verdict: run.verdict,
    outputs: run.outputs,
    error: run.error,
    counts: { ...run.counts },
    running: run.running,
    waiting,
    isCancelling: run.root !== null && run.root.stop !== null,
    createdAt: run.createdAt,
  };
}

/** A step by its path; null for one that is not open: inside a group that has not begun, or is over. */
export function viewStep(run: Run, path: Path): StepView | null {
  const node = run.byPath.get(path);
  return node === undefined ? null : stepView(run, node);
}

/** All steps that are open or stay readable, in document order within their scope. */
export function* viewSteps(run: Run): Iterable<StepView> {
  for (const node of run.nodes) if (node !== undefined && node.scope !== null) yield stepView(run, node);
}

function stepView(run: Run, node: Node): StepView {
  const op = run.ops.get(node.op);
  return {
    path: node.path,
    kind: node.plan.kind,
    state: node.state,
    result: node.result,
    cause: node.cause,
    outputs: node.outputs,
    error: node.error?.error ?? null,
    failedAt: node.error?.node ?? null,
    isAllowed: node.result === 'failed' && (node.plan.continueOnError === true || node.plan.allowFailure === true),
    attempts: node.attempts,
    interruptions: node.interruptions,
    startedAt: node.startedAt || null,
    endedAt: node.endedAt || null,
    durationMs: node.slots === null ? node.durationMs : Math.max(0, node.endedAt - node.startedAt),
    dueAt: op?.kind === 'timer' ? op.dueAt : null,
    isStopping: node.stop !== null && node.state !== 'settled',
    fingerprint: node.fingerprint,
    parts: node.parts,
  };
}
