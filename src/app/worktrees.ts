/** The worktrees of runs: where they lie, and the project as a run in one of them sees it. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Diagnostic, problem, type Result } from '../core/diagnostic/diagnostic.ts';
import type { Plan } from '../core/plan/plan.ts';
import type { Worktree } from '../host/git/worktree.ts';
import type { Project } from './project.ts';

/** The worktree of a run, whether it is there or not. */
export function worktreeOf({ state }: Pick<Project, 'state'>, id: string): Worktree {
  return { folder: join(state, 'worktrees', id), branch: `giga/${id}` };
}

/** The worktree in which a run works; null where it has none. */
export function keptWorktree(project: Pick<Project, 'state'>, id: string): Worktree | null {
  const worktree = worktreeOf(project, id);
  return existsSync(worktree.folder) ? worktree : null;
}

/** Makes the worktree that a plan asks for, and gives the project in which the run works. */
export async function placeRun(project: Project, id: string, plan: Plan): Promise<Result<Project>> {
  if (plan.workspace?.merge === undefined) return { ok: true, value: project };
  const { makeWorktree } = await import('../host/git/worktree.ts');
  try {
    await sweepWorktrees(project);
    return { ok: true, value: inWorktree(project, await makeWorktree(project.root, worktreeOf(project, id))) };
  } catch (error) {
    return { ok: false, diagnostics: [unmade(error)] };
  }
}

/** Removes those of runs that were killed before their first record: nobody goes on with such a run, or knows of it. */
async function sweepWorktrees(project: Project): Promise<void> {
  const folder = dirname(worktreeOf(project, 'any').folder);
  for (const id of existsSync(folder) ? readdirSync(folder) : []) {
    if (id.includes('.') || (await project.store.holder(id)) !== null) continue;
    const read = await project.store.read(id);
    const isUnknown = !read.ok && read.diagnostics.some(({ code }) => code === 'RUN_NOT_FOUND');
    if (isUnknown || (read.ok && read.value.records.length === 0)) await forgetWorktree(project, id, false);
  }
}

/** The project in which a run goes on: in its worktree, where it has one. */
export async function placeOfRun(project: Project, id: string): Promise<Project> {
  const worktree = keptWorktree(project, id);
  if (worktree === null) return project;
  const { rootIn } = await import('../host/git/worktree.ts');
  return inWorktree(project, await rootIn(project.root, worktree.folder));
}

function inWorktree(project: Project, root: string): Project {
  return { ...project, root, home: project.root };
}

/** Why a run cannot go on in its worktree; null when it can, or has none. */
export function lostWorktree(project: Project, id: string, plan: Plan | undefined): Diagnostic | null {
  if (plan?.workspace?.merge === undefined || keptWorktree(project, id) !== null) return null;
  return problem('RUN_WORKTREE_LOST', `The worktree of run ${id} is gone.`, {
    hint: 'Start anew with `giga run`.',
  });
}

function unmade(error: unknown): Diagnostic {
  const why = error instanceof Error ? error.message : String(error);
  return problem('RUN_WORKTREE_FAILED', `The worktree of the run could not be made: ${why}.`);
}

/** The run needs its worktree no more; its branch stays where something on it is nowhere else. */
export async function forgetWorktree(project: Project, id: string, isMerged: boolean): Promise<void> {
  const worktree = worktreeOf(project, id);
  if (!existsSync(dirname(worktree.folder))) return; // no run has one here
  const { hasTraces, removeWorktree } = await import('../host/git/worktree.ts');
  if (hasTraces(worktree)) await removeWorktree(project.home ?? project.root, { ...worktree, isMerged });
}

/** Whether the worktree of a run with this plan is merged, and gone, when the run has succeeded. */
export function mergesWorktree({ workspace }: Plan): boolean {
  return workspace?.merge === 'ff' || workspace?.merge === 'squash';
}
