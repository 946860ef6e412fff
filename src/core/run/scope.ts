/** A scope: the live nodes of one opened body, and what their joins and its owner need to know of it. Knows no events. */

import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { known } from '../known.ts';
import {
  COMPENSATE_HOOK,
  type CompositeNode,
  INTERRUPT_HOOK,
  ON_SUCCESS_HOOK,
  type PlanNode,
  type PlanScope,
} from '../plan/plan.ts';
import type { Path } from './event.ts';
import type { Node } from './node.ts';
import { OrdSet } from './ord-set.ts';

/** What can be said of a body before it is opened. Made once per body, in time linear in its edges. */
export interface ScopeShape {
  readonly nodes: readonly PlanNode[];
  /** Per node: who names it in `needs`. */
  readonly dependents: Index;
  /** Per number k: the nodes that wait for all members with an index below k. */
  readonly waiters: Index;
  /** Indexes by id, ids in lower case. */
  readonly byId: ReadonlyMap<string, number>;
}

export interface Scope {
  readonly owner: Node;
  /** Of what undoes its owner: who opened it, waits for it and counts it. */
  readonly openedBy: Node | null;
  readonly slot: number;
  readonly shape: ScopeShape;
  readonly nodes: Node[];
  /** Members begun at once; Infinity without a limit. */
  readonly max: number;
  /** It is the end of a child workflow or a `try` in which something was done again: nothing in it is kept. */
  readonly anew: boolean;
  /** Members begun and not settled, but for services that serve. */
  active: number;
  /** Members that may begin but for `max`, by index: actions, and the others (also what holds a lock first), which begin before them. */
  readonly parkedActions: OrdSet;
  readonly parkedOthers: OrdSet;
  /** Members of which a rejection may send others back, once nothing of them is under way. */
  readonly rejected: Set<number>;
  unsettled: number;
  failed: number;
  cancelled: number;
  succeeded: number;
  /** Every member with an index below is settled. */
  prefix: number;
  /** The least index of a member that counts as failed; Infinity for none. */
  firstBad: number;
  /** Per bit of `Node.up`, the least index of a settled member that carries it. */
  firstFailure: number;
  firstAgain: number;
  /** The index of the first member that succeeded, first by the journal; -1 for none. */
  firstGood: number;
  /** The first failure in it: what the owner's error is. */
  failure: Failure | null;
  /** Services among the members that have served and are not settled. */
  readonly services: Set<Node>;
  /** Digests of the members before each index, as far as asked for. See fingerprints.ts. */
  readonly prints: string[];
}

/** A failed step with what it failed of; the context `error`. */
export interface Failure {
  readonly node: Path;
  readonly error: Diagnostic & { readonly exitCode?: number };
}

/** Lists of numbers by number, in two flat arrays: 100,000 lists of one member each cost no object. */
export interface Index {
  /** The list of k is `targets` from `starts[k]` to `starts[k + 1]`. */
  readonly starts: Int32Array;
  readonly targets: Int32Array;
}

export function shapeOf(body: PlanScope): ScopeShape {
  const { nodes } = body;
  const byId = new Map<string, number>();
  for (const [index, node] of nodes.entries()) byId.set(node.id.toLowerCase(), index);
  return {
    nodes,
    dependents: indexBy(nodes, (node) => node.needs),
    waiters: indexBy(nodes, (node) => (node.after ? [node.after] : NONE)),
    byId,
  };
}

const NONE: readonly number[] = [];

/** The indexes of the nodes that name each number, in order. */
function indexBy(nodes: readonly PlanNode[], named: (node: PlanNode) => readonly number[]): Index {
  const starts = new Int32Array(nodes.length + 2);
  for (const node of nodes) for (const k of named(node)) starts[k + 1] = at(starts, k + 1) + 1;
  for (let k = 1; k < starts.length; k++) starts[k] = at(starts, k) + at(starts, k - 1);
  const targets = new Int32Array(at(starts, starts.length - 1));
  const filled = starts.slice();
  for (const [index, node] of nodes.entries()) {
    for (const k of named(node)) {
      targets[at(filled, k)] = index;
      filled[k] = at(filled, k) + 1;
    }
  }
  return { starts, targets };
}

/** Calls back for each member of the list of k. */
export function eachOf(index: Index, k: number, then: (member: number) => void): void {
  const end = at(index.starts, k + 1);
  for (let i = at(index.starts, k); i < end; i++) then(at(index.targets, i));
}

function at(numbers: Int32Array, index: number): number {
  return numbers[index] as number; // an index is within the bounds
}

export function newScope(
  owner: Node,
  slot: number,
  shape: ScopeShape,
  max: number,
  anew: boolean,
  openedBy: Node | null,
): Scope {
  return {
    owner,
    openedBy,
    slot,
    shape,
    nodes: [],
    max,
    anew,
    active: 0,
    parkedActions: new OrdSet(),
    parkedOthers: new OrdSet(),
    rejected: new Set(),
    services: new Set(),
    ...noTally(shape),
    prints: [],
  };
}

/** The numbers of a scope of which no member is settled. */
export function noTally({ nodes }: ScopeShape) {
  return {
    unsettled: nodes.length,
    failed: 0,
    cancelled: 0,
    succeeded: 0,
    prefix: 0,
    firstBad: Number.POSITIVE_INFINITY,
    firstFailure: Number.POSITIVE_INFINITY,
    firstAgain: Number.POSITIVE_INFINITY,
    firstGood: -1,
    failure: null,
  };
}

/** The slots of a `try`: its body, its end, and in order those of which one may answer a failure of the body. */
export const BODY_SLOT = 0;
export const FINALLY_SLOT = 2;
/** Only of one that rethrows: what answers a failure of its body, and what follows a success. */
export const ON_FAILURE_SLOT = 1;
export const ON_SUCCESS_SLOT = 3;
/** The slots of each file of a `workflow`, which are as those of the run itself: body, on-failure, finally, on-success. */
export const CHILD_SLOTS = 4;

/** Of a child workflow those of its file, which begin at `base`. */
export function catchSlots({ kind, bodies, rethrow }: CompositeNode, base = 0): readonly number[] {
  const others = rethrow ? [BODY_SLOT, FINALLY_SLOT, ON_SUCCESS_SLOT] : [BODY_SLOT, FINALLY_SLOT];
  const own = kind === 'workflow' ? bodies.slice(base, base + CHILD_SLOTS) : bodies;
  return own.flatMap((body, slot) => (body !== null && !others.includes(slot) ? [base + slot] : []));
}

/** What a slot is to the others of its node: the steps, what answers their failure, what follows their success, or what comes at the end. */
export function partOf(plan: PlanNode, slot: number): 'body' | 'answer' | 'sequel' | 'end' {
  if (slot < 0 || (plan.kind !== 'try' && plan.kind !== 'workflow')) return 'body';
  const part = plan.kind === 'workflow' ? slot % CHILD_SLOTS : slot;
  if (part === BODY_SLOT) return 'body';
  if (part === FINALLY_SLOT) return 'end';
  return part === ON_SUCCESS_SLOT && plan.rethrow === true ? 'sequel' : 'answer';
}

/** The slot of the steps that a slot comes after. */
export function bodyBefore({ kind }: PlanNode, slot: number): number {
  return kind === 'workflow' ? slot - (slot % CHILD_SLOTS) : BODY_SLOT;
}

/** What undoes a step by one step of its own is called so. */
export const COMPENSATE_ID = 'compensate';

/** Where a member of a slot has its path. `catch`, `on-failure`, `on-success`, `finally`, the number of an iteration and the key of an item are part of it, a body is not. */
export function pathIn(owner: Path, plan: PlanNode, slot: number, id: string, key = ''): Path {
  if (slot === INTERRUPT_HOOK) return `finally/${id}`;
  if (slot === COMPENSATE_HOOK) return id === COMPENSATE_ID ? `${owner}/${id}` : `${owner}/${COMPENSATE_ID}/${id}`;
  if (slot < 0) return `${owner}/${slot === ON_SUCCESS_HOOK ? 'on-success' : 'on-failure'}/${id}`;
  if (plan.kind === 'each') return `${owner}[${escaped(key)}]`;
  if (plan.kind === 'loop') return `${owner}#${slot + 1}`;
  const part = nameOfPart(plan, slot);
  if (part === '') return owner === '' ? id : `${owner}/${id}`;
  return [owner, part, id].filter((name) => name !== '').join('/');
}

// What would end the key, or the step, when a path is read; and what no terminal should be sent.
const MARKS = /[[\]/#%\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** A key as it stands in a path. */
function escaped(key: string): string {
  return key.replace(MARKS, (mark) => `%${known(mark.codePointAt(0)).toString(16).toUpperCase().padStart(2, '0')}`);
}

function nameOfPart(plan: PlanNode, slot: number): string {
  const part = partOf(plan, slot);
  if (part === 'body') return '';
  if (part !== 'answer') return part === 'end' ? 'finally' : 'on-success';
  return 'rethrow' in plan && plan.rethrow ? 'on-failure' : 'catch';
}
