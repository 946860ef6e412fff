/** The whole vocabulary of a run's journal (version 1): facts in the past tense. Knows nothing of how they come about or are stored. */
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { Json, JsonObject } from '../json.ts';
import type { BudgetRaised } from './budget.ts';
import type { LoopFacts } from './loop-facts.ts';

/** What every record carries beside the event. */
export interface Envelope {
  /** From 0, without gaps. */
  readonly seq: number;
  /** The writer's fencing token; never falls. */
  readonly epoch: number;
  /** Wall clock, ms since 1970; no order and no decision rests on it. */
  readonly at: number;
  /** The last sequence number known to be on disk when this was written; -1 for none. */
  readonly durableUpTo: number;
}

/** `''` is the run itself; `deploy/upload`, `deploy[eu]/upload`, `fix#3/edit`, `finally/clean`. */
export type Path = string;

export type StepResult = 'succeeded' | 'kept' | 'failed' | 'skipped' | 'cancelled';
export type Outcome = 'succeeded' | 'failed' | 'cancelled' | 'timed-out' | 'interrupted' | 'hollow' | 'in-doubt';
export type Verdict = 'succeeded' | 'succeeded with allowed failures' | 'nothing ran' | 'failed' | 'cancelled';

/** The value of a part of a condition when it was decided. */
export interface Operand {
  readonly source: string;
  readonly value: Json;
}

/** What a verdict rests on beside what steps say of themselves. Absent: 0. */
export interface Evidence {
  /** Looks at what steps ensure that found it so. */
  readonly ensured?: number;
  /** Effects of which it was not known whether they had happened, and that have. */
  readonly verified?: number;
}

/** Why a step settled as it did. */
export type Cause =
  | { readonly kind: 'attempt' }
  | { readonly kind: 'evaluated' }
  | { readonly kind: 'children' }
  | { readonly kind: 'condition-false'; readonly condition: string; readonly operands: readonly Operand[] }
  | { readonly kind: 'need-failed' | 'need-skipped'; readonly need: string }
  /** Its own work went well, and what it does after that did not. */
  | { readonly kind: 'hook'; readonly hook: 'on-success' }
  | { readonly kind: 'no-branch' }
  | { readonly kind: 'no-items' }
  /** Of `compensate`: no step succeeded that could be undone. */
  | { readonly kind: 'nothing-to-undo' }
  | { readonly kind: 'not-selected' }
  | { readonly kind: 'rejected'; readonly by: string }
  | { readonly kind: 'cancelled'; readonly by: CancelCause }
  | { readonly kind: 'kept'; readonly attempt: number; readonly endedAt: number }
  /** `once`: another run, or this one, has done it under the key. `partial`: its outputs were too large to be kept. */
  | ({ readonly kind: 'once'; readonly key: string; readonly partial?: true } & Omit<OnceDone, 'outputs'>)
  /** Another run did it, with the same content. */
  | ({ readonly kind: 'cached' } & Omit<CacheHit, 'outputs'>)
  | { readonly kind: 'retries-exhausted'; readonly attempts: number }
  | { readonly kind: 'interruptions'; readonly count: number }
  /** It was not known whether its effect had happened, and it has: by its `verify`, or because someone says so. */
  | { readonly kind: 'verified'; readonly by: string }
  | { readonly kind: 'error' };

export type CancelCause = 'user' | 'fail-fast' | 'race' | 'budget' | 'timeout';

/** Several kinds of asked-for work share one shape: `started` (asked), `noted` (news), `ended` (answered). */
export type OpKind = 'attempt' | 'capture' | 'timer' | 'wait' | 'claim' | 'check' | 'cache' | 'tree' | 'load';

/** `op` numbers each asked-for work in a run, from 1, in the order of their `started`. */
export interface OpStarted {
  readonly type: `${OpKind}.started`;
  readonly node: Path;
  readonly op: number;
}
export interface AttemptStarted extends OpStarted {
  readonly type: 'attempt.started';
  /** From 1, over all retries, interruptions and resumes. */
  readonly attempt: number;
  readonly fingerprint: string;
  /** What the fingerprint was made of, by readable name: short digests, or short values. For explanations only. */
  readonly parts?: Readonly<Record<string, string>>;
}
export interface CaptureStarted extends OpStarted {
  readonly type: 'capture.started';
  readonly captures: readonly { readonly key: string; readonly kind: string; readonly args: readonly Json[] }[];
}
/** What is limited: one attempt, or all of them together. */
export type LimitName = 'timeout' | 'total-timeout';
/** `delay`: between two iterations of a loop. `poll`: between two checks. `timeout`: a limit of a node that may go on beside it. */
export type TimerPurpose = 'retry' | 'wait' | 'delay' | 'poll' | 'timeout';
export interface TimerStarted extends OpStarted {
  readonly type: 'timer.started';
  readonly purpose: TimerPurpose;
  /** From the moment it is set; a `total-timeout` from when the node began. */
  readonly delayMs: number;
  /** Of a `timeout`: which limit of the node it is. */
  readonly limit?: LimitName;
  /** Of a `wait` step, by which a later plan keeps it. */
  readonly fingerprint?: string;
}
/** What a step waits for that is no time: someone's verdict, an event that is sent, a file that appears, a condition that is checked now and then, what someone knows of an effect. */
export type WaitPurpose = 'approval' | 'event' | 'file' | 'condition' | 'assume';
/** Why it is not known whether the effect of a step has happened. `changed`: it has, and the step is no longer the one that did it. */
export type DoubtCause = 'cut-off' | 'timed-out' | 'failed' | 'unproven' | 'changed';
export interface WaitStarted extends OpStarted {
  readonly type: 'wait.started';
  readonly purpose: WaitPurpose;
  /** What exactly, for whoever answers or explains it: the shown text, the name of the event, the path. */
  readonly data: JsonObject;
  /** By which a later plan keeps the answer. */
  readonly fingerprint?: string;
}
/** A lock, the run's place in its group, or the key of what is done once is asked for. It is held from `claim.ended` on until the node settles, or the writer changes. */
export interface ClaimStarted extends OpStarted {
  readonly type: 'claim.started';
  readonly of: ClaimKind;
  readonly name: string;
}
/** The result of a step is looked for among those of other runs, or kept for them. */
export interface CacheStarted extends OpStarted {
  readonly type: 'cache.started';
  readonly ask: 'restore' | 'save';
  /** Of `restore`: the digest of all that its result depends on, but files and the machine. */
  readonly of?: string;
  /** And what its success will be known by in this run. */
  readonly fingerprint?: string;
  readonly parts?: Readonly<Record<string, string>>;
  /** It is to be done again, whatever there is. */
  readonly anew?: true;
}
/** News of work that goes on. Those of an attempt are what a later one needs to go on where it was cut off. */
export interface OpNoted {
  readonly type: `${OpKind}.noted`;
  readonly node: Path;
  readonly op: number;
  readonly data: Json;
}
/** Why an attempt failed, with what a retry needs to know of it. */
export type AttemptError = Diagnostic & {
  readonly exitCode?: number;
  /** False: another attempt would fail in the same way, unless the author says otherwise. */
  readonly retryable?: boolean;
  /** The other side asked for this pause, in ms. */
  readonly retryAfterMs?: number;
};
export interface AttemptEnded {
  readonly type: 'attempt.ended';
  readonly node: Path;
  readonly op: number;
  readonly outcome: Outcome;
  /** What the step gave: also after a failure (`exit-code`, `stdout` …). */
  readonly outputs?: JsonObject;
  /** What `self` shows beside `outputs` and is not one (`lines` and `json` are derived). */
  readonly log?: string;
  readonly error?: AttemptError;
  /** What did not stop the attempt and should be known, such as processes left behind. */
  readonly warnings?: readonly Diagnostic[];
  readonly durationMs: number;
}
/** A service is ready: from now on its edges count as good, until it ends. */
export interface AttemptServing {
  readonly type: 'attempt.serving';
  readonly node: Path;
  readonly op: number;
  readonly outputs: JsonObject;
}
export interface CaptureEnded {
  readonly type: 'capture.ended';
  readonly node: Path;
  readonly op: number;
  readonly values: JsonObject;
  readonly error?: Diagnostic;
}
export interface TimerEnded {
  readonly type: 'timer.ended';
  readonly node: Path;
  readonly op: number;
}
/** One look whether what a step waits for holds; or whether what it ensures does, or its effect has happened. */
export interface CheckStarted extends OpStarted {
  readonly type: 'check.started';
  /** From 1, over all checks of one wait. */
  readonly round: number;
  readonly about?: 'ensures' | 'verify';
  /** Of `verify`. */
  readonly doubt?: DoubtCause;
}
export interface CheckEnded {
  readonly type: 'check.ended';
  readonly node: Path;
  readonly op: number;
  readonly holds: boolean;
  /** The parts of the condition with their values. */
  readonly operands?: readonly Operand[];
  /** Of a probe: what it gave; the little that matters where it does not hold. */
  readonly outputs?: JsonObject;
  /** Why it does not hold, or why it cannot be asked at all. */
  readonly error?: AttemptError;
}
/** The world answered. With an error the step fails of it. */
export interface WaitEnded {
  readonly type: 'wait.ended';
  readonly node: Path;
  readonly op: number;
  /** Of an event: which of those that were sent to the run, from 1. */
  readonly sent?: number;
  readonly outputs?: JsonObject;
  readonly error?: Diagnostic;
}
/** `once`: what has one success among all runs of a store. */
export type ClaimKind = 'lock' | 'group' | 'once';
/** The success that a key has. */
export interface OnceDone {
  readonly run: string;
  readonly node: Path;
  readonly endedAt: number;
  /** Absent where they were too large to be kept. */
  readonly outputs?: JsonObject;
}
/** The claim is held; or was refused, where `error` says why; or there is nothing left to do, since it is `done`. Comes once for each writer that asked. */
export interface ClaimEnded {
  readonly type: 'claim.ended';
  readonly node: Path;
  readonly op: number;
  readonly done?: OnceDone;
  readonly error?: Diagnostic;
}

/** Files of the workspace that changed: how many, and the first of them by path, relative to the root. */
export interface ChangedFiles {
  readonly count: number;
  readonly files: readonly string[];
}
/** Whose result stands for that of a step. */
export interface CacheHit {
  readonly key: string;
  readonly run: string;
  readonly step: Path;
  /** When that ended, ms since 1970, and how long it took. */
  readonly endedAt: number;
  readonly durationMs: number;
  /** What its attempt gave. */
  readonly outputs: JsonObject;
}
export interface CacheEnded {
  readonly type: 'cache.ended';
  readonly node: Path;
  readonly op: number;
  /** Of `restore`: what its result can be kept under. Absent where it cannot be kept. */
  readonly key?: string;
  /** The result is there, and the files that belong to it are in their places. */
  readonly hit?: CacheHit;
  /** Of `save`. */
  readonly saved?: boolean;
  /** Why there is no result, or why it was not kept: in words, the most telling first. */
  readonly why?: readonly string[];
}

export type RunEvent =
  | {
      readonly type: 'run.created';
      readonly run: string;
      readonly plan: string;
      readonly inputs: JsonObject;
      readonly trigger: string;
      readonly workflow: { readonly name: string; readonly file: string };
      /** Steps without whose success the run has failed. */
      readonly require?: readonly Path[];
      /** Its models are not asked: answers are made up, or were recorded. */
      readonly models?: 'fake' | 'replay';
    }
  /** A writer took the run over: every op that is open was cut off. */
  | {
      readonly type: 'run.opened';
      readonly host: string;
      readonly giga: string;
      readonly pid: number;
      /** As in `run.created`. */
      readonly models?: 'fake' | 'replay';
      /** Files of the workspace that someone else changed since the run was stopped. */
      readonly changed?: ChangedFiles;
    }
  /** A fresh fold of this plan; earlier successes are kept where their fingerprint holds. */
  | {
      readonly type: 'run.replanned';
      readonly plan: string;
      /** Steps (and what depends on them, when `downstream`) that are not kept. */
      readonly rerun?: readonly Path[];
      readonly downstream?: boolean;
      /** Only these may run; what is neither kept nor among them settles as skipped, `not-selected`. */
      readonly only?: readonly Path[];
      /** Steps that do not say which files they read are not kept over a changed workspace. */
      readonly strict?: boolean;
    }
  | { readonly type: 'run.paused'; readonly cause: 'signal' | 'user' | 'error'; readonly signal?: string }
  | { readonly type: 'run.resumed' }
  /** The complete set of void ranges of sequence numbers, both ends included. */
  | {
      readonly type: 'run.rewound';
      readonly voids: readonly (readonly [number, number])[];
      /** The tree of the workspace that was restored, and the one that was saved right before. */
      readonly tree?: string;
      readonly before?: string;
      /** What was undone: back to before this step. Absent where something was redone. */
      readonly to?: Path;
      /** How often the steps in what is void were tried: they go on counting. */
      readonly tried?: Readonly<Record<Path, number>>;
    }
  | {
      readonly type: 'run.finished';
      readonly verdict: Verdict;
      readonly outputs: JsonObject;
      readonly counts: Readonly<Record<StepResult | 'allowed', number>>;
      readonly evidence?: Evidence;
      readonly error?: Diagnostic;
      /** Steps that do not say which files they read stand as they were, although the workspace was changed since. */
      readonly keptOver?: ChangedFiles & { readonly steps: number };
    }
  | {
      readonly type: 'command.received';
      readonly command: string;
      readonly by: string;
      readonly accepted: boolean;
      readonly data?: Json;
    }
  | {
      readonly type: 'node.opened';
      readonly node: Path;
      readonly count: number;
      /** Of a fan-out: the keys of its items, and the items where they are not their own keys; of `compensate` the steps to undo. Taken once. */
      readonly keys?: readonly string[];
      readonly items?: readonly Json[];
      /** Of a child workflow: its inputs, checked, and which of several files it is (from 0; absent: the first). Taken once. */
      readonly inputs?: JsonObject;
      readonly child?: number;
    }
  | {
      readonly type: 'scope.opened';
      readonly node: Path;
      /** Of a body; negative for a hook. */
      readonly slot: number;
      readonly key?: string;
      /** Of a hook: what the step's own work gave beside what its attempts said, and why it failed. */
      readonly outputs?: JsonObject;
      readonly error?: Diagnostic;
    }
  /** Every node of the scope is settled; what it declares as outputs, evaluated inside it. The scope is forgotten. */
  | {
      readonly type: 'scope.closed';
      readonly node: Path;
      readonly slot: number;
      readonly result: StepResult;
      readonly outputs: JsonObject;
      readonly error?: Diagnostic;
      /** Of an iteration: what decides whether another follows, as far as the loop asks for it. */
      readonly loop?: LoopFacts;
      /** Of a compensation that went well: the step that no longer counts as done. */
      readonly undone?: Path;
    }
  | BudgetRaised
  /** The last step that needed a service has ended: it may go. */
  | { readonly type: 'service.released'; readonly node: Path }
  | { readonly type: 'race.won'; readonly node: Path; readonly slot: number }
  /** A rejected approval, `node`, goes back to a step for the `count`th time: `steps` are done again, that one and then all that depends on it, itself included. */
  | { readonly type: 'scope.reworked'; readonly node: Path; readonly count: number; readonly steps: readonly Path[] }
  | { readonly type: 'cancel.requested'; readonly node: Path; readonly cause: CancelCause; readonly by?: string }
  | {
      readonly type: 'step.settled';
      readonly node: Path;
      readonly result: StepResult;
      readonly cause: Cause;
      readonly outputs?: JsonObject;
      readonly error?: Diagnostic /** Of the success that is kept. */;
      readonly fingerprint?: string;
    }
  | AttemptStarted
  | CaptureStarted
  | TimerStarted
  | WaitStarted
  | CheckStarted
  | ClaimStarted
  | CacheStarted
  | OpNoted
  | AttemptServing
  | AttemptEnded
  | CaptureEnded
  | TimerEnded
  | WaitEnded
  | CheckEnded
  | ClaimEnded
  | CacheEnded;

/** A record of the journal. */
export type Recorded = RunEvent & Envelope;
