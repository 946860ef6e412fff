/** Settles a node, and counts it with everything that waits for it. Knows no rules. */

import type { JsonObject } from '../json.ts';
import { known } from '../known.ts';
import { giveUpClaims, isOpen, letIn } from './claims.ts';
import { noteDone } from './compensation.ts';
import { addCounts, allowFailures, type Counts } from './counts.ts';
import { countDrift } from './drift.ts';
import type { Effect } from './effect.ts';
import type { RunEvent, StepResult } from './event.ts';
import { countsAs, failureBefore } from './join.ts';
import { type Node, type SlotResult, slotsOf, UP_AGAIN, UP_FAILED } from './node.ts';
import { abandonOps } from './operations.ts';
import { barePath } from './plan-paths.ts';
import { remember, spreadsAgain, takeKept } from './replan.ts';
import { type Run, touch } from './run.ts';
import { eachOf, type Failure, noTally, partOf, type Scope } from './scope.ts';
import { forgetClosed, release } from './scopes.ts';

type Settled = Extract<RunEvent, { readonly type: 'step.settled' }>;

export function settle(run: Run, node: Node, event: Settled): readonly Effect[] {
  const stops = abandonOps(run, node);
  node.state = 'settled';
  node.result = event.result;
  node.cause = event.cause;
  node.settledAs = ++run.settlements;
  node.endedAt = run.at;
  if (event.cause.kind === 'kept') takeKept(run, node, event.cause, known(event.fingerprint));
  node.outputs = outputsOf(node, event.result, event.outputs);
  if (event.cause.kind === 'verified') takeVerified(run, node, event);
  node.error = errorOf(node, event);
  node.news = null;
  node.resolved = node.print = null; // one that was cancelled before this may have asked for the print
  const released = giveUpClaims(run, node);
  countSteps(run, node);
  if (run.require.length > 0) meet(run, node);
  countDrift(run, node);
  remember(run, node);
  noteDone(run, node);
  touch(run, node);
  if (node.scope !== null) {
    if (hasPlace(node)) node.scope.active--;
    tell(run, node, node.scope);
  }
  forgetClosed(run, node);
  return [...stops, ...released];
}

/** A step that must succeed has; without an item or iteration it is meant in any of them. */
function meet(run: Run, { path, result }: Node): void {
  if (result !== 'succeeded' && result !== 'kept') return;
  for (const wanted of run.require) if (wanted === path || wanted === barePath(path)) run.met.add(wanted);
}

/** What an attempt gave that was cut off, or took too long, is not what the effect gave. */
function takeVerified(run: Run, node: Node, { outputs, fingerprint }: Settled): void {
  node.outputs = known(outputs);
  node.fingerprint = known(fingerprint);
  run.evidence.verified++;
  run.assumed.delete(node.path);
}

/** A step that failed in its hook failed where that did. */
function errorOf(node: Node, { result, cause, error }: Settled): Failure | null {
  if (cause.kind === 'hook') return known(node.hook).error;
  return error ? { node: node.path, error } : failureOf(node, result);
}

/** An action's outputs came with its attempt; the event adds what was computed from them. */
export function outputsOf(node: Node, result: StepResult, added: JsonObject | undefined): JsonObject | null {
  if (node.plan.kind === 'each') return null; // its items have them
  if (node.plan.kind === 'workflow' && result !== 'succeeded') return null; // its end decides as well
  const raw = node.slots === null ? node.ended?.outputs : lastResult(node)?.outputs;
  if (added === undefined) return result === 'skipped' ? null : (raw ?? null);
  return raw === undefined || result === 'kept' ? added : { ...raw, ...added };
}

/** The failure of a member that a composite failed of. */
export function failureOf(node: Node, result: StepResult): Failure | null {
  if (result !== 'failed') return null;
  const { results, items } = slotsOf(node);
  const hasFailed = (slot: SlotResult | null): boolean => slot?.result === 'failed';
  return known(items === null ? results.findLast(hasFailed) : results.find(hasFailed)).failure;
}

/** The slot that a composite's outputs come from: of a `try`, the last part that is not its end; of one that rethrows and of a child workflow, its steps. */
function lastResult({ plan, slots }: Node) {
  if (plan.kind === 'workflow') return slots?.results[known(slots.child).base];
  if (plan.kind !== 'try') return slots?.results[slots.cursor];
  const givesNothing = (slot: number): boolean => partOf(plan, slot) === 'end' || partOf(plan, slot) === 'sequel';
  return slots?.results.findLast((slot, index) => slot !== null && !givesNothing(index));
}

/** Steps are leaves; a composite is one only where it held nothing, or failed by itself. */
function countSteps(run: Run, node: Node): void {
  const owner = countsAround(node);
  const allowed = isAllowed(node);
  const tolerates = node.result === 'succeeded' && (node.slots?.items?.failed ?? 0) > 0;
  const inside = countsInside(node);
  if (allowed || tolerates) for (const counts of inside) moveFailures(run, counts);
  if (node.scope !== null && countsItself(node) && node.result !== null) {
    const name = allowed ? 'allowed' : node.result;
    run.counts[name]++;
    known(owner)[name]++;
  }
  if (owner) for (const counts of inside) addCounts(owner, counts);
}

/** The counts that a node's end goes into, beside those of the run. */
function countsAround({ scope }: Node): Counts | undefined {
  if (scope?.openedBy) return scope.openedBy.slots?.counts;
  return scope !== null && scope.slot < 0 ? scope.owner.hook?.counts : scope?.owner.slots?.counts;
}

/** The counts of what a node holds. */
function countsInside({ slots, hook }: Node): readonly Counts[] {
  return [slots?.counts, hook?.counts].filter((counts) => counts !== undefined);
}

function isAllowed({ result, plan }: Node): boolean {
  return result === 'failed' && (plan.continueOnError === true || plan.allowFailure === true);
}

function countsItself({ slots, cause }: Node): boolean {
  return slots === null || slots.opened === 0 || cause?.kind === 'error';
}

function moveFailures(run: Run, counts: Counts): void {
  const moved = allowFailures(counts);
  run.counts.failed -= moved;
  run.counts.allowed += moved;
}

/** A step is done again: what `countSteps` counted of it no longer is. */
export function uncount(run: Run, node: Node): void {
  const owner = known(countsAround(node));
  if (countsItself(node) && node.result !== null) {
    const name = isAllowed(node) ? 'allowed' : node.result;
    run.counts[name]--;
    owner[name]--;
  }
  for (const counts of countsInside(node)) {
    addCounts(run.counts, counts, -1);
    addCounts(owner, counts, -1);
  }
}

/** Some members of a scope are new: its numbers and theirs are counted again, in the order in which the others settled. */
export function recount(run: Run, scope: Scope, renewed: ReadonlySet<number>): void {
  const stay = scope.nodes.filter(({ state }) => state === 'settled').toSorted((a, b) => a.settledAs - b.settledAs);
  Object.assign(scope, noTally(scope.shape), { active: scope.nodes.filter(isActive).length });
  for (const index of renewed) scope.rejected.delete(index);
  for (const index of renewed) scope.prints.length = Math.min(scope.prints.length, index);
  for (const node of stay) tell(run, node, scope, renewed);
  for (const node of scope.services) {
    if (!node.service?.isOffered) continue;
    node.service.seen = 0;
    if (countEdges(run, node, scope, 'good', { wasGood: false, renewed }) & UP_AGAIN) spreadAgain(node, scope);
  }
  advance(run, scope);
}

function isActive(node: Node): boolean {
  return hasPlace(node) && node.state !== 'settled';
}

/** Counts a settled node with its dependents (where only some are new: with those), with its list, and with its scope. */
function tell(run: Run, node: Node, scope: Scope, renewed: ReadonlySet<number> | null = null): void {
  const kind = countsAs(node);
  const wasGood = renewed === null && node.service?.isOffered === true;
  // What it gives at its end may differ from what it gave as it began to serve.
  if (wasGood) for (const other of scope.nodes) if (other.state === 'blocked') other.resolved = null;
  const up = countEdges(run, node, scope, kind, { wasGood, renewed });
  if (kind === 'bad') scope.firstBad = Math.min(scope.firstBad, node.index);
  if (up & UP_FAILED) passOn(run, node, scope);
  if (up & UP_AGAIN) spreadAgain(node, scope);
  if (node.service?.isOffered && kind !== 'good') touchAfter(run, node, scope);
  advance(run, scope);
  tally(run, node, scope);
  scope.services.delete(node);
  for (const service of scope.services) touch(run, service);
}

/** What was cancelled before the failure came carries it on, too. */
function passOn(run: Run, failed: Node, scope: Scope): void {
  const through = [failed];
  for (let node = through.pop(); node !== undefined; node = through.pop()) {
    scope.firstFailure = Math.min(scope.firstFailure, node.index);
    eachOf(scope.shape.dependents, node.index, (index) => {
      const dependent = scope.nodes[index] as Node; // indexes of the shape are members of the scope
      if (node !== failed && (dependent.up & UP_FAILED) !== 0) return; // heard of it by itself
      dependent.up |= UP_FAILED;
      if (dependent.state === 'settled') through.push(dependent);
      else if (dependent.left === 0) touch(run, dependent);
    });
  }
}

/** Tells those that need a node how it stands, and gives what they carry on. A service was counted as good when it was ready. */
function countEdges(
  run: Run,
  node: Node,
  scope: Scope,
  kind: 'good' | 'bad' | 'skipped',
  { wasGood, renewed }: { readonly wasGood: boolean; readonly renewed: ReadonlySet<number> | null },
): number {
  const up = (carriesFailure(node) ? UP_FAILED : 0) | (spreadsAgain(run, node) ? UP_AGAIN : 0);
  eachOf(scope.shape.dependents, node.index, (index) => {
    if (renewed !== null && !renewed.has(index)) return;
    const dependent = scope.nodes[index] as Node; // indexes of the shape are members of the scope
    if (wasGood) {
      dependent.left++;
      dependent.good--;
    }
    countEdge(dependent, node.index, kind);
    dependent.print = null; // of one that was cancelled before this ended
    dependent.up |= up;
    if (dependent.left === 0) touch(run, dependent);
    letIn(run, dependent);
  });
  return up;
}

/** A service is ready: those that need it go on as if it had succeeded. */
export function offer(run: Run, node: Node, scope: Scope): void {
  const up = countEdges(run, node, scope, 'good', { wasGood: false, renewed: null });
  if (up & UP_AGAIN) spreadAgain(node, scope);
  advance(run, scope);
}

/** In a list, what comes after a node that runs again does, too. */
function spreadAgain({ index }: Node, scope: Scope): void {
  scope.firstAgain = Math.min(scope.firstAgain, index);
  if (scope.owner.slots !== null && scope.slot >= 0) scope.owner.slots.again = true;
}

/** A service went with its writer: those that need it wait for it anew. */
export function takeBack(run: Run, node: Node, scope: Scope): void {
  eachOf(scope.shape.dependents, node.index, (index) => {
    const dependent = scope.nodes[index] as Node; // as above
    dependent.left++;
    dependent.good--;
    holdBack(run, dependent);
  });
  scope.prefix = Math.min(scope.prefix, node.index);
  for (const later of scope.nodes.slice(node.index + 1)) if ((later.plan.after ?? 0) > node.index) holdBack(run, later);
}

/** What is open stays so, and nothing in it begins; a step asks its edges again before its next attempt. */
function holdBack(run: Run, node: Node): void {
  if (node.state === 'settled') return;
  if (isOpen(node)) run.withheld.set(node, run.withheld.get(node) ?? []);
  else if (node.begun && node.op === 0 && node.slots === null) unbegin(node);
  touch(run, node);
}

function unbegin(node: Node): void {
  if (node.scope !== null && hasPlace(node)) node.scope.active--;
  node.begun = false;
}

/** Whether it is one of the members at once of its scope. A service that serves leaves its place to others. */
function hasPlace({ begun, service }: Node): boolean {
  return begun && service?.isOffered !== true;
}

function touchAfter(run: Run, { index }: Node, scope: Scope): void {
  for (const later of scope.nodes.slice(index + 1)) if ((later.plan.after ?? 0) > index) touch(run, later);
}

function carriesFailure(node: Node): boolean {
  return (node.result === 'failed' && !node.plan.continueOnError) || failureBefore(node);
}

function countEdge(dependent: Node, index: number, kind: 'good' | 'bad' | 'skipped'): void {
  dependent.left--;
  if (kind === 'good') dependent.good++;
  else if (kind === 'bad') dependent.badNeed = least(dependent.badNeed, index);
  else dependent.skippedNeed = least(dependent.skippedNeed, index);
}

function least(known: number, index: number): number {
  return known < 0 ? index : Math.min(known, index);
}

/** Moves the settled prefix of a list, and asks those that waited for it. */
function advance(run: Run, scope: Scope): void {
  for (let at = scope.nodes[scope.prefix]; at !== undefined && isThrough(at); at = scope.nodes[scope.prefix]) {
    scope.prefix++;
    eachOf(scope.shape.waiters, scope.prefix, (index) => {
      const waiter = scope.nodes[index] as Node; // members, as above
      touch(run, waiter);
      letIn(run, waiter);
    });
  }
}

function isThrough(node: Node): boolean {
  return node.state === 'settled' || node.service?.isOffered === true;
}

function tally(run: Run, node: Node, scope: Scope): void {
  scope.unsettled--;
  const allowed = node.plan.continueOnError || node.plan.allowFailure;
  if (node.result === 'failed' && !allowed) {
    scope.failed++;
    scope.failure ??= node.error;
  } else if (node.result === 'cancelled') scope.cancelled++;
  else if (node.result !== 'skipped') scope.succeeded++;
  const isFirst = scope.firstGood < 0 && (node.result === 'succeeded' || node.result === 'kept');
  if (isFirst) scope.firstGood = node.index;
  release(run, scope);
  scope.rejected.delete(node.index);
  for (const index of scope.rejected) touch(run, scope.nodes[index] as Node); // a member, which may have waited for this one
  if (scope.unsettled === 0 && scope.slot >= 0) scope.owner.slots?.items?.ended.add(scope.slot);
  const decidesRace = isFirst && scope.owner.plan.kind === 'race' && scope.slot >= 0;
  if (scope.unsettled === 0 || scope.failed === 1 || decidesRace) touch(run, scope.openedBy ?? scope.owner);
}
