/**
 * Turns asked-for work into the event that answers it: the one place where giga meets step types, captures, claims, timers and files that appear.
 * It never rejects: whatever a step throws becomes an event. It does not know the journal, nor what happens next.
 */
import type PQueue from 'p-queue';
import { type Diagnostic, problem } from '../core/diagnostic/diagnostic.ts';
import { bareObject, type Json, type JsonObject } from '../core/json.ts';
import { ARTIFACTS_OUTPUT } from '../core/plan/artifacts.ts';
import type {
  ArtifactKeeper,
  CaptureSource,
  ClaimSource,
  Clock,
  FileWatch,
  Mask,
  StepAnswer,
  StepCache,
  StepContext,
  StepType,
} from '../core/ports.ts';
import type {
  AttemptWork,
  CaptureWork,
  CheckWork,
  ClaimWork,
  EnsureWork,
  TimerWork,
  WaitWork,
  Work,
} from '../core/run/effect.ts';
import type { AttemptEnded, CheckEnded, OnceDone, Path, RunEvent } from '../core/run/event.ts';
import type { TimeLimit } from '../core/run/time-limits.ts';
import { besideOf, look } from './look.ts';
import { performCache } from './perform-cache.ts';
import { keepTime, withLimit } from './time-keeper.ts';

export interface PerformerParts {
  readonly steps: ReadonlyMap<string, StepType>;
  readonly captures: CaptureSource;
  readonly files: FileWatch;
  readonly claims: ClaimSource;
  readonly artifacts: ArtifactKeeper;
  /** Absent: every step is done. */
  readonly cache?: StepCache;
  readonly clock: Clock;
  readonly mask: Mask;
  readonly run: StepContext['run'];
  readonly answer: (event: RunEvent) => void;
  /** Resolves when all that was decided and answered so far is on disk; with false when it never will be. */
  readonly durable: () => Promise<boolean>;
  /** Work was left without an answer, since giga stops: there may be nothing more to wait for. */
  readonly left: () => void;
  /** The run begins to wait, or still does: for whoever has the answer at hand. */
  readonly asked?: (work: WaitWork) => void;
  readonly progress: (node: Path, line: string) => void;
}

/** Why work was told to stop. `released`: a service is needed no more; `paused`: giga is going away, the attempt is an interruption; `killed`: at once, without grace. */
export type StopReason = 'cancelled' | 'released' | 'paused' | 'killed' | TimeLimit;

export interface Performer {
  start(work: Work): void;
  stop(op: number, because?: 'released', done?: OnceDone): void;
  /** Stops everything that is under way, which answers as interrupted. Unless `mayGoOn`, nothing starts any more. */
  stopAll(reason: 'paused' | 'killed', mayGoOn?: boolean): void;
  /** Resolves when nothing of it is under way any more. Never rejects. */
  gone(): Promise<unknown>;
  /** How much of the work has yet to answer; timers and claims that wait do not count. */
  readonly busy: number;
}

/** How many captures (hashing, globbing, git) are answered at once. */
const CAPTURES_AT_ONCE = 4;
/** And how many results of steps are looked for, or kept. */
const CACHED_AT_ONCE = 8;

interface Going {
  readonly abort: AbortController;
  readonly kill: AbortController;
}

interface Begun extends Going {
  readonly done: Promise<void>;
}

export function makePerformer(parts: PerformerParts): Performer {
  const going = new Map<number, Begun>();
  const timers = new Map<number, () => void>();
  const claims = new Map<number, AbortController>();
  const captureQueue = lateQueue(CAPTURES_AT_ONCE);
  const cacheQueue = lateQueue(CACHED_AT_ONCE);
  let stopped = false;

  const begin = (work: Pick<Work, 'op'>, perform: (stop: Going) => Promise<RunEvent | null>): void => {
    const stop: Going = { abort: new AbortController(), kill: new AbortController() };
    // `perform` never rejects: both performers below turn what is thrown into an event.
    const done = perform(stop).then((event) => {
      going.delete(work.op);
      if (event) parts.answer(event);
      else parts.left();
    });
    going.set(work.op, { done, ...stop });
  };
  const setTimer = (work: TimerWork): void => {
    const ring = (): void => {
      timers.delete(work.op);
      parts.answer({ type: 'timer.ended', node: work.node, op: work.op });
    };
    timers.set(work.op, parts.clock.after(Math.max(0, work.dueAt - parts.clock.wallMs()), ring));
  };

  const claim = (work: ClaimWork): void => {
    const stop = new AbortController();
    const { node, op, of, name } = work;
    claims.set(op, stop);
    const waiting = (data: JsonObject): void =>
      parts.answer({ type: 'claim.noted', node, op, data: { of, name, ...data } });
    void parts.claims.take(work, stop.signal, waiting).then((answer) => {
      claims.delete(op);
      if (answer !== null) parts.answer({ type: 'claim.ended', node, op, ...answer });
    });
  };

  return {
    get busy() {
      return going.size;
    },
    start(work) {
      if (stopped) return;
      switch (work.kind) {
        case 'attempt':
          return begin(work, (stop) => performAttempt(parts, work, stop));
        case 'capture':
          return begin(
            work,
            async (stop) =>
              (await (await captureQueue()).add(() => performCapture(parts, work, stop.abort.signal))) ?? null,
          );
        case 'cache':
          return begin(
            work,
            async (stop) =>
              (await (await cacheQueue()).add(() => performCache(parts, work, stop.abort.signal))) ?? null,
          );
        case 'timer':
          return setTimer(work);
        case 'wait':
          parts.asked?.(work); // verdicts and events come by themselves
          if (work.purpose === 'file') begin(work, (stop) => performWatch(parts, work, stop.abort.signal));
          return;
        case 'check':
          return begin(work, (stop) => performCheck(parts, work, stop));
        case 'ensure':
          return begin(work, (stop) => performEnsure(parts, work, stop));
        case 'claim':
          return claim(work);
      }
    },
    stop(op, because, done) {
      timers.get(op)?.();
      timers.delete(op);
      claims.get(op)?.abort();
      parts.claims.release(op, done);
      going.get(op)?.abort.abort((because ?? 'cancelled') satisfies StopReason);
    },
    gone: () => Promise.all([...going.values()].map(({ done }) => done)),
    stopAll(reason, mayGoOn = false) {
      stopped = !mayGoOn;
      for (const takeBack of timers.values()) takeBack();
      timers.clear();
      for (const waiting of claims.values()) waiting.abort();
      for (const { abort, kill } of going.values()) {
        abort.abort(reason);
        if (reason === 'killed') kill.abort(reason); // whoever was asked to stop before hears only this
      }
    },
  };
}

/** A queue that is made, and its package loaded, when it is first needed: most runs capture nothing. */
function lateQueue(concurrency: number): () => Promise<PQueue> {
  let queue: Promise<PQueue> | undefined;
  return () => (queue ??= import('p-queue').then((loaded) => new loaded.default({ concurrency })));
}

async function performAttempt(parts: PerformerParts, work: AttemptWork, stop: Going): Promise<AttemptEnded> {
  const { clock, mask } = parts;
  if (work.guarded && !(await parts.durable())) return unstarted(work);
  const startedAt = clock.monotonicMs();
  const limits = keepTime(clock, work, stop.abort);
  const serve = (outputs: JsonObject): void => {
    limits.end();
    const masked = mask.active ? mask.json(outputs) : outputs;
    parts.answer({ type: 'attempt.serving', node: work.node, op: work.op, outputs: masked });
  };
  const performed = await askStepType(parts, work, stop, { serve, alive: limits.alive });
  const answer = await withArtifacts(parts, work, performed, stop.abort.signal);
  limits.end();
  return {
    type: 'attempt.ended',
    node: work.node,
    op: work.op,
    ...withoutSecrets(mask, withLimit(answer, work, stop.abort.signal), ['outputs', 'error', 'warnings']),
    outcome: outcomeOf(answer, stop.abort.signal),
    durationMs: Math.max(0, Math.round(clock.monotonicMs() - startedAt)),
  };
}

/** The disk said no before it began. */
function unstarted({ node, op }: AttemptWork): AttemptEnded {
  return { type: 'attempt.ended', node, op, outcome: 'interrupted', durationMs: 0 };
}

/** A probe holds if it succeeds. Null when giga stops first: the next process asks anew. */
async function performCheck(parts: PerformerParts, work: CheckWork, stop: Going): Promise<CheckEnded | null> {
  const node = work.about === undefined ? work.node : besideOf(work.node, work.about);
  const attempt: AttemptWork = { ...work, kind: 'attempt', node };
  const { outcome, outputs = {}, error } = await performAttempt(parts, attempt, stop);
  if (isGone(stop.abort.signal)) return null;
  const holds = outcome === 'succeeded';
  return {
    type: 'check.ended',
    node: work.node,
    op: work.op,
    holds,
    outputs: holds ? outputs : brief(outputs),
    ...(error && !holds && { error }),
  };
}

/** Null when it was told to stop: the next process looks anew, where anyone still wants to know. */
async function performEnsure(parts: PerformerParts, work: EnsureWork, stop: Going): Promise<CheckEnded | null> {
  const { captures } = parts;
  const attempt = (probe: AttemptWork) => performAttempt(parts, probe, stop);
  try {
    const found = await look({ captures, attempt }, work, stop.abort.signal);
    if (found === null) return null;
    return { type: 'check.ended', node: work.node, op: work.op, ...withoutSecrets(parts.mask, found, ['error']) };
  } catch (error) {
    const diagnostic = problem(
      'STEP_CAPTURE_FAILED',
      `What the step ensures could not be looked at: ${messageOf(error)}`,
    );
    return { type: 'check.ended', node: work.node, op: work.op, holds: false, error: diagnostic };
  }
}

/** What is worth keeping of a probe that does not hold, of which there may be thousands. */
function brief(outputs: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(outputs).filter(([name]) => name === 'exit-code' || name === 'status'));
}

function isGone({ aborted, reason }: AbortSignal): boolean {
  return aborted && (reason === 'paused' || reason === 'killed');
}

/** Null when it was told to stop. */
async function performWatch(parts: PerformerParts, work: WaitWork, signal: AbortSignal): Promise<RunEvent | null> {
  const at = { type: 'wait.ended', node: work.node, op: work.op } as const;
  try {
    const found = await parts.files.appears(String(work.data.file), signal);
    if (found === null || signal.aborted) return null;
    if (!found.ok)
      return { ...at, ...withoutSecrets(parts.mask, { error: found.diagnostics[0] as Diagnostic }, ['error']) }; // a refusal says why
    const waitedMs = Math.max(0, parts.clock.wallMs() - work.since);
    const paths = parts.mask.json({ path: found.value[0] ?? '', paths: found.value });
    return { ...at, outputs: { ...paths, 'waited-ms': waitedMs } };
  } catch (error) {
    return { ...at, error: problem('STEP_WAIT_FILE', `The file could not be looked for: ${messageOf(error)}`) };
  }
}

/** A success is one when the files are there that it was to make. */
async function withArtifacts(
  parts: PerformerParts,
  work: AttemptWork,
  answer: StepAnswer,
  signal: AbortSignal,
): Promise<StepAnswer> {
  if (work.artifacts === undefined || answer.outcome !== 'succeeded') return answer;
  const kept = await parts.artifacts.keep(work, parts.run, signal);
  if (!kept.ok) return { ...answer, outcome: 'failed', error: kept.error };
  const artifacts = kept.artifacts.map((one) => ({ ...one }));
  const warnings = [...(answer.warnings ?? []), ...kept.warnings];
  return {
    ...answer,
    outputs: { ...answer.outputs, [ARTIFACTS_OUTPUT]: artifacts },
    ...(warnings.length > 0 && { warnings }),
  };
}

/** Masks what came from outside. Names and paths are giga's own: a secret that is part of one must not tear an event from its step. */
function withoutSecrets<T extends object>(mask: Mask, answer: T, keys: readonly (keyof T)[]): T {
  if (!mask.active) return answer;
  const hidden = keys.filter((key) => answer[key] !== undefined);
  // Every field of an event is plain JSON, and masking keeps its shape.
  return { ...answer, ...Object.fromEntries(hidden.map((key) => [key, mask.json(answer[key] as Json)])) };
}

/** Names of news are giga's own, and so are their kind and the counts of what was used: a short secret must not make them something else. */
function maskedNews(mask: Mask, news: JsonObject): JsonObject {
  const own: readonly string[] = ['kind', 'usage'];
  return bareObject(
    Object.entries(news).map(([name, value]) => [name, own.includes(name) ? value : mask.json(value)] as const),
  );
}

/** What giga asked for weighs more than how the step died of it; a success that came first stays one. */
function outcomeOf(answer: StepAnswer, signal: AbortSignal): StepAnswer['outcome'] {
  if (!signal.aborted || answer.outcome === 'succeeded') return answer.outcome;
  switch (
    signal.reason as StopReason // only StopReasons are ever given to abort()
  ) {
    case 'timed-out':
    case 'total-timed-out':
    case 'idle-timed-out':
      return 'timed-out';
    case 'cancelled':
      return 'cancelled';
    case 'released':
      return answer.outcome;
    case 'paused':
    case 'killed':
      return 'interrupted';
  }
}

async function askStepType(
  parts: PerformerParts,
  work: AttemptWork,
  stop: Going,
  tell: Pick<StepContext, 'serve' | 'alive'>,
): Promise<StepAnswer> {
  const step = parts.steps.get(work.action);
  if (!step)
    return { outcome: 'failed', error: problem('STEP_UNKNOWN_TYPE', `There is no step type "${work.action}".`) };
  const context: StepContext = {
    work,
    signal: stop.abort.signal,
    kill: stop.kill.signal,
    run: parts.run,
    note: (news) => {
      const data = parts.mask.active ? maskedNews(parts.mask, news) : news;
      parts.answer({ type: 'attempt.noted', node: work.node, op: work.op, data });
      return parts.durable();
    },
    progress: (line) => parts.progress(work.node, line),
    ...tell,
  };
  try {
    if (work.guarded && stop.abort.signal.aborted) return { outcome: 'cancelled' };
    return await step.perform(work.request as JsonObject, context); // the compiler makes every request an object
  } catch (error) {
    return {
      outcome: 'failed',
      error: problem('STEP_CRASHED', `The step type "${work.action}" failed by a bug of its own: ${messageOf(error)}`),
    };
  }
}

/** Null when giga stops first: the question stays open and is asked again by the next process. */
async function performCapture(parts: PerformerParts, work: CaptureWork, signal: AbortSignal): Promise<RunEvent | null> {
  if (signal.aborted) return null;
  try {
    const answer = await parts.captures.capture(work, signal);
    if (signal.aborted) return null;
    const hidden = withoutSecrets(parts.mask, answer, ['values', 'error']);
    return { type: 'capture.ended', node: work.node, op: work.op, ...hidden };
  } catch (error) {
    if (signal.aborted) return null;
    const diagnostic = problem('STEP_CAPTURE_FAILED', `A value from outside could not be read: ${messageOf(error)}`);
    return { type: 'capture.ended', node: work.node, op: work.op, values: {}, error: diagnostic };
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
