/** Merges the worktree of a run back: what is said of it in git. Loaded when the first run does so. */
import type { Json } from '../core/json.ts';
import type { Plan } from '../core/plan/plan.ts';
import { mergeWorktree } from '../host/git/worktree.ts';
import type { Project } from './project.ts';
import { worktreeOf } from './worktrees.ts';

export interface MergeOfRun {
  readonly project: Project;
  readonly id: string;
  readonly plan: Plan;
  readonly how: 'ff' | 'squash';
}

export async function mergeRun({ project, id, plan, how }: MergeOfRun): Promise<Json> {
  const root = project.home ?? project.root;
  const message = `${plan.name.split('\n')[0] ?? ''}\n\nMade by run ${id} of ${plan.file}.\n`;
  return { ...(await mergeWorktree({ ...worktreeOf(project, id), root, how, message })) };
}
