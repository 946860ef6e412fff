/** `giga verify [RUN]`: whether every decision of a run follows from its journal and its plan. */
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, take } from '../open-project.ts';
import { painter } from '../render/text.ts';
import { verifyLines } from '../render/verify-lines.ts';

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { verifyRun } = await import('../../app/commands/verify-run.ts');
  const verified = take(call, await verifyRun(project.value, call.args[0]));
  if (!verified.ok) return verified.code;
  if (call.json) call.io.out.write(`${JSON.stringify({ type: 'verified', ...verified.value })}\n`);
  else call.io.out.write(`${verifyLines(verified.value, painter(call.outColor)).join('\n')}\n`);
  return verified.value.mismatches.length === 0 ? EXIT.done : EXIT.failed;
}
