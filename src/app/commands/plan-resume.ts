/** Says before anything runs what a resume would keep and what it would run, and why. Folds in memory; writes nothing, starts nothing. */
import type { Result } from '../../core/diagnostic/diagnostic.ts';
import { explainFingerprint } from '../../core/fingerprint.ts';
import { isComposite, type Plan, type PlanNode, type PlanScope } from '../../core/plan/plan.ts';
import type { Path, RunEvent } from '../../core/run/event.ts';
import { evolve } from '../../core/run/evolve.ts';
import { next } from '../../core/run/next.ts';
import type { Run } from '../../core/run/run.ts';
import type { Project } from '../project.ts';
import { lookAt, type ResumeOptions } from './resume.ts';

export interface Decision {
  readonly path: Path;
  readonly decision: 'keep' | 'run' | 'skip';
  /** Why, in a few words; for `run` of a step that had succeeded, the exact thing that changed. */
  readonly reasons: readonly string[];
}
export interface ResumePlan {
  /** Id of the run. */
  readonly run: string;
  readonly nothingToDo: boolean;
  /** In document order; steps that giga computes by itself are left out. */
  readonly decisions: readonly Decision[];
}

export async function planResume(project: Project, options: ResumeOptions): Promise<Result<ResumePlan>> {
  const found = await project.store.find(options.run);
  if (!found.ok) return found;
  const looked = await lookAt(project, found.value, { ...options, preview: true });
  if (!looked.ok) return looked;
  const { state, plan, opening, nothingToDo } = looked.value;
  const told = new Map<Path, Decision>();
  const finished = new Set(
    [...state.byPath].filter(([, node]) => node.state === 'settled' && node.result !== 'failed').map(([path]) => path),
  );
  evolve(state, { type: 'run.opened', host: '', giga: '', pid: 0 });
  for (const event of opening) evolve(state, event);
  if (opening.length === 0 && !nothingToDo)
    for (const path of finished) told.set(path, { path, decision: 'keep', reasons: ['finished'] });
  for (let event = next(state); event !== null; event = next(state)) {
    const decision = decisionOf(state, event);
    if (decision) told.set(decision.path, decision);
    evolve(state, event);
  }
  const decisions = leavesOf(plan).map((path) => told.get(path) ?? (nothingToDo ? keep(path) : waits(state, path)));
  return { ok: true, value: { run: looked.value.id, nothingToDo, decisions } };
}

const keep = (path: Path): Decision => ({ path, decision: 'keep', reasons: ['inputs unchanged'] });

function decisionOf(state: Run, event: RunEvent): Decision | null {
  switch (event.type) {
    case 'step.settled':
      if (event.result === 'kept') return keep(event.node);
      return event.result === 'skipped' ? { path: event.node, decision: 'skip', reasons: [event.cause.kind] } : null;
    case 'attempt.started':
      return { path: event.node, decision: 'run', reasons: whyItRuns(state, event) };
    case 'timer.started':
      return { path: event.node, decision: 'run', reasons: ['waits anew'] };
    default:
      return null;
  }
}

function whyItRuns(state: Run, event: Extract<RunEvent, { type: 'attempt.started' }>): readonly string[] {
  const before = state.layer?.byPath.get(event.node);
  if (!before) return [event.attempt > 1 ? 'was cut off' : 'has not run'];
  if (!before.success) return ['did not succeed'];
  const changed = explainFingerprint(before.success.parts ?? {}, event.parts ?? {});
  return changed.length > 0 ? changed : ['asked for'];
}

/** A step that cannot be decided before others have run. */
function waits(state: Run, path: Path): Decision {
  const node = state.byPath.get(path);
  const capturing = node !== undefined && node.captureOp !== 0;
  return {
    path,
    decision: 'run',
    reasons: [capturing ? 'reads values from outside first' : 'comes after steps that run'],
  };
}

/** Paths of the actions and waits of the steps, in document order. Branches count each. */
function leavesOf(plan: Plan): readonly Path[] {
  const paths: Path[] = [];
  const visitScope = (scope: PlanScope | null, owner: Path): void => {
    for (const node of scope?.nodes ?? []) visit(node, owner === '' ? node.id : `${owner}/${node.id}`);
  };
  const visit = (node: PlanNode, path: Path): void => {
    if (isComposite(node)) for (const body of node.bodies) visitScope(body, path);
    else if (node.kind === 'action' || node.kind === 'wait') paths.push(path);
  };
  visitScope(plan.root.bodies[0] ?? null, '');
  return [...new Set(paths)];
}
