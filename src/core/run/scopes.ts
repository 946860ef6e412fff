/** Opens and closes what a composite holds: its slots, their scopes and the members in them. Knows no rules. */

import type { JsonObject } from '../json.ts';
import { known } from '../known.ts';
import { type CompositeNode, isRepeated, type PlanScope } from '../plan/plan.ts';
import { noteUndone, openUndoing } from './compensation.ts';
import { addCounts } from './counts.ts';
import type { Effect } from './effect.ts';
import type { RunEvent } from './event.ts';
import { scopePrint } from './fingerprints.ts';
import { type Child, type Items, type Node, newNode, newSlots, type Slots, slotsOf } from './node.ts';
import { OrdSet } from './ord-set.ts';
import { carryIn } from './replan.ts';
import { countOn } from './rewind.ts';
import { addNode, type Run, shapeFor, touch } from './run.ts';
import { bodyBefore, CHILD_SLOTS, type Failure, newScope, partOf, pathIn, type Scope } from './scope.ts';

/** A node begins: from now until it settles it is one of the members at once that `max` bounds. */
export function begin(run: Run, node: Node): void {
  if (node.begun) return;
  node.begun = true;
  node.startedAt = run.at;
  if (node.scope !== null) node.scope.active++;
}

/** Work is started inside all that encloses the node. */
export function markWorked(node: Node): void {
  for (let at = node.scope?.owner; at !== undefined; at = at.scope?.owner) {
    if (at.slots === null) continue; // the step is its hook
    if (at.slots.worked) return;
    at.slots.worked = true;
  }
}

/** Lets the next parked members ask again, if there is room for one: the first of each kind, since others begin before actions. */
export function release(run: Run, scope: Scope | null): void {
  if (scope === null || scope.active >= scope.max) return;
  for (const parked of [scope.parkedActions, scope.parkedOthers]) {
    const index = parked.first();
    if (index < 0) continue;
    parked.delete(index);
    touch(run, scope.nodes[index] as Node); // only members are parked
  }
}

/** `node.opened`: begins a composite, or begins it anew after a failure that its `retry` covers. */
export function openNode(
  run: Run,
  node: Node,
  event: Extract<RunEvent, { readonly type: 'node.opened' }>,
): readonly Effect[] {
  begin(run, node);
  const child = childOf(node, event);
  const effects = node.state === 'open' ? failSlots(run, node) : [];
  node.state = 'open';
  node.checks = null;
  node.attempts++;
  const { keys, items: values = keys ?? [] } = event;
  const isUndoing = node.plan.kind === 'compensate';
  const items: Items | null = keys === undefined ? null : { keys, values, ended: new OrdSet(), failed: 0, shown: null };
  node.slots = isUndoing ? newSlots(null, null, keys) : newSlots(items, child);
  touch(run, node);
  return effects;
}

/** What a child workflow was opened with; when it is done anew at once, that is as before. */
function childOf(
  { plan, slots }: Node,
  { inputs, child: which = 0 }: Extract<RunEvent, { readonly type: 'node.opened' }>,
): Child | null {
  if (!('child' in plan) || plan.child === undefined) return null;
  const file = plan.child.files[which];
  if (inputs === undefined || file === undefined) return known(slots).child; // it was opened before
  return { file, base: which * CHILD_SLOTS, inputs };
}

/** An attempt at a composite failed and another follows: what it held no longer counts, nor does the time it took. */
export function failSlots(run: Run, node: Node): readonly Effect[] {
  const slots = slotsOf(node);
  node.failures++;
  addCounts(run.counts, slots.counts, -1);
  for (const scope of slots.closed) forget(run, scope);
  node.slots = newSlots();
  return forgetLimit(run, node);
}

function forgetLimit(run: Run, node: Node): readonly Effect[] {
  const { limitOp, path } = node;
  node.limitOp = 0;
  node.late = null;
  return run.ops.delete(limitOp) ? [{ type: 'stop', op: limitOp, node: path }] : [];
}

export function openScope(run: Run, node: Node, slot: number): void {
  const slots = slotsOf(node);
  if (node.plan.kind === 'loop') node.captured = node.refused = null; // what an iteration is asked is asked of it alone
  slots.waited = false;
  slots.live.set(slot, membersIn(run, node, slot));
  slots.opened++;
  slots.cursor = slot;
  touch(run, node);
}

function membersIn(run: Run, node: Node, slot: number): Scope {
  if (node.plan.kind === 'compensate') return openUndoing(run, node, slot);
  return addMembers(run, node, slot, bodyOf(node, slot), atOnce(node, slot));
}

/** A scope of a node, with its members. */
export function addMembers(
  run: Run,
  node: Node,
  slot: number,
  body: PlanScope,
  max: number,
  openedBy: Node | null = null,
): Scope {
  const shape = shapeFor(run, body);
  const scope = newScope(node, slot, shape, max, isAnew(node, slot), openedBy);
  for (const [index, plan] of shape.nodes.entries()) {
    const member = newNode(
      run.nodes.length,
      pathIn(node.path, node.plan, slot, plan.id, node.slots?.items?.keys[slot]),
      plan,
      scope,
      index,
    );
    carryIn(run, member);
    countOn(run, member);
    scope.nodes.push(addNode(run, member));
  }
  return scope;
}

/** How many members may be under way at once: of a group as it says, of a child workflow as its file says of its steps. */
function atOnce({ plan, slots }: Node, slot: number): number {
  const max =
    plan.kind === 'group'
      ? plan.max
      : plan.kind === 'workflow' && partOf(plan, slot) === 'body'
        ? slots?.child?.file.concurrency
        : undefined;
  return max ?? Number.POSITIVE_INFINITY;
}

/** What a child workflow or a `try` does after its steps is done at each end: it is kept only with all the steps before it. */
function isAnew({ plan, scope, slots }: Node, slot: number): boolean {
  if (scope?.anew) return true;
  if (slots === null || partOf(plan, slot) === 'body') return false;
  const body = plan.kind === 'workflow' ? slots.results[bodyBefore(plan, slot)]?.result : null;
  return slots.worked || body === 'failed' || body === 'cancelled';
}

function bodyOf(node: Node, slot: number): PlanScope {
  const plan = node.plan as CompositeNode; // only composites have slots
  const body = plan.bodies[isRepeated(plan) ? 0 : slot];
  if (!body) throw new Error(`Bug: \`${node.path}\` has no slot ${slot}`);
  return body;
}

/** `scope.closed`: a scope is folded to its result and forgotten, so that memory follows what is alive. */
export function closeScope(run: Run, node: Node, event: Extract<RunEvent, { readonly type: 'scope.closed' }>): void {
  const slots = slotsOf(node);
  const scope = slots.live.get(event.slot);
  if (scope === undefined) return;
  const failure: Failure | null = event.error ? { node: node.path, error: event.error } : scope.failure;
  while (slots.results.length < event.slot) slots.results.push(null); // facts have no holes
  slots.results[event.slot] = {
    result: event.result,
    outputs: outputsOf(scope, slots.winner, event.outputs),
    failure,
    own: event.error !== undefined,
    print: node.scope === null ? '' : scopePrint(scope, slots.winner), // nothing depends on the run itself
    ...(event.loop && { loop: event.loop }),
  };
  if (node.plan.kind === 'loop') forgetOutputs(slots, event.slot - 2);
  slots.items?.ended.delete(event.slot);
  if (slots.items !== null && event.result === 'failed') slots.items.failed++;
  slots.live.delete(event.slot);
  node.endedAt = run.at;
  if (isRead(node)) slots.closed.push(scope);
  else forget(run, scope);
  noteUndone(run, event);
  touch(run, node);
}

/** What an iteration, an item or a race gives is what its step gave: the journal says it once. A race may say something else. */
function outputsOf({ owner, nodes }: Scope, winner: number | null, said: JsonObject): JsonObject {
  if (owner.plan.kind === 'race' && owner.plan.outputs === undefined) return nodes[winner ?? -1]?.outputs ?? {};
  return isRepeated(owner.plan) ? (nodes[0]?.outputs ?? {}) : said;
}

/** An iteration reads only the one before. */
function forgetOutputs(slots: Slots, slot: number): void {
  const result = slots.results[slot];
  if (result) slots.results[slot] = { ...result, outputs: {} };
}

/** Whether the scopes of a node are read when they are closed: by the later parts of a `try` or a child workflow, or by the loop that it is an iteration of. */
function isRead(node: Node): boolean {
  return node.plan.kind === 'try' || node.plan.kind === 'workflow' || isIteration(node);
}

function isIteration(node: Node): boolean {
  return node.scope?.owner.plan.kind === 'loop' && node.scope.slot >= 0;
}

/** A settled composite needs nothing of its scopes any more; those of the run itself stay readable, those of an iteration until its loop has read them. */
export function forgetClosed(run: Run, node: Node): void {
  if (node.scope === null || node.slots === null || isIteration(node)) return;
  for (const scope of node.slots.closed) forget(run, scope);
  if (!isSeenLater(run, node)) node.slots.closed.length = 0;
}

/** What undoes a step of a catch sees the steps of the `try`. */
function isSeenLater(run: Run, { path, plan }: Node): boolean {
  if (plan.kind !== 'try' || run.undoable.size === 0) return false;
  return [...run.undoable.keys()].some((undoable) => undoable.startsWith(`${path}/`));
}

/** Removes what a scope held from the run. */
export function forget(run: Run, scope: Scope): void {
  for (const node of scope.nodes) {
    for (const inner of node.slots?.closed ?? []) forget(run, inner);
    run.byPath.delete(node.path);
    run.nodes[node.ord] = undefined;
  }
}
