/** Sees what changed in a workspace by its saved trees, and puts back what should not have. Knows no agents. */
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import type { WorkspaceGuard } from '../../core/workspace-guard.ts';
import type { Trees } from './trees.ts';

export function createWorkspaceGuard(trees: Trees): WorkspaceGuard {
  return {
    save: () => told(() => trees.save()),
    putBack: (before, isAllowed) =>
      told(async () => {
        const after = await trees.save();
        const changed = after === before ? [] : await trees.changed(before, after);
        const files = changed.filter((path) => !isAllowed(path));
        if (files.length > 0) await trees.putBack(before, after, files);
        return { files, after };
      }),
  };
}

async function told<T>(work: () => Promise<T>): Promise<Result<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, diagnostics: [unseen(error instanceof Error ? error.message : String(error))] };
  }
}

function unseen(why: string): Diagnostic {
  return problem('STEP_WORKSPACE_UNSEEN', `What tools change in the workspace cannot be seen: ${why}.`, {
    hint: 'A workspace in a git repository can be compared, and what is not allowed put back.',
  });
}
