/**
 * One node of a run: its facts, set by events, and the few numbers that its decision needs. Knows no rules.
 *
 *   action     blocked → running → ended → settled        ended → delayed → blocked is a retry (ended → running without a delay)
 *                                                         running → blocked is an interruption, which spends no retry
 *   service    blocked → running → serving → ended → settled        serving → blocked is an interruption, and counts as none
 *   set, fail  blocked → settled
 *   wait       blocked → waiting → ended → settled        also of what waits for the world: an approval, an event, a file, a condition
 *   approve    as wait; a rejected one may send itself and others of its scope back to blocked, as new nodes in their places
 *   composite  blocked → open → settled                   open → delayed → blocked is a retry of the whole (open → open without a delay)
 *   loop       open → delayed → open between two iterations
 *   any of them does what its hook says before it settles
 *   any with a claim asks for it before it begins, and again under each writer; while it waits nothing in it begins
 *   any unsettled node → settled (cancelled); a running action first hears `stop`, and a success that comes before its end counts
 */
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { Json, JsonObject } from '../json.ts';
import type { ChildFile, PlanNode } from '../plan/plan.ts';
import type { Caching } from './caching.ts';
import { type Counts, noCounts } from './counts.ts';
import type {
  AttemptEnded,
  CancelCause,
  Cause,
  CheckEnded,
  ClaimKind,
  DoubtCause,
  LimitName,
  OnceDone,
  Path,
  StepResult,
} from './event.ts';
import type { Hook } from './hooks.ts';
import type { LoopFacts } from './loop-facts.ts';
import type { OrdSet } from './ord-set.ts';
import type { EvaluatedEnv, Resolved } from './resolve.ts';
import type { Failure, Scope } from './scope.ts';

export type NodeState = 'blocked' | 'running' | 'serving' | 'ended' | 'delayed' | 'waiting' | 'open' | 'settled';

/** Bits of `up`, which settled nodes hand to those that depend on them: something it depends on failed; runs again by command. */
export const UP_FAILED = 1;
export const UP_AGAIN = 2;

export interface Node {
  /** Its place in every order of the run: members of a scope are numbered in a row when it opens. */
  readonly ord: number;
  readonly path: Path;
  readonly plan: PlanNode;
  readonly scope: Scope | null;
  readonly index: number;
  /** Its id or that of an enclosing node was made from a position: a success is found by fingerprint. */
  readonly anonymous: boolean;
  /** It belongs to a hook, or to the run's `on-failure` or `finally`: those run again at each end. */
  readonly ending: boolean;
  /** A rejection sent it back: it is done again, whatever succeeded before. */
  readonly sentBack: boolean;

  state: NodeState;
  /** Why it is to end; null while it may go on. */
  stop: CancelCause | null;
  /** A second cancel: not even `finally` is opened or spared. */
  killed: boolean;

  /** Edges not settled; settled well; the least that counts as failed, and as skipped (-1 for none). */
  left: number;
  good: number;
  badNeed: number;
  skippedNeed: number;
  up: number;

  /** Its condition held and it took its place among the members of its scope. */
  begun: boolean;
  /** Of a service; null before it first served. */
  service: Service | null;
  /** What it holds, or waits for, in the order in which it asks. */
  claims: readonly HeldClaim[];
  /** How it stands with the results of other runs; null before it asked. */
  caching: Caching | null;
  /** Open work: the attempt, timer or wait, the capture, and the timer of its time limit; 0 for none. */
  op: number;
  captureOp: number;
  limitOp: number;
  /** The limit of its time that is over; null while none is. */
  late: LimitName | null;
  attempts: number;
  failures: number;
  interruptions: number;
  /** Of what waits for a condition, ensures something, or is in doubt. */
  checks: Checks | null;
  /** It is not known whether its effect has happened, or was not; null where nothing is in doubt. */
  doubt: Doubt | null;
  /** What its attempts noted since it was opened, in order; null for nothing. */
  news: readonly JsonObject[] | null;
  /** How the last attempt ended. */
  ended: AttemptEnded | null;
  /** Wall clock of the first and last event of its work, ms since 1970; 0 before. */
  startedAt: number;
  endedAt: number;
  /** All attempts together. */
  durationMs: number;
  fingerprint: string | null;
  parts: Readonly<Record<string, string>> | null;
  /** Its fingerprint with how it ended, for those that depend on it; made when asked for. Derived. */
  print: string | null;
  /** How often the workspace had been changed by others when it succeeded. */
  drifts: number;
  /** Values from outside that its own texts needed, and why some could not be had. */
  captured: Map<string, Json> | null;
  refused: Map<string, Diagnostic> | null;
  /** Its evaluated request: made when it is about to start, dropped when it settles. Derived. */
  resolved: Resolved | null;

  /** The how-manieth settlement of the run it was; 0 before. */
  settledAs: number;
  result: StepResult | null;
  cause: Cause | null;
  outputs: JsonObject | null;
  error: Failure | null;
  slots: Slots | null;
  hook: Hook | null;
}

/** How a condition that is waited for, what a step ensures, or its `verify` stands. Of all its checks only the last is kept. */
export interface Checks {
  /** Absent: of what is waited for. */
  readonly about?: 'ensures' | 'verify';
  /** The check under way, or the timer to the next; 0 for none. */
  readonly op: number;
  readonly round: number;
  readonly last: CheckEnded | null;
  /** It is time for the next check. */
  readonly isDue: boolean;
}

/** An effect that may have happened. */
export interface Doubt {
  readonly why: DoubtCause;
  /** Of the last look, or of someone who knows; null before. `again`: someone says that it is to be done. */
  readonly answer: 'done' | 'not-done' | 'again' | 'unknown' | null;
  readonly by: string;
  /** What the look gave. */
  readonly outputs: JsonObject;
  /** What the step had captured before `verify` looked, which takes its own. */
  readonly setAside: Pick<Node, 'captured' | 'refused'> | null;
}

/** How a service stands with those that need it. */
export interface Service {
  /** Its edges count as good. */
  isOffered: boolean;
  /** It is to end: nobody needs it any more. */
  isReleased: boolean;
  /** Somebody names it, or comes after it in a list. */
  readonly hasUsers: boolean;
  /** Members of its scope below this place need it no more. Derived. */
  seen: number;
}

/** A claim of an unsettled node. */
export interface HeldClaim {
  readonly of: ClaimKind;
  readonly name: string;
  readonly op: number;
  isHeld: boolean;
  /** Another writer held it before: the node was at work then. */
  isAgain: boolean;
  refused: Diagnostic | null;
  /** Of a key: there is nothing left to do. */
  done: OnceDone | null;
}
const NO_CLAIMS: readonly HeldClaim[] = [];

/** What a composite has besides. */
export interface Slots {
  opened: number;
  /** The slot opened last, -1 before the first. */
  cursor: number;
  readonly live: Map<number, Scope>;
  /** Scopes that are closed but still read: those of a `try` by its later parts, those of an iteration by the loop. */
  readonly closed: Scope[];
  readonly results: (SlotResult | null)[];
  failingFast: boolean;
  /** Its members were stopped because its time was over. */
  timedOut: boolean;
  /** Of a race: the member that has won. */
  winner: number | null;
  /** Of a fan-out. */
  readonly items: Items | null;
  /** Of a child workflow. */
  readonly child: Child | null;
  /** Of `compensate`: the steps that it undoes, in order. */
  readonly undoes: readonly Path[];
  /** Something in it was started, not only kept. */
  worked: boolean;
  /** The time between two iterations has passed, or passes. */
  waited: boolean;
  /** A member runs again by command, and with it what depends on this. */
  again: boolean;
  /** The digest of what every member depends on through this node; made when asked for. */
  within: string | null;
  /** Its environment with all that encloses it; made when asked for. */
  env: EvaluatedEnv | null;
  readonly counts: Counts;
}
/** The file that a child workflow was opened with. */
export interface Child {
  readonly file: ChildFile;
  /** Its first slot: those of its on-failure and finally follow. */
  readonly base: number;
  readonly inputs: JsonObject;
}
/** What a fan-out is over, and how it stands. */
export interface Items {
  readonly keys: readonly string[];
  readonly values: readonly Json[];
  /** Opened items of which every step is settled. */
  readonly ended: OrdSet;
  failed: number;
  /** What others read of it; made when asked for. */
  shown: ShownItems | null;
}
export interface ShownItems {
  readonly outputs: readonly (JsonObject | null)[];
  readonly items: readonly JsonObject[];
}
export interface SlotResult {
  readonly result: StepResult;
  readonly outputs: JsonObject;
  readonly failure: Failure | null;
  /** The failure is one of evaluating outputs, not of a member. */
  readonly own: boolean;
  readonly print: string;
  readonly loop?: LoopFacts;
}

export function newNode(
  ord: number,
  path: Path,
  plan: PlanNode,
  scope: Scope | null,
  index: number,
  sentBack = false,
): Node {
  const owner = scope?.owner;
  return {
    ord,
    path,
    plan,
    scope,
    index,
    anonymous: plan.anonymous === true || owner?.anonymous === true,
    ending: scope !== null && (scope.owner.ending || isEnd(scope.owner, scope.slot)),
    sentBack: sentBack || owner?.sentBack === true,
    state: 'blocked',
    stop: null,
    killed: false,
    left: plan.needs.length,
    good: 0,
    badNeed: -1,
    skippedNeed: -1,
    up: 0,
    begun: false,
    service: null,
    claims: NO_CLAIMS,
    caching: null,
    op: 0,
    captureOp: 0,
    limitOp: 0,
    late: null,
    attempts: 0,
    failures: 0,
    interruptions: 0,
    checks: null,
    doubt: null,
    news: null,
    ended: null,
    startedAt: 0,
    endedAt: 0,
    durationMs: 0,
    fingerprint: null,
    parts: null,
    print: null,
    drifts: 0,
    captured: null,
    refused: null,
    resolved: null,
    settledAs: 0,
    result: null,
    cause: null,
    outputs: null,
    error: null,
    slots: null,
    hook: null,
  };
}

function isEnd(owner: Node, slot: number): boolean {
  return slot < 0 || (owner.scope === null && slot > 0);
}

export function newSlots(items: Items | null = null, child: Child | null = null, undoes: readonly Path[] = []): Slots {
  return {
    opened: 0,
    cursor: -1,
    live: new Map(),
    closed: [],
    results: [],
    failingFast: false,
    timedOut: false,
    winner: null,
    items,
    child,
    undoes,
    worked: false,
    waited: false,
    again: false,
    within: null,
    env: null,
    counts: noCounts(),
  };
}

/** The slots of a node that is open, was, or is being opened anew. */
export function slotsOf(node: Node): Slots {
  if (node.slots === null) throw new Error(`Bug: \`${node.path}\` has no slots`);
  return node.slots;
}
