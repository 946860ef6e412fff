/**
 * Undoes what a run has done: `compensate` in an `on-failure` opens, one after another, what the steps that succeeded declare for
 * that, in the reverse order of their end. Knows no other rules.
 *
 * What undoes a step is a hook of it: it has its place, and sees what the step sees. Only who opens it, and whose counts it goes
 * into, is the step with `compensate`.
 *
 * | of the steps undone | the step settles as                         |
 * | none: there is none | skipped                                     |
 * | all went well       | succeeded; none of them counts as done      |
 * | one did not         | failed; that one still does, the others not |
 */

import { type Diagnostic, problem } from '../diagnostic/diagnostic.ts';
import { known } from '../known.ts';
import { COMPENSATE_HOOK, type CompositeNode, type PlanScope } from '../plan/plan.ts';
import type { Path, RunEvent, StepResult } from './event.ts';
import { endOfWork } from './hooks.ts';
import { type Node, slotsOf } from './node.ts';
import { isAtOrIn } from './plan-paths.ts';
import { forgetWithin } from './replan.ts';
import { type Run, touch } from './run.ts';
import type { Scope } from './scope.ts';
import { scopeResult } from './scope-end.ts';
import { addMembers } from './scopes.ts';
import { cancelled, settled, type Wish } from './wishes.ts';

type Closed = Extract<RunEvent, { readonly type: 'scope.closed' }>;

/** A node settles: it can be undone from now on, by what it did last, also where what follows its success failed. What another run did is not this one's to undo. */
export function noteDone(run: Run, node: Node): void {
  if (node.ending || undoing(node) === undefined) return;
  const { result, cause, path } = node;
  if (result !== 'succeeded' && result !== 'kept' && cause?.kind !== 'hook') return;
  run.undoable.delete(path); // the order is that of the last end
  const isOthers = (cause?.kind === 'once' || cause?.kind === 'cached') && cause.run !== run.id;
  if (!isOthers) run.undoable.set(path, node);
}

function undoing({ plan }: Node): PlanScope | undefined {
  return plan.hooks?.find(({ slot }) => slot === COMPENSATE_HOOK)?.body;
}

/** `node.opened`: what there is to undo by now, in the workflow whose end this is, the last first. */
export function openCompensation(run: Run, node: Node, plan: CompositeNode): RunEvent {
  const home = (node.scope as Scope).owner.path; // it is a step of some workflow
  const at = (id: string): Path => (home === '' ? id : `${home}/${id}`);
  const named = plan.undoes === undefined ? (home === '' ? null : [home]) : plan.undoes.map(at);
  const wanted = named === null ? null : new Set(named);
  const keys = [...run.undoable.keys()].filter((path) => wanted === null || isAtOrIn(wanted, path)).toReversed();
  return { type: 'node.opened', node: node.path, count: keys.length, keys };
}

export function compensate(_run: Run, node: Node): Wish {
  const { live, opened, undoes, results } = slotsOf(node);
  for (const [slot, scope] of live) return scope.unsettled > 0 ? null : closed(node, slot, scope);
  if (node.stop !== null) return cancelled(node);
  if (opened < undoes.length) return { type: 'scope.opened', node: node.path, slot: opened };
  if (undoes.length === 0) return settled(node, 'skipped', { kind: 'nothing-to-undo' });
  const left = undoes.filter((_, slot) => !isUndone(results[slot]?.result));
  if (left.length > 0) return settled(node, 'failed', { kind: 'error' }, { error: notUndone(left) });
  return settled(node, 'succeeded', { kind: 'children' }, { outputs: { undone: undoes } });
}

function closed(node: Node, slot: number, scope: Scope): RunEvent {
  const result = scopeResult(scope);
  const undone = isUndone(result) ? { undone: known(slotsOf(node).undoes[slot]) } : {};
  return { type: 'scope.closed', node: node.path, slot, result, outputs: {}, ...undone };
}

/** What skips itself had nothing to undo. */
function isUndone(result: StepResult | undefined): boolean {
  return result === 'succeeded' || result === 'skipped';
}

/** `scope.opened`: what undoes a step, with `self` as that gave it. */
export function openUndoing(run: Run, node: Node, slot: number): Scope {
  const target = known(run.undoable.get(known(slotsOf(node).undoes[slot])));
  const body = known(undoing(target));
  target.hook = endOfWork(target);
  touch(run, node);
  return addMembers(run, target, COMPENSATE_HOOK, body, Number.POSITIVE_INFINITY, node);
}

/** `scope.closed`: what was undone is done no more; a resume does it again. */
export function noteUndone(run: Run, { undone }: Closed): void {
  if (undone === undefined) return;
  run.undoable.delete(undone);
  run.undone.add(undone);
  forgetWithin(run, [undone], { undone: true });
}

function notUndone(left: readonly Path[]): Diagnostic {
  const names = left.map((path) => `\`${path}\``).join(', ');
  return problem(
    'RUN_COMPENSATION_FAILED',
    `What undoes ${names} failed, so what ${left.length === 1 ? 'it' : 'they'} did still stands.`,
    {
      hint: 'Undo it by hand, or mend what failed: `giga resume` tries the run again, and undoes what is left if that fails.',
    },
  );
}
