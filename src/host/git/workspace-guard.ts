/** Sees what changed in a workspace by its saved trees, and puts back what should not have. Knows no agents. */
import { fstatSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import type { ChangedOutside, WorkspaceGuard } from '../../core/workspace-guard.ts';
import type { Trees } from './trees.ts';

/** `root` is that of the trees. */
export function createWorkspaceGuard(trees: Trees, root: string): WorkspaceGuard {
  const compare = async (before: string, isAllowed: (path: string) => boolean): Promise<ChangedOutside> => {
    const after = await trees.save();
    const changed = after === before ? [] : await trees.changed(before, after);
    const own = ownOutputs();
    return { files: changed.filter((path) => !isAllowed(path) && !own.has(identityOf(join(root, path)))), after };
  };
  return {
    save: () => told(() => trees.save()),
    compare: (before, isAllowed) => told(() => compare(before, isAllowed)),
    putBack: (before, isAllowed) =>
      told(async () => {
        const { files, after } = await compare(before, isAllowed);
        if (files.length > 0) await trees.putBack(before, after, files);
        return { files, after };
      }),
  };
}

/** Files into which giga's own output goes (`giga run … > out.log`): it is giga that writes them. */
function ownOutputs(): ReadonlySet<string> {
  return new Set(
    [1, 2].flatMap((fd) => {
      try {
        const found = fstatSync(fd);
        return found.isFile() ? [`${found.dev}:${found.ino}`] : [];
      } catch {
        return []; // it is closed
      }
    }),
  );
}

function identityOf(path: string): string {
  try {
    const { dev, ino } = lstatSync(path);
    return `${dev}:${ino}`;
  } catch {
    return ''; // it was removed
  }
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
