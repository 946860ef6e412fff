/** `giga redo [RUN]`: takes the last undo back. */
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, take } from '../open-project.ts';
import { undoneLines } from '../render/undo-lines.ts';
import { whereText } from '../show-run.ts';
import { whoAsks } from './undo.ts';

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { redoRun } = await import('../../app/commands/undo.ts');
  const [run] = call.args;
  const options = { ...(run === undefined ? {} : { run }), force: call.flags.on('force'), by: whoAsks(call) };
  const done = take(call, await redoRun(project.value, options));
  if (!done.ok) return done.code;
  if (call.json) call.io.out.write(`${JSON.stringify({ type: 'run.redone', ...done.value })}\n`);
  for (const line of undoneLines(done.value, whereText(call))) call.io.err.write(`${line}\n`);
  return EXIT.done;
}
