/** `giga runs prune`: removes all but the latest runs; never one that a process holds. */
import { forgetWorktree } from '../../app/worktrees.ts';
import { callerOf } from '../../core/run/called-run.ts';
import type { Call } from '../command-spec.ts';
import { EXIT, exitCodeOf } from '../exit-code.ts';
import { openProject } from '../open-project.ts';
import { printProblems } from '../render/problems.ts';

const DEFAULT_KEEP = 50;

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { store } = project.value;
  const all = await store.list();
  const started = all.filter((id) => callerOf(id) === null);
  const kept = new Set(started.slice(0, call.flags.count('keep') ?? DEFAULT_KEEP));
  const old = all.filter((id) => !kept.has(callerOf(id) ?? id));
  const isDry = call.flags.on('dry-run');
  let removed = 0;
  let code: number = EXIT.done;
  for (const id of old) {
    if ((await store.holder(id)) !== null) continue;
    const result = isDry ? { ok: true as const } : await store.remove(id);
    if (!result.ok) {
      printProblems(result.diagnostics, call);
      code = Math.max(code, exitCodeOf(result.diagnostics));
      continue;
    }
    if (!isDry) await forgetWorktree(project.value, id, false);
    removed += 1;
    if (call.json) call.io.out.write(`${JSON.stringify({ type: isDry ? 'run.prunable' : 'run.removed', id })}\n`);
    else if (isDry) call.io.out.write(`${id}\n`);
  }
  call.io.err.write(`${removed} ${removed === 1 ? 'run' : 'runs'} ${isDry ? 'would be removed' : 'removed'}\n`);
  return code;
}
