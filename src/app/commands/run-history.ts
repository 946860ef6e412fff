/** The story of a run, folded from its records for people: each step with its attempts, its result and why. Pure; knows no store. */
import type { Diagnostic } from '../../core/diagnostic/diagnostic.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { Limits } from '../../core/money/caps.ts';
import { type ApprovalRequest, type Doubted, doubtIn, requestIn } from '../../core/run/approval.ts';
import { raiseBudget } from '../../core/run/budget.ts';
import type {
  AttemptEnded,
  Cause,
  CheckEnded,
  ClaimKind,
  ClaimStarted,
  Outcome,
  Path,
  Recorded,
  RunEvent,
  StepResult,
  Verdict,
} from '../../core/run/event.ts';
import { isAfterwards, isAtOrIn } from '../../core/run/plan-paths.ts';
import { noSpend, noteSpend, type Spend } from '../../core/run/spend.ts';
import { counting } from '../../core/run/voids.ts';
import { waitedFor } from '../../core/run/waited.ts';
import { beginCache, type CacheStory, endCache } from './cache-story.ts';

export interface AttemptStory {
  readonly attempt: number;
  readonly fingerprint: string;
  /** Wall clock, ms. */
  readonly startedAt: number;
  /** What the fingerprint was made of, for explanations. */
  readonly parts?: Readonly<Record<string, string>>;
  /** Counts the plans of the run: attempts of one era are retries of each other. */
  readonly era: number;
  /** It is a service, and was ready. */
  serving?: true;
  /** Absent while it runs. `interrupted` when it was cut off without an end. */
  outcome?: Outcome;
  durationMs?: number;
  exitCode?: number;
  log?: string;
  error?: Diagnostic;
  outputs?: JsonObject;
  /** What did not stop it and should be known. */
  warnings?: readonly Diagnostic[];
}

export interface StepStory {
  readonly path: Path;
  readonly attempts: AttemptStory[];
  /** What it is now, under the current plan; absent while it is not settled. */
  settled?: {
    readonly result: StepResult;
    readonly cause: Cause;
    readonly at: number;
    readonly error?: Diagnostic;
    readonly outputs?: JsonObject;
  };
  /** The lock, or the group, that it waits for; and who has that. Absent when it is held, or was never asked for. */
  claim?: { readonly of: ClaimKind; readonly name: string; readonly by?: JsonObject };
  /** What it had of the results of other runs; absent where it did not ask. */
  cache?: CacheStory;
  /** It waits for a retry, a time or the world. */
  waiting?: boolean;
  /** For what, where that is no time; when that is over, ms since 1970; and what was found at the last look. */
  waitsFor?: string;
  waitsUntil?: number;
  lastCheck?: Pick<CheckEnded, 'operands' | 'error'> & { readonly at: number };
  /** What it asks of people, while nobody has answered. */
  asks?: ApprovalRequest;
  /** It is not known whether its effect has happened, and someone who knows is waited for. */
  doubt?: Doubted;
  /** A compensation has undone it, or something that it stands in, since. */
  undone?: true;
  /** How often a rejection sent it back. */
  sentBack?: number;
}

export type RunState = Verdict | 'running' | 'waiting' | 'stopped';

export interface RunStory {
  readonly id: string;
  readonly name: string;
  readonly file: string;
  readonly inputs: JsonObject;
  /** Its models were not asked. */
  readonly models?: 'fake' | 'replay';
  readonly startedAt: number;
  /** The time of the last record. */
  lastAt: number;
  /** Hashes of the plans, in order of use; the last one counts. */
  readonly plans: string[];
  /** How often a writer opened the run. */
  opened: number;
  /** The last order to run steps again or to run only some. */
  replanned?: Extract<RunEvent, { type: 'run.replanned' }>;
  paused?: Extract<RunEvent, { type: 'run.paused' }>;
  finished?: Extract<RunEvent, { type: 'run.finished' }>;
  readonly steps: Map<Path, StepStory>;
  /** What its calls took, and what raised its budgets: whatever was rewound. */
  readonly spend: Spend;
  readonly raised: Map<Path, Limits>;
}

/** Null when the records do not begin with `run.created`. */
export function tellRun(records: readonly Recorded[]): RunStory | null {
  const first = records[0];
  if (first?.type !== 'run.created') return null;
  const story: RunStory = {
    id: first.run,
    name: first.workflow.name,
    file: first.workflow.file,
    inputs: first.inputs,
    ...(first.models && { models: first.models }),
    startedAt: first.at,
    lastAt: first.at,
    plans: [first.plan],
    opened: 0,
    steps: new Map(),
    spend: noSpend(),
    raised: new Map(),
  };
  for (const record of records) {
    if (record.type === 'attempt.noted') noteSpend(story.spend, record);
    if (record.type === 'budget.raised') raiseBudget(story.raised, record);
  }
  const open: Open = { attempts: new Map(), claims: new Map() };
  for (const record of counting(records)) tell(story, open, record);
  return story;
}

/** What a run is now. `held`: a live process has it. */
export function stateOf(story: RunStory, held: boolean): RunState {
  if (story.finished) return story.finished.verdict;
  if (held) return 'running';
  return [...story.steps.values()].some(({ asks, doubt }) => asks !== undefined || doubt !== undefined)
    ? 'waiting'
    : 'stopped';
}

/** Nobody holds the run any more: what was under way was cut off. */
export function endCutOff(story: RunStory): void {
  for (const { attempts } of story.steps.values())
    for (const attempt of attempts) if (attempt.outcome === undefined) attempt.outcome = 'interrupted';
}

/** Asked-for work, by its op. */
interface Open {
  readonly attempts: Map<number, AttemptStory>;
  readonly claims: Map<number, ClaimStarted>;
}

function tell(story: RunStory, { attempts: open, claims }: Open, record: Recorded): void {
  story.lastAt = record.at;
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- every other event is of no interest here
  switch (record.type) {
    case 'run.opened':
      story.opened += 1;
      cutOff(open);
      break;
    case 'run.resumed':
      delete story.paused;
      delete story.finished;
      break;
    case 'run.replanned':
      delete story.paused;
      story.plans.push(record.plan);
      story.replanned = record;
      delete story.finished;
      cutOff(open);
      for (const step of story.steps.values()) {
        delete step.settled;
        endWaiting(step);
      }
      break;
    case 'run.paused':
      story.paused = record;
      break;
    case 'run.finished':
      story.finished = record;
      break;
    case 'scope.closed':
      if (record.undone !== undefined) tellUndone(story, record.undone);
      break;
    case 'attempt.started': {
      const { attempt, fingerprint, at, parts } = record;
      const told: AttemptStory = {
        attempt,
        fingerprint,
        startedAt: at,
        era: story.plans.length,
        ...(parts ? { parts } : {}),
      };
      const step = stepOf(story, record.node);
      delete step.undone;
      step.attempts.push(told);
      endWaiting(step);
      open.set(record.op, told);
      break;
    }
    case 'attempt.serving': {
      const told = open.get(record.op);
      if (told) told.serving = true;
      break;
    }
    case 'attempt.ended':
      endAttempt(open.get(record.op), record);
      open.delete(record.op);
      break;
    case 'timer.started':
      tellTimer(story, record);
      break;
    case 'wait.started': {
      const step = stepOf(story, record.node);
      step.waiting = true;
      if (record.purpose === 'assume') step.doubt = doubtIn(record.data, record.node);
      if (record.purpose === 'approval') step.asks = requestIn(record.data, record.node, record.op);
      else step.waitsFor = waitedFor(record.purpose, record.data);
      break;
    }
    case 'wait.ended':
      delete stepOf(story, record.node).asks;
      delete stepOf(story, record.node).doubt;
      break;
    case 'scope.reworked': {
      const named = new Set(record.steps);
      for (const [path, step] of story.steps) if (isAtOrIn(named, path)) sendBack(step, named.has(path));
      break;
    }
    case 'check.ended': {
      const { at, operands, error } = record;
      if (record.holds || error?.code === 'STEP_CANCELLED') break;
      stepOf(story, record.node).lastCheck = { at, ...(operands && { operands }), ...(error && { error }) };
      break;
    }
    case 'claim.started':
      stepOf(story, record.node).claim = { of: record.of, name: record.name };
      claims.set(record.op, record);
      break;
    case 'claim.noted': {
      const asked = claims.get(record.op);
      if (asked && isJsonObject(record.data))
        stepOf(story, record.node).claim = { of: asked.of, name: asked.name, by: record.data };
      break;
    }
    case 'claim.ended':
      delete stepOf(story, record.node).claim;
      break;
    case 'cache.started': {
      const step = stepOf(story, record.node);
      step.cache = beginCache(step.cache, record);
      break;
    }
    case 'cache.ended': {
      const step = stepOf(story, record.node);
      if (step.cache) step.cache = endCache(step.cache, record);
      break;
    }
    case 'scope.opened': {
      const step = story.steps.get(record.node);
      if (step) endWaiting(step); // the delay before an iteration is over
      break;
    }
    case 'step.settled': {
      const { result, cause, at, error, outputs } = record;
      const step = stepOf(story, record.node);
      delete step.undone;
      step.settled = { result, cause, at, ...(error ? { error } : {}), ...(outputs ? { outputs } : {}) };
      endWaiting(step);
      break;
    }
    default:
      break; // no part of what people ask about
  }
}

function tellTimer(
  story: RunStory,
  { purpose, node, at, delayMs }: Extract<Recorded, { type: 'timer.started' }>,
): void {
  if (purpose === 'poll') return;
  const step = stepOf(story, node);
  if (purpose !== 'timeout') step.waiting = true;
  if (step.waiting) step.waitsUntil = at + delayMs;
}

function tellUndone(story: RunStory, path: Path): void {
  const named = new Set([path]);
  for (const step of story.steps.values())
    if (isAtOrIn(named, step.path) && !isAfterwards(step.path)) step.undone = true;
}

function endWaiting(step: StepStory): void {
  delete step.claim;
  delete step.waiting;
  delete step.waitsFor;
  delete step.waitsUntil;
  delete step.lastCheck;
  delete step.asks;
  delete step.doubt;
}

function sendBack(step: StepStory, isNamed: boolean): void {
  delete step.settled;
  endWaiting(step);
  if (isNamed) step.sentBack = (step.sentBack ?? 0) + 1;
}

function stepOf(story: RunStory, path: Path): StepStory {
  const known = story.steps.get(path);
  if (known) return known;
  const step: StepStory = { path, attempts: [] };
  story.steps.set(path, step);
  return step;
}

function endAttempt(told: AttemptStory | undefined, record: AttemptEnded): void {
  if (!told) return;
  told.outcome = record.outcome;
  told.durationMs = record.durationMs;
  if (record.log !== undefined) told.log = record.log;
  if (record.error) told.error = record.error;
  if (record.warnings) told.warnings = record.warnings;
  if (record.outputs) told.outputs = record.outputs;
  const exitCode = record.error?.exitCode ?? record.outputs?.['exit-code'];
  if (typeof exitCode === 'number') told.exitCode = exitCode;
}

function cutOff(open: Map<number, AttemptStory>): void {
  for (const told of open.values()) told.outcome = 'interrupted';
  open.clear();
}
