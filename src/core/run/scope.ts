/** A scope: the live nodes of one opened body, and what their joins and its owner need to know of it. Knows no events. */

import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { type CompositeNode, INTERRUPT_HOOK, ON_SUCCESS_HOOK, type PlanNode, type PlanScope } from '../plan/plan.ts';
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
  readonly slot: number;
  readonly shape: ScopeShape;
  readonly nodes: Node[];
  /** Members begun at once; Infinity without a limit. */
  readonly max: number;
  /** Members begun and not settled. */
  active: number;
  /** Members that may begin but for `max`, by index: actions, and the others, which begin before them. */
  readonly parkedActions: OrdSet;
  readonly parkedOthers: OrdSet;
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
  return numbers[index] ?? 0;
}

export function newScope(owner: Node, slot: number, shape: ScopeShape, max: number): Scope {
  return {
    owner,
    slot,
    shape,
    nodes: [],
    max,
    active: 0,
    parkedActions: new OrdSet(),
    parkedOthers: new OrdSet(),
    unsettled: shape.nodes.length,
    failed: 0,
    cancelled: 0,
    succeeded: 0,
    prefix: 0,
    firstBad: Number.POSITIVE_INFINITY,
    firstFailure: Number.POSITIVE_INFINITY,
    firstAgain: Number.POSITIVE_INFINITY,
    firstGood: -1,
    failure: null,
    services: new Set(),
    prints: [],
  };
}

/** The slots of a `try`: its body, its end, and in order those of which one may answer a failure of the body. */
export const BODY_SLOT = 0;
export const FINALLY_SLOT = 2;
/** Only of one that rethrows: what follows a success of its body. */
export const ON_SUCCESS_SLOT = 3;
export function catchSlots({ bodies, rethrow }: CompositeNode): readonly number[] {
  const others = rethrow ? [BODY_SLOT, FINALLY_SLOT, ON_SUCCESS_SLOT] : [BODY_SLOT, FINALLY_SLOT];
  return bodies.flatMap((body, slot) => (body !== null && !others.includes(slot) ? [slot] : []));
}

/** Where a member of a slot has its path. `catch`, `on-failure`, `on-success`, `finally`, the number of an iteration and the key of an item are part of it, a body is not. */
export function pathIn(owner: Path, plan: PlanNode, slot: number, id: string, key = ''): Path {
  if (slot === INTERRUPT_HOOK) return `finally/${id}`;
  if (slot < 0) return `${owner}/${slot === ON_SUCCESS_HOOK ? 'on-success' : 'on-failure'}/${id}`;
  if (plan.kind === 'each') return `${owner}[${escaped(key)}]`;
  if (plan.kind === 'loop') return `${owner}#${slot + 1}`;
  const part = partOf(plan, slot);
  if (part === '') return owner === '' ? id : `${owner}/${id}`;
  return [owner, part, id].filter((name) => name !== '').join('/');
}

// What would end the key, or the step, when a path is read; and what no terminal should be sent.
const MARKS = /[[\]/#%\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** A key as it stands in a path. */
function escaped(key: string): string {
  return key.replace(MARKS, (mark) => `%${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, '0')}`);
}

function partOf(plan: PlanNode, slot: number): string {
  if (plan.kind !== 'try' || slot === BODY_SLOT) return '';
  if (slot === FINALLY_SLOT) return 'finally';
  if (plan.rethrow !== true) return 'catch';
  return slot === ON_SUCCESS_SLOT ? 'on-success' : 'on-failure';
}
