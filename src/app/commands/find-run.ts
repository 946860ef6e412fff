/** Reads the run that someone means, with its plan. Knows no layout of a store. */
import { problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import type { Plan } from '../../core/plan/plan.ts';
import type { JournalReading, RunStore } from '../../core/ports.ts';
import type { Path } from '../../core/run/event.ts';
import type { FileStore } from '../../host/store/file/file-store.ts';
import { pathsOfRun } from './plan-steps.ts';
import { endCutOff, type RunStory, tellRun } from './run-history.ts';

export interface ReadRun {
  readonly id: string;
  readonly story: RunStory;
  readonly reading: JournalReading;
  /** The plan that counts now; null when it is lost. */
  readonly plan: Plan | null;
  /** Whether a live process holds the run. */
  readonly held: boolean;
}

/** Reads the run that someone means. */
export async function readRun(store: FileStore, given: string | undefined): Promise<Result<ReadRun>> {
  const found = await store.find(given);
  if (!found.ok) return found;
  const read = await store.read(found.value);
  if (!read.ok) return read;
  const story = tellRun(read.value.records);
  if (!story) {
    const empty = problem('RUN_NOT_FOUND', `The journal of run ${found.value} is empty.`, {
      hint: 'see `giga doctor`',
    });
    return { ok: false, diagnostics: [...read.value.diagnostics, empty] };
  }
  const plan = await readPlan(store, story.plans.at(-1));
  const held = (await store.holder(found.value)) !== null;
  if (!held) endCutOff(story);
  return { ok: true, value: { id: found.value, story, reading: read.value, plan, held } };
}

/** The paths of all steps that a run has or had. */
export function pathsOf({ story, plan }: Pick<ReadRun, 'story' | 'plan'>): ReadonlySet<Path> {
  return new Set(pathsOfRun(plan, story.steps.keys()));
}

async function readPlan(store: RunStore, hash: string | undefined): Promise<Plan | null> {
  if (hash === undefined) return null;
  const plan = await store.getPlan(hash);
  return plan as unknown as Plan | null; // only plans are stored as plans, and by their hash
}
