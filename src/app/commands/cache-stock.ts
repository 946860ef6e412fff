/** The results of steps that a project keeps: what there is, and removing what is old. Knows no terminal. */
import { problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import { clear, type Kept, listKept, type Pruned, prune } from '../../host/cache/stock.ts';
import { createClock } from '../../host/clock.ts';
import { errorCode } from '../../host/files.ts';
import { cacheFolderOf } from '../late-cache.ts';
import type { Project } from '../project.ts';

export type { Kept, Pruned };

export interface PruneOptions {
  /** Results that were not used for so long. */
  readonly olderThanMs?: number;
  readonly maxBytes?: number;
  readonly all?: boolean;
  readonly isDry?: boolean;
}

export function keptResults(project: Project): Result<readonly Kept[]> {
  return orUnusable(() => listKept(cacheFolderOf(project)));
}

export function pruneCache(project: Project, options: PruneOptions): Result<Pruned> {
  const { olderThanMs, maxBytes, all = false, isDry = false } = options;
  const folder = cacheFolderOf(project);
  const nowMs = createClock().wallMs();
  return orUnusable(() =>
    all
      ? clear(folder, isDry)
      : prune(folder, nowMs, {
          isDry,
          ...(olderThanMs === undefined ? {} : { usedBefore: nowMs - olderThanMs }),
          ...(maxBytes === undefined ? {} : { maxBytes }),
        }),
  );
}

function orUnusable<T>(work: () => T): Result<T> {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    const code = errorCode(error);
    if (code === null) throw error;
    return {
      ok: false,
      diagnostics: [
        problem('CACHE_UNUSABLE', `The folder of the cache cannot be used: ${code}.`, {
          hint: 'It is `cache/steps` in the state folder, and may be removed at any time.',
        }),
      ],
    };
  }
}
