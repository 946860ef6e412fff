/**
 * `scope.reworked`: puts a step and all that depends on it, in one scope, back to blocked, as new nodes in the places of the old
 * ones. What the scope and its edges had counted is counted anew, from what stays. Knows no rules.
 */

import type { Json } from '../json.ts';
import { known } from '../known.ts';
import { isComposite } from '../plan/plan.ts';
import { giveUpClaims } from './claims.ts';
import { forgetDrift } from './drift.ts';
import type { Effect } from './effect.ts';
import type { RunEvent } from './event.ts';
import { type Node, newNode } from './node.ts';
import { abandonOps } from './operations.ts';
import { forgetWithin } from './replan.ts';
import { noteRework } from './rework-cause.ts';
import { addNode, type Run } from './run.ts';
import { eachOf, type Scope, type ScopeShape } from './scope.ts';
import { forget, release } from './scopes.ts';
import { recount, uncount } from './settle.ts';

/** As it was answered. */
type Verdict = Readonly<Record<'verdict' | 'by' | 'form' | 'comment', Json>>;
type Reworked = Extract<RunEvent, { readonly type: 'scope.reworked' }>;

export function rework(run: Run, approval: Node, event: Reworked): readonly Effect[] {
  const scope = approval.scope as Scope; // an approval is a step of some scope
  const again = event.steps.map((path) => known(run.byPath.get(path)));
  const { verdict, by, form, comment } = known(approval.ended).outputs as Verdict;
  noteRework(run, approval.path, event.steps, event.count, { count: event.count, verdict, by, form, comment });
  forgetWithin(run, event.steps);
  forgetDrift(run, event.steps);
  const effects = again.flatMap((member) => takeBack(run, scope, member));
  recount(run, scope, new Set(again.map(({ index }) => index)));
  release(run, scope);
  return effects;
}

/**
 * What a rejection asks for: that a step and what depends on it are done again; null while something of that is under way, which ends
 * first. Who waits for a verdict need not; services would never end by themselves, and are released.
 */
export function askRework({ path }: Node, scope: Scope, from: number, count: number): RunEvent | null {
  const members = dependentsOf(scope.shape, from).map((index) => scope.nodes[index] as Node); // indexes of members
  const serving = members.filter(({ state, service }) => state === 'serving' && !service?.isReleased);
  if (members.some((member) => isBusy(member) && !serving.includes(member))) return null;
  const [first] = serving;
  if (first !== undefined) return { type: 'service.released', node: first.path };
  return { type: 'scope.reworked', node: path, count, steps: members.map((member) => member.path) };
}

function isBusy({ state, begun, plan, hook }: Node): boolean {
  if (state === 'settled') return false;
  return hook !== null || (begun && plan.kind !== 'approve');
}

/** A member, and all that comes after it, by needs or in the order of the list, in the order of the scope. */
function dependentsOf(shape: ScopeShape, from: number): readonly number[] {
  const found = new Set([from]);
  let walked = shape.nodes.length + 1; // who waits for all members below a number from here on was found
  for (const index of found) {
    eachOf(shape.dependents, index, (dependent) => found.add(dependent));
    while (walked > index + 1) eachOf(shape.waiters, --walked, (waiter) => found.add(waiter));
  }
  found.delete(from);
  return [from, ...[...found].toSorted((a, b) => a - b)];
}

function takeBack(run: Run, scope: Scope, old: Node): readonly Effect[] {
  const effects = [...abandonOps(run, old), ...giveUpClaims(run, old)];
  if (old.state === 'settled') uncount(run, old);
  for (const closed of old.slots?.closed ?? []) forget(run, closed);
  scope.parkedActions.delete(old.index);
  scope.parkedOthers.delete(old.index);
  const node = newNode(old.ord, old.path, old.plan, scope, old.index, true);
  if (!isComposite(old.plan)) node.attempts = old.attempts;
  scope.nodes[old.index] = addNode(run, node);
  return effects;
}
