/** The cache of a run: made, and its code loaded, when a step first asks for it. Only connects. */
import { join } from 'node:path';
import type { Clock, StepCache } from '../core/ports.ts';
import type { OpenStepCache } from '../host/cache/step-cache.ts';
import type { Project } from './project.ts';
import { trustOf } from './trust.ts';

export interface LateCache extends StepCache {
  /** Writes down what was learned; nothing where no step asked. */
  close(): void;
}

/** Of the results of steps. */
export function cacheFolderOf({ state }: Pick<Project, 'state'>): string {
  return join(state, 'cache', 'steps');
}

export function lateCache(project: Project, clock: Clock, isAnew: boolean): LateCache {
  let opening: Promise<OpenStepCache> | undefined;
  let opened: OpenStepCache | undefined;
  const open = async (): Promise<OpenStepCache> => {
    const { createStepCache } = await import('../host/cache/step-cache.ts');
    const { root, state, env } = project;
    opened = createStepCache({ folder: cacheFolderOf(project), root, state, trust: trustOf(env), env, clock, isAnew });
    return opened;
  };
  const cache = (): Promise<OpenStepCache> => (opening ??= open());
  return {
    restore: async (work, run, signal) => (await cache()).restore(work, run, signal),
    save: async (work, run, signal) => (await cache()).save(work, run, signal),
    close: () => opened?.close(),
  };
}
