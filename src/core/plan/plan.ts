/** The Plan: a checked, closed graph of steps as plain JSON with a stable hash. Knows no YAML and no machine. */
import type { Expression, Template } from '../expr/ast.ts';
import type { Json, JsonObject } from '../json.ts';
import type { BudgetSpec } from './budget.ts';
import type { Ensure, Verify } from './proof.ts';
import type { WorkspaceSpec } from './workspace.ts';

export const PLAN_VERSION = 1;
/** SIGTERM to SIGKILL where nothing else is said, in ms. */
export const DEFAULT_GRACE_MS = 10_000;

export interface Plan {
  readonly v: typeof PLAN_VERSION;
  readonly name: string;
  readonly description?: string;
  /** The document, relative to the workspace root, with `/`. */
  readonly file: string;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  /** Names of the secrets that the workflow declares. */
  readonly secrets: readonly string[];
  /** Declared environment of every step, weakest first already merged: `giga.yaml`, env-files, workflow, profile. */
  readonly env: Readonly<Record<string, Template>>;
  readonly vars: JsonObject;
  /** Steps at once, at least 1. */
  readonly concurrency: number;
  /** A `try` that rethrows, with the bodies steps, on-failure, finally, on-success. Its path is ''. */
  readonly root: CompositeNode;
  readonly outputs: Readonly<Record<string, OutputSpec>>;
  /** `finally` also runs at the first SIGINT or SIGTERM, and has so long, in ms. */
  readonly finallyOnInterruptMs?: number;
  /** How the run deals with the files around it. */
  readonly workspace?: WorkspaceSpec;
  /** What calls of models may take in all. */
  readonly budget?: BudgetSpec;
}

export interface InputSpec {
  readonly type: 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object';
  readonly required: boolean;
  readonly default?: Json;
  readonly description?: string;
  /** The whole JSON Schema of the value (draft-07), `type` included. */
  readonly schema: JsonObject;
}

export interface OutputSpec {
  readonly value: Template;
  /** A JSON Schema that the value must satisfy. */
  readonly schema?: JsonObject;
}

/** When a step may start, seen from its edges. See language-rules 1. */
export type Join = 'all-succeeded' | 'all-done' | 'any-succeeded' | 'none-failed';

export interface Condition {
  readonly expression: Expression;
  /** A status function stands in it: the edges are awaited, then this alone decides. */
  readonly replacesJoin: boolean;
}

export interface Retry {
  /** All attempts together, at least 1. */
  readonly attempts: number;
  readonly delayMs: number;
  readonly backoff: 'constant' | 'linear' | 'exponential';
  readonly factor: number;
  readonly maxDelayMs?: number;
  /** Percent of each delay that a hash may take away, from 0 to 100. */
  readonly jitter?: number;
  /** From the start of the first attempt: none begins later. */
  readonly maxDurationMs?: number;
  /** Only failures of this class are covered. Absent: those that the step type does not know to be hopeless. */
  readonly on?: FailureClass;
  /** Failures that are never covered. */
  readonly neverOn?: FailureClass;
}

/** A failure is of the class if any of these says so. */
export interface FailureClass {
  /** An expression over `self` and `error`. */
  readonly holds?: Expression;
  readonly exitCodes?: readonly number[];
  /** Codes of diagnostics. */
  readonly errors?: readonly string[];
  /** A pattern that is looked for in the message and in what the attempt wrote. */
  readonly matches?: string;
}

export interface NodeBase {
  /** Unique in its scope; `[A-Za-z0-9_-]{1,64}`. */
  readonly id: string;
  /** The id was made from the position: resume matches the step by fingerprint only. */
  readonly anonymous?: true;
  readonly name?: string;
  /** Where the step stands in the document (from 1). No part of any digest. */
  readonly at: { readonly line: number; readonly column: number };
  /** Edges: `needs` and reads, as indexes into the nodes of this scope. Never a cycle. */
  readonly needs: readonly number[];
  /** In a list: every member with a smaller index comes first, under the rule `none-failed`. 0 or absent: none. */
  readonly after?: number;
  /** The rule for `needs`; default `all-succeeded`. */
  readonly join?: Join;
  readonly if?: Condition;
  /** Declared here, over what encloses it. */
  readonly env?: Readonly<Record<string, Template>>;
  readonly continueOnError?: true;
  readonly allowFailure?: true;
  readonly retry?: Retry;
  /** Computed outputs: evaluated with `self` for an action, inside the group for a composite. */
  readonly outputs?: Readonly<Record<string, OutputSpec>>;
  /** What is done when its own work has succeeded or failed, before it settles. */
  readonly hooks?: readonly HookSpec[];
  /** What it holds while it is at work: `lock`; of the run itself `concurrency.group`. */
  readonly claim?: Claim;
  /** What must be true after its work, or it has failed: of a composite, asked inside it. */
  readonly ensures?: readonly Ensure[];
  /** What calls of models may take in it, all that is inside included. */
  readonly budget?: BudgetSpec;
  /** SHA-256 of the definition as written, positions and ids of anonymous steps left out. */
  readonly digest: string;
}

/** The slots of hooks, beside those of bodies. */
export const ON_SUCCESS_HOOK = -1;
export const ON_FAILURE_HOOK = -2;
/** Of the root alone: its `finally`, when a signal stops the run before its end. */
export const INTERRUPT_HOOK = -3;
/** What undoes a success: opened by the `compensate` of an `on-failure`, never by the step itself. */
export const COMPENSATE_HOOK = -4;

export interface HookSpec {
  readonly slot: typeof ON_SUCCESS_HOOK | typeof ON_FAILURE_HOOK | typeof COMPENSATE_HOOK;
  readonly body: PlanScope;
}

/** How a program of a step is run, beside what it is asked to do. */
export interface Manner {
  /** SIGTERM to SIGKILL. */
  readonly graceMs?: number;
  /** Names of the secrets that the step gets as variables. */
  readonly secrets?: readonly string[];
  /** `around`: a group around it has it, whose own `env` still reaches it. */
  readonly clearEnv?: true | 'around';
}

/** A name that one step, or one run, has at a time, among all runs of a store. */
export interface Claim {
  /** Locks, groups of runs and keys do not share their names. */
  readonly of: 'lock' | 'group' | 'once';
  readonly name: Template;
  /** What a run does whose group is held when it begins. Absent: it waits for its turn. */
  readonly onConflict?: 'cancel-running' | 'fail';
}

/** Work that a performer does: `run`, and later `claude http mcp uses …`. */
export interface ActionNode extends NodeBase, Manner {
  readonly kind: 'action';
  /** The name of the step type. */
  readonly action: string;
  /** Evaluates to the request that the step type takes. */
  readonly with: Template;
  /** Per attempt. */
  readonly timeoutMs?: number;
  /** Over all attempts and the delays between them. */
  readonly totalTimeoutMs?: number;
  /** Without any output. */
  readonly idleTimeoutMs?: number;
  /** Evaluates to an ArtifactRequest. */
  readonly artifacts?: Template;
  /** As the author says. False: it is never done again blindly. */
  readonly idempotent?: boolean;
  /** Of one that is not idempotent: whether its effect has happened. */
  readonly verify?: Verify;
  /** Evaluates to the key under which it succeeds at most once, among all runs of a store. */
  readonly once?: Template;
  /** The files that it reads: evaluates to a FilesRequest. */
  readonly files?: Template;
  readonly cache?: CacheSpec;
}
/** What its result depends on, for use in other runs. */
export interface CacheSpec {
  /** Evaluates to a CacheRequest. */
  readonly with: Template;
  /** By the name of a tool, what evaluates to its version. */
  readonly tools?: Readonly<Record<string, Template>>;
}
/** Computes values inside giga: settles at once. */
export interface SetNode extends NodeBase {
  readonly kind: 'set';
  readonly values: Template;
}
export interface FailNode extends NodeBase {
  readonly kind: 'fail';
  readonly message: Template;
}
export interface WaitNode extends NodeBase {
  readonly kind: 'wait';
  /** A text such as `10m` when evaluated (language-rules 17). */
  readonly for: Template;
}

/** Waits for the world. */
export interface AwaitNode extends NodeBase, Manner {
  readonly kind: 'await';
  readonly what: Awaited;
  /** Waiting longer is a failure. */
  readonly timeoutMs?: number;
}

/** What is waited for. A condition and a probe are asked again every `everyMs`. */
export type Awaited =
  | { readonly kind: 'condition'; readonly until: Expression; readonly everyMs: number }
  | {
      readonly kind: 'probe';
      /** The name of the step type, and what evaluates to its request. */
      readonly action: string;
      readonly with: Template;
      /** As written, in a line. */
      readonly source: string;
      readonly everyMs: number;
    }
  | { readonly kind: 'event'; readonly name: string; readonly match?: Expression }
  /** `cwd`: what the path is relative to; '' is the root of the workspace. */
  | { readonly kind: 'file'; readonly path: Template; readonly cwd?: Template };

/** Waits for a person's verdict. */
export interface ApproveNode extends NodeBase {
  readonly kind: 'approve';
  readonly message: Template;
  /** What is decided on; shown whole. */
  readonly show?: Template;
  /** The words of a verdict. `reject` rejects; any other lets the run go on. */
  readonly options: readonly string[];
  /** A JSON Schema of the object that goes with a verdict. */
  readonly form?: JsonObject;
  /** Names and roles of those who may answer. Absent: anyone. */
  readonly approvers?: readonly string[];
  /** How long a verdict is waited for. */
  readonly timeoutMs?: number;
  /** The verdict that is taken when that time is over. Absent: the step fails. */
  readonly default?: string;
  /** Absent: the step fails. */
  readonly onReject?: 'skip' | Rework;
}
/** A rejection sends the run back to a step of the same scope. */
export interface Rework {
  /** The id of that step, which the approval depends on. */
  readonly to: string;
  /** So many times in all, at least 1. */
  readonly max: number;
}

export type LeafNode = ActionNode | SetNode | FailNode | WaitNode | AwaitNode | ApproveNode;

/**
 * A node that holds scopes ("slots, opened by a rule").
 * - `group`: bodies[0]; list order is in `after`, `parallel` has none. `max` bounds the members at once, `failFast` cancels the rest after a failure.
 * - `choose`: bodies[i] if conditions[i] holds (null: else); the first that does.
 * - `try`: bodies are body, catch, finally (null where absent), then further catches. A catch is taken when conditions[i] holds (null
 *   or absent: always), the first in order; `rethrow` keeps the body's failure after it, and then body 3 is what follows a success.
 * - `race`: bodies[0], whose members are no list: the first success wins, and the others are cancelled.
 * - `each`: bodies[0] has one node, the step that is done for every item: item i is slot i.
 * - `loop`: bodies[0] has one node, the step that each iteration makes anew: iteration i is slot i - 1.
 * - `workflow`: the steps of another file; its bodies are body, on-failure, finally and on-success, as of the run itself, and it rethrows.
 *   Where one of several files is taken, those of the n-th (from 0) begin at 4n.
 * - `compensate`: no bodies of its own; slot i is what undoes the i-th of the steps that it undoes. A member of an `on-failure` only.
 */
export interface CompositeNode extends NodeBase {
  readonly kind: 'group' | 'choose' | 'try' | 'race' | 'loop' | 'each' | 'workflow' | 'compensate';
  readonly bodies: readonly (PlanScope | null)[];
  readonly conditions?: readonly (Expression | null)[];
  /** `choose` only: outputs of a branch, instead of the node's. */
  readonly bodyOutputs?: readonly (Readonly<Record<string, OutputSpec>> | null)[];
  readonly max?: number;
  readonly failFast?: true;
  readonly rethrow?: true;
  /** Per attempt; of the root: of the run, but for what it does at its end. */
  readonly timeoutMs?: number;
  /** Over all attempts, items or iterations, and the delays between them. */
  readonly totalTimeoutMs?: number;
  /** Of the environment around it nothing reaches what is inside. */
  readonly clearEnv?: true;
  /** `loop` only. */
  readonly loop?: LoopSpec;
  /** `each` only. */
  readonly each?: EachSpec;
  /** `workflow` only. */
  readonly child?: ChildSpec;
  /** `compensate` only: ids of steps of the same workflow; what is in them is undone as well. Absent: all. */
  readonly undoes?: readonly string[];
}

/** The steps of another file, done as one step. What they can see ends at this node: they have inputs of their own. */
export interface ChildSpec {
  /** `include`: part of the workflow that names it, whose environment, secrets and variables it has. */
  readonly isFragment?: true;
  /** Which of the files, by its `key`; absent where there is only one. */
  readonly pick?: Template;
  readonly files: readonly ChildFile[];
}
export interface ChildFile
  extends Pick<Plan, 'name' | 'file' | 'inputs' | 'secrets' | 'env' | 'vars' | 'outputs' | 'budget'> {
  /** The text that picks it. */
  readonly key?: string;
  /** Of its own plan. */
  readonly hash: string;
  /** Members of its top scope at once; absent: no bound of its own. */
  readonly concurrency?: number;
  /** Evaluates to the inputs that it is given. */
  readonly with: Template;
}

/** What a step is done for, known when it begins. In this order: the list, `filter`, `distinct`, `sort`, `limit`. */
export interface EachSpec {
  readonly from: ItemList | Matrix;
  /** Needs that the list alone reads: an item depends on them by what it is, not by how it came about. */
  readonly listNeeds?: readonly number[];
  /** A further name of the context `item`. */
  readonly as?: string;
  /** Expressions over one item. */
  readonly key?: Expression;
  readonly filter?: Expression;
  readonly distinct?: Expression;
  readonly sort?: { readonly by: Expression; readonly desc: boolean };
  readonly limit?: Template;
  /** Fewer items are a failure. */
  readonly min?: number;
  /** Items at once. */
  readonly max?: number;
  readonly failFast: boolean;
  /** So many items may fail, or such a share of all, in percent. */
  readonly maxFailures?: number | { readonly percent: number };
}
export interface ItemList {
  readonly kind: 'items';
  /** Evaluates to a list, or to an object, whose items are `{ key, value }`. */
  readonly items: Template;
}
export interface Matrix {
  readonly kind: 'matrix';
  /** Each evaluates to a list of values. */
  readonly axes: readonly (readonly [name: string, values: Template])[];
  /** Lists of objects, as in GitHub Actions. */
  readonly include?: Template;
  readonly exclude?: Template;
}

/** When an iteration is the last. Everything is asked inside the iteration that has just ended; `while` also before the first. */
export interface LoopSpec {
  /** Iterations in all, at least 1. */
  readonly max: number;
  readonly until?: Expression;
  readonly while?: Expression;
  /** Between two iterations. */
  readonly delayMs?: number;
  /** The metric had the same value in so many iterations, the last ones, at least 2. */
  readonly plateau?: { readonly count: number; readonly metric: Expression };
}

export type PlanNode = LeafNode | CompositeNode;

export interface PlanScope {
  /** In document order. */
  readonly nodes: readonly PlanNode[];
}

export { planHash } from './hash.ts';

/** A server: it serves the steps that need it, and settles when they have. */
export function isService(node: PlanNode): boolean {
  return node.kind === 'action' && node.action === 'service';
}

/** An effect that must not happen twice: what is not known of it is found out first. */
export function isGuarded(node: PlanNode): node is ActionNode {
  return node.kind === 'action' && node.idempotent === false;
}

/** A node around one step that is done many times: its slots share one body. */
export function isRepeated(node: PlanNode): boolean {
  return node.kind === 'loop' || node.kind === 'each';
}

/** Everything that stands inside a node, by slot: its bodies and its hooks. */
export function partsOf(node: PlanNode): readonly (readonly [slot: number, part: PlanScope])[] {
  const bodies = 'bodies' in node ? node.bodies : NO_BODIES;
  const parts = bodies.flatMap((body, slot) => (body === null ? [] : [[slot, body] as const]));
  return [...parts, ...(node.hooks ?? []).map(({ slot, body }) => [slot, body] as const)];
}
const NO_BODIES: readonly (PlanScope | null)[] = [];

export function isComposite(node: PlanNode): node is CompositeNode {
  return 'bodies' in node;
}
