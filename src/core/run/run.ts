/** A run: the fold of its journal, owned by one fold and changed in place by `evolve` alone. Knows no rules. */
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { Capture } from '../expr/ast.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Limits } from '../money/caps.ts';
import type { Plan, PlanNode, PlanScope } from '../plan/plan.ts';
import type { Answer } from './answer.ts';
import type { Counts } from './counts.ts';
import { noCounts } from './counts.ts';
import type { ChangedFiles, LimitName, Path, TimerPurpose, Verdict, WaitPurpose } from './event.ts';
import { type Node, newNode } from './node.ts';
import { OrdSet } from './ord-set.ts';
import type { Carried, Layer, Selection } from './replan.ts';
import { type ScopeShape, shapeOf } from './scope.ts';
import type { Signal } from './signals.ts';
import { noSpend, type Spend } from './spend.ts';

/** What a run is told of the world around it. All of it is constant while the run is held. */
export interface Surroundings {
  /** Plans by hash: every one that a record names. */
  readonly plans: ReadonlyMap<string, Plan> | ((hash: string) => Plan | undefined);
  /** Whether a value satisfies a JSON Schema: null, or what is wrong with it. Without it no schema is checked. */
  readonly validate?: (schema: JsonObject, value: Json) => string | null;
  /** Whether someone is who they say, and may answer for these names and roles: null, or why not. Without it anyone who is named may. */
  readonly admit?: (answer: Answer, approvers: readonly string[]) => Diagnostic | null;
  /** What the context `run` shows beside what the journal says (`number dir attempt resumed …`). */
  readonly runContext?: JsonObject;
  /** The context `project`, and others that stand still; the run's own win. */
  readonly contexts?: Readonly<Record<string, Json>>;
}

export type RunStatus = 'new' | 'running' | 'finished';

/** Asked-for work without an answer. */
export type OpenOp =
  | { readonly kind: 'attempt'; readonly node: Node; readonly startedAt: number }
  | {
      readonly kind: 'timer';
      readonly node: Node;
      readonly dueAt: number;
      readonly delayMs: number;
      readonly purpose: TimerPurpose;
      readonly limit?: LimitName;
    }
  | { readonly kind: 'capture'; readonly node: Node; readonly captures: readonly Capture[] }
  | {
      readonly kind: 'wait';
      readonly node: Node;
      readonly startedAt: number;
      readonly purpose: WaitPurpose;
      readonly data: JsonObject;
    }
  /** Of a probe, which someone performs, or of an expression, which the core evaluates. */
  | { readonly kind: 'check'; readonly node: Node; readonly isProbe: boolean }
  | { readonly kind: 'claim'; readonly node: Node }
  | { readonly kind: 'cache'; readonly node: Node; readonly ask: 'restore' | 'save'; readonly anew: boolean };

export interface Run {
  readonly surroundings: Surroundings;
  status: RunStatus;
  paused: boolean;
  /** By a signal, and `finally` is to run because of it. */
  interrupted: boolean;
  id: string;
  planHash: string;
  /** Set by `run.created`. */
  plan: Plan | null;
  root: Node | null;
  inputs: JsonObject;
  trigger: string;
  workflow: { readonly name: string; readonly file: string };
  createdAt: number;
  /** How many writers took it, the first included. */
  openings: number;
  /** Wall clock of the last event that carried one, ms since 1970. */
  at: number;

  /** By `ord`; forgotten ones are undefined. */
  nodes: (Node | undefined)[];
  byPath: Map<Path, Node>;
  shapes: Map<PlanScope, ScopeShape>;
  inputsRead: Map<PlanNode, readonly string[]>;
  ops: Map<number, OpenOp>;
  lastOp: number;
  /** Attempts under way. */
  running: number;
  counts: Counts;
  /** What is captured once for the whole run, and why some could not be. */
  captured: Map<string, Json>;
  refused: Map<string, Diagnostic>;
  /** Run-wide captures under way: their op, by key. */
  pending: Map<string, number>;

  /** Nodes of which an input changed and that have not been asked since. */
  dirty: OrdSet;
  /** Events that were sent to it: those that no step has taken, and the last that were. */
  signals: Signal[];
  /** How many there were so far. */
  signalled: number;
  /** Actions that may start but for a free place. */
  startable: OrdSet;
  /** Nodes that were not asked since the run is paused. */
  held: number[];
  /** Unsettled nodes that hold something or wait for it, in the order in which they asked. */
  claims: Set<Node>;
  /** What is open and lost its claim, or a service that it needs, with the last writer: nothing in it begins. By ord, what was not asked since. */
  withheld: Map<Node, number[]>;
  /** Who waits for an open capture, by its op. Derived. */
  waiters: Map<number, number[]>;
  /** How often the workspace was changed by others while nobody held the run, and the files of all those times. */
  drifts: number;
  drift: ChangedFiles | null;
  /** Steps without `files` whose success may come to stand over changes: how often the workspace had been changed by then. */
  undeclared: Map<Path, number>;
  /** Touches so far: the measure of work in tests. */
  touches: number;

  replaying: boolean;
  /** Successes and counters that a new plan would start from; null once the run went on. */
  memory: Map<Path, Carried> | null;
  /** What the plan in force started from; null for the first plan. */
  layer: Layer | null;
  selection: Selection | null;

  /** Steps settled so far. */
  settlements: number;
  /** What succeeded and can be undone, by path, in the order of their last end; and what was undone under the plan in force. */
  undoable: Map<Path, Node>;
  undone: Set<Path>;
  /** What rejections sent back, and how often each approval was asked: also under earlier plans. */
  readonly reworks: Reworks;
  readonly asked: Map<Path, number>;
  /** What people say of effects that are in doubt, by path: each is good for one doubt. */
  readonly assumed: Map<Path, Assumption>;
  evidence: { ensured: number; verified: number };
  /** Steps that must succeed, and those of them that have. */
  require: readonly Path[];
  met: Set<Path>;
  /** How often steps were tried in what was rewound. */
  readonly tried: Map<Path, number>;

  /** What calls of models have taken, and what raised the budgets: whatever is rewound. */
  readonly spend: Spend;
  readonly raised: Map<Path, Limits>;

  verdict: Verdict | null;
  outputs: JsonObject;
  error: Diagnostic | null;
}

/** What rejections sent back. By path; what stands inside a step that was sent back belongs to it. */
export interface Reworks {
  /** By approval: how often it did. */
  readonly counts: Map<Path, number>;
  /** By step: how often it was. */
  readonly generations: Map<Path, number>;
  /** By step: what the context `rework` shows in it. */
  readonly causes: Map<Path, JsonObject>;
}

/** What someone says of an effect: it has happened, or it is to be done again. */
export interface Assumption {
  readonly how: 'done' | 'retry';
  readonly by: string;
}

export function newRun(surroundings: Surroundings): Run {
  return {
    surroundings,
    status: 'new',
    id: '',
    planHash: '',
    inputs: {},
    trigger: '',
    workflow: { name: '', file: '' },
    createdAt: 0,
    openings: 0,
    at: 0,
    lastOp: 0,
    captured: new Map(),
    signals: [],
    signalled: 0,
    touches: 0,
    drifts: 0,
    drift: null,
    replaying: false,
    memory: null,
    layer: null,
    selection: null,
    reworks: { counts: new Map(), generations: new Map(), causes: new Map() },
    asked: new Map(),
    assumed: new Map(),
    require: [],
    tried: new Map(),
    spend: noSpend(),
    raised: new Map(),
    ...freshFold(),
  };
}

/** The part of a run that a new plan starts anew. */
function freshFold() {
  return {
    paused: false,
    interrupted: false,
    plan: null as Plan | null,
    root: null as Node | null,
    nodes: [] as (Node | undefined)[],
    byPath: new Map<Path, Node>(),
    shapes: new Map<PlanScope, ScopeShape>(),
    inputsRead: new Map<PlanNode, readonly string[]>(),
    ops: new Map<number, OpenOp>(),
    running: 0,
    counts: noCounts(),
    refused: new Map<string, Diagnostic>(),
    pending: new Map<string, number>(),
    dirty: new OrdSet(),
    startable: new OrdSet(),
    held: [] as number[],
    claims: new Set<Node>(),
    withheld: new Map<Node, number[]>(),
    waiters: new Map<number, number[]>(),
    settlements: 0,
    evidence: { ensured: 0, verified: 0 },
    met: new Set<Path>(),
    undoable: new Map<Path, Node>(),
    undone: new Set<Path>(),
    undeclared: new Map<Path, number>(),
    verdict: null as Verdict | null,
    outputs: {} as JsonObject,
    error: null as Diagnostic | null,
  };
}

/** Puts a plan in force, with nothing of it begun. */
export function setPlan(run: Run, hash: string): void {
  const { plans } = run.surroundings;
  const plan = typeof plans === 'function' ? plans(hash) : plans.get(hash);
  if (plan === undefined) throw new Error(`Bug: the plan ${hash} is not at hand`);
  Object.assign(run, freshFold());
  run.plan = plan;
  run.planHash = hash;
  run.status = 'running';
  run.root = addNode(run, newNode(0, '', plan.root, null, 0));
}

export function addNode(run: Run, node: Node): Node {
  run.nodes[node.ord] = node;
  run.byPath.set(node.path, node);
  touch(run, node);
  return node;
}

/** Asks a node again before the run rests. Called for every node one of whose inputs changed, and for no other. */
export function touch(run: Run, node: Node): void {
  run.touches++;
  run.dirty.add(node.ord);
}

/** Asks again those that were set aside. */
export function letGo(run: Run, held: number[]): void {
  for (const ord of held.splice(0)) {
    const node = run.nodes[ord];
    if (node !== undefined) touch(run, node);
  }
}

export function planOf(run: Run): Plan {
  if (run.plan === null) throw new Error('Bug: the run has no plan yet');
  return run.plan;
}

export function rootOf(run: Run): Node {
  if (run.root === null) throw new Error('Bug: the run has no plan yet');
  return run.root;
}

export function shapeFor(run: Run, body: PlanScope): ScopeShape {
  const known = run.shapes.get(body);
  if (known !== undefined) return known;
  const shape = shapeOf(body);
  run.shapes.set(body, shape);
  return shape;
}
