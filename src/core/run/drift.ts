/** What others did to the workspace while nobody held the run, and which successes stand over it. Knows no disk. */
import { isService, type PlanNode } from '../plan/plan.ts';
import type { ChangedFiles, Path, RunEvent } from './event.ts';
import type { Node } from './node.ts';
import { isAtOrIn } from './plan-paths.ts';
import type { Run } from './run.ts';

/** The files that are named in events. */
export const FILES_NAMED = 20;

/** A writer found files changed: what succeeded before may have read them, unless it says what it reads. */
export function noteDrift(run: Run, changed: ChangedFiles | undefined): void {
  if (changed === undefined || changed.count === 0) return;
  run.drifts++;
  run.drift = merged(run.drift, changed);
}

function merged(before: ChangedFiles | null, now: ChangedFiles): ChangedFiles {
  if (before === null) return now;
  const files = [...new Set([...before.files, ...now.files])].toSorted();
  return { count: Math.max(files.length, before.count, now.count), files: files.slice(0, FILES_NAMED) };
}

/** A step that does something and does not say which files it reads. */
export function hidesFiles({ plan, ending }: Node): boolean {
  return !ending && stepHides(plan);
}

export function stepHides(plan: PlanNode | undefined): boolean {
  return plan?.kind === 'action' && plan.files === undefined && !isService(plan);
}

/** Whether a success may rest on files that were changed since. */
export function isStale(run: Run, node: Node, success: { readonly drifts: number }): boolean {
  return hidesFiles(node) && success.drifts < run.drifts;
}

/** A node settles. What succeeds while the run goes on can become stale only in a later process, which folds it anew. */
export function countDrift(run: Run, node: Node): void {
  if (node.cause?.kind !== 'kept') node.drifts = run.drifts; // what another run did is as fresh as this
  run.undeclared.delete(node.path);
  const isGood = node.result === 'succeeded' || node.result === 'kept';
  if (isGood && hidesFiles(node) && (run.replaying || node.drifts < run.drifts))
    run.undeclared.set(node.path, node.drifts);
}

/** Steps are done again, with what is inside them. */
export function forgetDrift(run: Run, steps: readonly Path[]): void {
  const named = new Set(steps);
  for (const path of run.undeclared.keys()) if (isAtOrIn(named, path)) run.undeclared.delete(path);
}

/** What the end of a run says of it. */
export function keptOver(run: Run): Pick<Extract<RunEvent, { readonly type: 'run.finished' }>, 'keptOver'> {
  let steps = 0;
  for (const drifts of run.undeclared.values()) if (drifts < run.drifts) steps++;
  return steps === 0 || run.drift === null ? {} : { keptOver: { steps, ...run.drift } };
}
