/** What the screen knows of a run: a fold of its records with the time at which each was seen. Knows no lines and no colours. */
import { isComposite, type PlanNode } from '../../core/plan/plan.ts';
import type { Costs } from '../../core/run/costs.ts';
import type { AttemptEnded, Path, Recorded } from '../../core/run/event.ts';
import { isAtOrIn } from '../../core/run/plan-paths.ts';
import { waitedFor } from '../../core/run/waited.ts';
import { answerText, askText, requestOf } from './approval-lines.ts';
import { cacheRemark } from './cache-text.ts';
import { claimIn, type WaitedClaim } from './claim-text.ts';
import { findStep, type PlanIndex } from './plan-index.ts';

/** A step that has begun and is not settled. Times are monotonic ms. */
export interface ActiveStep {
  readonly path: Path;
  /** Undefined for one that the plan does not know. */
  readonly node: PlanNode | undefined;
  readonly since: number;
  /** From 1; 0 before the first. */
  attempt: number;
  /** What it is doing. */
  phase: 'running' | 'serving' | 'waiting';
  /** The end of the last attempt, until a retry begins. */
  ended?: AttemptEnded;
  /** The lock or the place that it waits for and does not hold yet. */
  claim?: WaitedClaim;
  /** When the retry or the wait is over, or the time for it. */
  dueAt?: number;
  /** What it waits for, where that is no time. */
  waitsFor?: string;
  /** What it asks of people, and what was answered. */
  asks?: string;
  answer?: string;
  /** The last line of output, made harmless when shown. */
  line?: string;
  lineAt?: number;
}

/** Owned and changed by one presenter. */
export interface RunView {
  readonly index: PlanIndex;
  readonly startedAt: number;
  /** In the order in which they began. */
  readonly active: Map<Path, ActiveStep>;
  readonly settled: Set<Path>;
  /** Leaves that are settled, and leaves in all as far as known. */
  done: number;
  failures: number;
  /** What was said of claims that wait: each holder of a name is told of once. */
  readonly told: Set<string>;
  /** By step: what is to be said of its result in the cache, until it is settled. */
  readonly cached: Map<Path, string>;
  /** What the run has spent; null where nobody says. */
  readonly costs: Costs | null;
}

export function newView(index: PlanIndex, now: number, costs: Costs | null = null): RunView {
  const counts = { done: 0, failures: 0 };
  return {
    index,
    startedAt: now,
    active: new Map(),
    settled: new Set(),
    ...counts,
    told: new Set(),
    cached: new Map(),
    costs,
  };
}

/** How many leaves there are, as far as known: never fewer than are done or active. */
export function totalOf(view: RunView): number {
  return Math.max(view.index.leaves, view.done + view.active.size);
}

/** Folds one record that was seen at `now`. */
export function observe(view: RunView, record: Recorded, now: number): void {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- every other event is of no interest here
  switch (record.type) {
    case 'attempt.started': {
      const step = activate(view, record.node, now);
      step.attempt = record.attempt;
      step.phase = 'running';
      delete step.ended;
      delete step.dueAt;
      break;
    }
    case 'attempt.serving': {
      const step = view.active.get(record.node);
      if (step) step.phase = 'serving';
      break;
    }
    case 'attempt.ended': {
      const step = view.active.get(record.node);
      if (step) step.ended = record;
      break;
    }
    case 'timer.started': {
      // A loop waits, and its iterations are what is shown; so does a condition between two looks.
      if (record.purpose === 'delay' || record.purpose === 'poll') break;
      if (record.purpose === 'timeout') {
        const limited = view.active.get(record.node);
        if (limited?.waitsFor !== undefined) limited.dueAt = now + record.delayMs;
        break;
      }
      const step = activate(view, record.node, now);
      step.phase = 'waiting';
      step.dueAt = now + record.delayMs;
      break;
    }
    case 'wait.started': {
      const step = activate(view, record.node, now);
      step.phase = 'waiting';
      if (record.purpose === 'approval') step.asks = askText(requestOf(record));
      else step.waitsFor = waitedFor(record.purpose, record.data);
      break;
    }
    case 'wait.ended': {
      // What was asked before giga was started again is answered as well.
      if (record.outputs?.verdict !== undefined) activate(view, record.node, now).answer = answerText(record);
      break;
    }
    case 'scope.reworked': {
      takeBack(view, record.steps);
      break;
    }
    case 'claim.started': {
      const step = activate(view, record.node, now);
      step.phase = 'waiting';
      step.claim = { of: record.of, name: record.name };
      break;
    }
    case 'claim.noted': {
      const claim = claimIn(record.data);
      if (claim === null) break;
      const step = activate(view, record.node, now);
      step.phase = 'waiting';
      step.claim = claim;
      break;
    }
    case 'claim.ended':
      view.active.delete(record.node); // it begins now, and says so
      break;
    case 'cache.ended': {
      const remark = cacheRemark(record);
      if (remark !== '') view.cached.set(record.node, remark);
      break;
    }
    case 'step.settled': {
      view.active.delete(record.node);
      view.cached.delete(record.node);
      view.settled.add(record.node);
      const node = findStep(view.index, record.node)?.node;
      if (node === undefined || !isComposite(node)) view.done += 1;
      if (record.result === 'failed') view.failures += 1;
      break;
    }
    case 'run.replanned':
    case 'run.rewound':
      view.active.clear();
      view.settled.clear();
      view.done = 0;
      break;
    case 'run.opened':
      view.active.clear(); // every op that was open was cut off
      break;
    default:
      break; // not shown while a run goes on
  }
}

/** Takes note of a step's last line of output. */
export function observeProgress(view: RunView, path: Path, line: string, now: number): void {
  const step = view.active.get(path);
  if (!step) return;
  step.line = line;
  step.lineAt = now;
}

/** What was settled of these steps, and inside them, is to be done again. */
function takeBack(view: RunView, steps: readonly Path[]): void {
  const named = new Set(steps);
  for (const path of view.active.keys()) if (isAtOrIn(named, path)) view.active.delete(path);
  for (const path of view.settled) {
    if (!isAtOrIn(named, path)) continue;
    view.settled.delete(path);
    const node = findStep(view.index, path)?.node;
    if (node === undefined || !isComposite(node)) view.done -= 1;
  }
}

function activate(view: RunView, path: Path, now: number): ActiveStep {
  const known = view.active.get(path);
  if (known) return known;
  const step: ActiveStep = { path, node: findStep(view.index, path)?.node, since: now, attempt: 0, phase: 'running' };
  view.active.set(path, step);
  return step;
}
