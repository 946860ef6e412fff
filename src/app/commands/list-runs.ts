/** The runs of a project, the latest first, in the words of people. What a run called stands with that run. */
import { callerOf } from '../../core/run/called-run.ts';
import { createRunIndex, type RunSummary } from '../../host/store/file/index-of-runs.ts';
import type { Project } from '../project.ts';

export interface ListedRun {
  readonly id: string;
  /** A verdict for a finished run; `waiting` needs someone's verdict; `stopped` can be resumed; `damaged` needs `giga doctor`. */
  readonly state: 'running' | 'stopped' | 'waiting' | 'damaged' | NonNullable<RunSummary['verdict']>;
  readonly name: string;
  readonly file: string;
  /** Wall clock, ms; null when unknown. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** Its models were not asked. */
  readonly models?: 'fake' | 'replay';
}

export async function listRuns(project: Project): Promise<readonly ListedRun[]> {
  return (await allRuns(project)).filter(({ id }) => callerOf(id) === null);
}

/** The runs that a run called, the first one first. */
export async function calledBy(project: Project, run: string): Promise<readonly ListedRun[]> {
  return (await allRuns(project)).filter(({ id }) => callerOf(id) === run).toReversed();
}

async function allRuns({ store }: Project): Promise<readonly ListedRun[]> {
  return (await createRunIndex(store).list()).map(listed);
}

function listed({ id, status, verdict, workflow, file, startedAt, endedAt, models }: RunSummary): ListedRun {
  return { id, state: stateOf(status, verdict), name: workflow, file, startedAt, endedAt, ...(models && { models }) };
}

function stateOf(status: RunSummary['status'], verdict: RunSummary['verdict']): ListedRun['state'] {
  if (status === 'running' || status === 'damaged' || status === 'waiting') return status;
  return status === 'finished' && verdict ? verdict : 'stopped';
}
