/** Explains one step of a run: why it ran, was kept, was skipped or failed. Pure; the journal's story and the plan in, facts out. */
import { explainFingerprint } from '../../core/fingerprint.ts';
import type { Plan } from '../../core/plan/plan.ts';
import type { Cause, Path } from '../../core/run/event.ts';
import { planSteps, stepAt } from './plan-steps.ts';
import type { RunStory, StepStory } from './run-history.ts';

export type StepState =
  | 'succeeded'
  | 'kept'
  | 'failed'
  | 'skipped'
  | 'cancelled'
  | 'running'
  /** A service, and ready. */
  | 'serving'
  | 'waiting'
  /** Not begun. */
  | 'pending';

export interface Why {
  readonly run: string;
  readonly path: Path;
  readonly state: StepState;
  /** Why it settled so; absent while it has not. */
  readonly cause?: Cause;
  readonly step: StepStory;
  /** Where its text stands, when that is another file than the run's. */
  readonly from?: { readonly file: string; readonly line: number };
  /** Why its last attempt was made. */
  readonly ranBecause?: RanBecause;
  /** What it needs, and how that stands. */
  readonly needs: readonly { readonly path: Path; readonly state: StepState }[];
  /** From need to need, down to the one that failed or was skipped first. */
  readonly chain: readonly Path[];
}

export type RanBecause =
  | { readonly kind: 'first' | 'retry' | 'cut-off' | 'failed-before' | 'asked' }
  /** What changed since it last succeeded, in words, the most telling first. */
  | { readonly kind: 'changed'; readonly changes: readonly string[] };

export function explainStep(story: RunStory, path: Path, plan: Plan | null): Why {
  const step = story.steps.get(path) ?? { path, attempts: [] };
  const place = (plan && stepAt(planSteps(plan), path)) ?? undefined;
  const planned = place?.needs ?? [];
  const needs = planned.map((need) => besideOf(path, need.slice(need.lastIndexOf('/') + 1)));
  const ranBecause = reasonOf(story, step);
  return {
    run: story.id,
    path,
    state: stateOfStep(step),
    ...(step.settled ? { cause: step.settled.cause } : {}),
    step,
    ...(place && place.file !== plan?.file && { from: { file: place.file, line: place.node.at.line } }),
    ...(ranBecause ? { ranBecause } : {}),
    needs: needs.map((need) => ({ path: need, state: stateOfStep(story.steps.get(need)) })),
    chain: chainOf(story, path),
  };
}

export function stateOfStep(step: StepStory | undefined): StepState {
  if (step?.settled) return step.settled.result;
  if (step?.waiting || step?.claim) return 'waiting';
  const last = step?.attempts.at(-1);
  if (last?.outcome !== undefined) return 'pending';
  return last === undefined ? 'pending' : last.serving ? 'serving' : 'running';
}

function reasonOf(story: RunStory, step: StepStory): RanBecause | undefined {
  const last = step.attempts.at(-1);
  if (!last || step.settled?.result === 'kept') return undefined;
  const before = step.attempts.at(-2);
  if (!before) return { kind: 'first' };
  if (before.outcome === 'interrupted' || before.outcome === 'cancelled') return { kind: 'cut-off' };
  if (before.outcome !== 'succeeded') return { kind: before.era === last.era ? 'retry' : 'failed-before' };
  const changes = before.parts && last.parts ? explainFingerprint(before.parts, last.parts) : [];
  if (changes.length > 0) return { kind: 'changed', changes };
  return isAsked(story, step.path) ? { kind: 'asked' } : { kind: 'changed', changes };
}

function isAsked({ replanned }: RunStory, path: Path): boolean {
  return replanned?.downstream === true || [...(replanned?.rerun ?? []), ...(replanned?.only ?? [])].includes(path);
}

/** A need is named in its own scope or by its path; the chain ends where a cause names none, or at one that was met before. */
function chainOf(story: RunStory, path: Path): readonly Path[] {
  const chain: Path[] = [];
  for (let at = path; ; ) {
    const cause = story.steps.get(at)?.settled?.cause;
    if (cause?.kind !== 'need-failed' && cause?.kind !== 'need-skipped') return chain;
    const sibling = besideOf(at, cause.need);
    at = story.steps.has(cause.need) ? cause.need : sibling;
    if (chain.includes(at)) return chain;
    chain.push(at);
  }
}

/** The path of a step that stands in the same scope. */
function besideOf(path: Path, id: string): Path {
  return path.slice(0, path.lastIndexOf('/') + 1) + id;
}
