/** `giga runs cancel RUN`: ends a run that is going on, or that was stopped. */

import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, refuse } from '../open-project.ts';
import { printProblems } from '../render/problems.ts';
import { showRun } from '../show-run.ts';

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { cancelRun } = await import('../../app/commands/cancel.ts');
  const cancelled = await cancelRun(project.value, call.args[0]);
  if (!cancelled.ok) return refuse(call, cancelled.diagnostics);
  printProblems(cancelled.value.diagnostics, call);
  if (cancelled.value.kind === 'asked') {
    const { id } = cancelled.value;
    if (call.json) call.io.out.write(`${JSON.stringify({ type: 'cancel.asked', id })}\n`);
    call.io.err.write(`run ${id} was asked to end; \`giga runs events ${id} --follow\` shows how it does\n`);
    return EXIT.done;
  }
  const code = await showRun(call, cancelled.value.run);
  return code === EXIT.failed ? EXIT.done : code; // that it ended as cancelled is what was asked for
}
