/** `giga runs prune`: removes all but the latest runs, with their conversations; never one that a process holds. */
import { forgetSessions, sessionsOf } from '../../app/commands/sessions.ts';
import { forgetWorktree } from '../../app/worktrees.ts';
import { callerOf } from '../../core/run/called-run.ts';
import type { Call } from '../command-spec.ts';
import { EXIT, exitCodeOf } from '../exit-code.ts';
import { openProject, refuse } from '../open-project.ts';
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
  let sessions = 0;
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
    const told = isDry ? sessionsOf(project.value).ofRun(id) : forgetSessions(project.value, id);
    if (!told.ok) code = Math.max(code, refuse(call, told.diagnostics));
    const ofIt = told.ok ? told.value.length : 0;
    sessions += ofIt;
    const record = { type: isDry ? 'run.prunable' : 'run.removed', id, ...(ofIt > 0 && { sessions: ofIt }) };
    if (call.json) call.io.out.write(`${JSON.stringify(record)}\n`);
    else if (isDry) call.io.out.write(`${id}\n`);
  }
  const withThem = sessions === 0 ? '' : `, with ${sessions} ${sessions === 1 ? 'conversation' : 'conversations'},`;
  call.io.err.write(
    `${removed} ${removed === 1 ? 'run' : 'runs'}${withThem} ${isDry ? 'would be removed' : 'removed'}\n`,
  );
  return code;
}
