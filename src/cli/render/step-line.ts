/** What a record is worth saying about a step, as data: both the live log and the plain one print it. Knows no layout. */
import type { Diagnostic } from '../../core/diagnostic/diagnostic.ts';
import type { JsonObject } from '../../core/json.ts';
import { type Annotation, annotationsIn } from '../../core/plan/annotations.ts';
import { artifactsIn } from '../../core/plan/artifacts.ts';
import { isComposite, type PlanNode } from '../../core/plan/plan.ts';
import { doubtIn } from '../../core/run/approval.ts';
import type { AttemptEnded, Cause, Path, Recorded, RunEvent } from '../../core/run/event.ts';
import { doubtText } from '../../core/run/waited.ts';
import { askText, requestOf } from './approval-lines.ts';
import { causeText } from './cause.ts';
import { claimIn, claimText } from './claim-text.ts';
import { costRemark } from './cost-text.ts';
import { findStep } from './plan-index.ts';
import type { State } from './states.ts';
import { harmless } from './text.ts';
import { duration } from './time.ts';
import type { RunView } from './view.ts';

export interface StepLine {
  readonly path: Path;
  readonly state: State;
  readonly durationMs?: number;
  /** Short remarks: `exit 1`, `attempt 2/3`. */
  readonly remarks: readonly string[];
  /** The end of the step's output, harmless; for failures always, else when asked for. */
  readonly output: readonly string[];
  /** How many lines stand before those. */
  readonly hidden: number;
  /** An error that is more than an exit code. */
  readonly error?: Diagnostic;
  /** What did not stop the step and should be known. */
  readonly warnings: readonly Diagnostic[];
  /** What it says about files. */
  readonly findings?: readonly Annotation[];
}

/** Lines of output shown below a failed step, and below one that succeeded when that is asked for. */
const TAIL_FAILED = 10;
const TAIL_SUCCEEDED = 200;

/** The line for a record, or null where there is nothing to say. To be asked *before* the view observes the record. */
export function stepLineOf(view: RunView, record: Recorded, wantsOutput: boolean): StepLine | null {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- every other event is of no interest here
  switch (record.type) {
    case 'step.settled':
      return settledLine(view, record, wantsOutput);
    case 'timer.started':
      return record.purpose === 'retry' ? retryLine(view, record.node, `retry in ${duration(record.delayMs)}`) : null;
    case 'wait.started':
      if (record.purpose === 'assume')
        return bare(record.node, 'in-doubt', doubtText(doubtIn(record.data, record.node).why));
      return record.purpose === 'approval' ? bare(record.node, 'waiting', askText(requestOf(record))) : null;
    case 'scope.reworked':
      return bare(record.node, 'sent-back', sentBackText(view, record));
    case 'attempt.started':
      return retryLine(view, record.node, 'retry');
    case 'attempt.serving':
      return servingLine(record);
    case 'claim.noted':
      return claimLine(view, record);
    default:
      return null;
  }
}

function bare(path: Path, state: State, remark: string): StepLine {
  return { path, state, remarks: [remark], ...NO_OUTPUT, warnings: [] };
}

/** `reject by alice: too short · draft runs again (rework 2)`: the step that it goes back to comes first. */
function sentBackText(view: RunView, record: Extract<RunEvent, { type: 'scope.reworked' }>): string {
  const { node, steps, count } = record;
  const answer = view.active.get(node)?.answer ?? 'rejected';
  return `${answer} · ${harmless(steps[0] ?? '')} runs again${count > 1 ? ` (rework ${count})` : ''}`;
}

type Settled = Extract<RunEvent, { type: 'step.settled' }>;

function settledLine(view: RunView, record: Settled, wantsOutput: boolean): StepLine | null {
  if (record.node === '') return null;
  const node = findStep(view.index, record.node)?.node;
  const own = record.cause.kind !== 'children';
  if (node && isComposite(node) && !own) return null; // its members have said it all
  const step = view.active.get(record.node);
  const ended = step?.ended;
  const state = stateOf(record, node);
  const failed = record.result === 'failed';
  const tail = failed
    ? outputTail(ended?.outputs, TAIL_FAILED)
    : wantsOutput
      ? outputTail(ended?.outputs, TAIL_SUCCEEDED)
      : NO_OUTPUT;
  const error = failed ? (record.error ?? ended?.error) : undefined;
  return {
    path: record.node,
    state,
    ...(ended ? { durationMs: ended.durationMs } : {}),
    remarks: [
      ...(failed ? [failureText(ended, error)] : []),
      ...(step && step.attempt > 1 ? [attemptText(step.attempt, node)] : []),
      step?.answer ?? causeOf(record.cause),
      filesText(ended),
      view.cached.get(record.node) ?? '',
      costRemark(view.costs?.at(record.node) ?? null),
    ].filter((remark) => remark !== ''),
    ...tail,
    warnings: ended?.warnings ?? [],
    findings: annotationsIn(node, record.outputs),
    ...(error && exitCodeOf(ended, error) === undefined ? { error } : {}),
  };
}

function filesText(ended: AttemptEnded | undefined): string {
  const { length } = artifactsIn(ended?.outputs);
  return length === 0 ? '' : `${length} ${length === 1 ? 'artifact' : 'artifacts'}`;
}

/** The line of an attempt that failed and is followed by another; null when none ended so. */
function retryLine(view: RunView, path: Path, next: string): StepLine | null {
  const step = view.active.get(path);
  const ended = step?.ended;
  if (!step || !ended || ended.outcome === 'succeeded') return null;
  if (next === 'retry' && step.phase === 'waiting') return null; // said when the timer was set
  const cutOff = ended.outcome === 'interrupted';
  return {
    path,
    state: cutOff ? 'interrupted' : 'retrying',
    durationMs: ended.durationMs,
    remarks: [...(cutOff ? [] : [failureText(ended, ended.error)]), attemptText(step.attempt, step.node), next],
    ...(cutOff ? NO_OUTPUT : outputTail(ended.outputs, TAIL_FAILED)),
    warnings: ended.warnings ?? [],
  };
}

/** A service is ready. */
function servingLine({ node, outputs }: Extract<RunEvent, { type: 'attempt.serving' }>): StepLine {
  const remarks = typeof outputs.port === 'number' ? [`port ${outputs.port}`] : [];
  return { path: node, state: 'serving', remarks, warnings: [], ...NO_OUTPUT };
}

/** What a step waits for, told once for each holder; null when that is said. */
function claimLine(view: RunView, { node, data }: Extract<RunEvent, { type: `${string}.noted` }>): StepLine | null {
  const claim = claimIn(data);
  if (claim === null) return null;
  const remark = `for ${claimText(claim)}`;
  if (view.told.has(remark)) return null;
  view.told.add(remark);
  return { path: node === '' ? 'run' : node, state: 'waiting', remarks: [remark], warnings: [], ...NO_OUTPUT };
}

function stateOf(record: Settled, node: PlanNode | undefined): State {
  if (record.result === 'succeeded') return 'ok';
  if (record.result === 'failed') return node?.allowFailure || node?.continueOnError ? 'allowed' : 'failed';
  return record.result;
}

function causeOf(cause: Cause): string {
  return cause.kind === 'retries-exhausted' ? '' : causeText(cause); // the attempt says it
}

/** `exit 1`, `timed out`, or the code of the error, whose message follows below. */
function failureText(ended: AttemptEnded | undefined, error: Diagnostic | undefined): string {
  if (ended?.outcome === 'timed-out') return 'timed out';
  const exitCode = exitCodeOf(ended, error);
  if (exitCode !== undefined) return `exit ${exitCode}`;
  return error?.code ?? '';
}

function exitCodeOf(ended: AttemptEnded | undefined, error: Diagnostic | undefined): number | undefined {
  if (error !== undefined && error.code !== 'STEP_FAILED') return undefined;
  const code = ended?.error?.exitCode ?? ended?.outputs?.['exit-code'];
  return typeof code === 'number' ? code : undefined;
}

function attemptText(attempt: number, node: PlanNode | undefined): string {
  // Attempts count over all resumes: beyond the bound of one round they are only counted.
  return node?.retry && attempt <= node.retry.attempts
    ? `attempt ${attempt}/${node.retry.attempts}`
    : `attempt ${attempt}`;
}

const NO_OUTPUT = { output: [] as readonly string[], hidden: 0 };

/** The last lines of what a step printed: of stderr where there is any, else of stdout. */
export function outputTail(
  outputs: JsonObject | undefined,
  limit: number,
): { output: readonly string[]; hidden: number } {
  for (const name of ['stderr', 'stdout']) {
    const text = outputs?.[name];
    if (typeof text !== 'string' || text.trim() === '') continue;
    const lines = text.replace(/\s+$/, '').split('\n');
    return { output: lines.slice(-limit).map(harmless), hidden: Math.max(0, lines.length - limit) };
  }
  return NO_OUTPUT;
}
