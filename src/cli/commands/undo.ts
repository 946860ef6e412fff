/** `giga undo [RUN] [--to STEP]`, and `--list`, which only shows to where a run can go back. */
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, take } from '../open-project.ts';
import { pointLine, undoneLines } from '../render/undo-lines.ts';
import { whereText } from '../show-run.ts';

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { listUndo, undoRun } = await import('../../app/commands/undo.ts');
  const [run] = call.args;
  const { flags, io } = call;
  if (flags.on('list')) {
    const listed = take(call, await listUndo(project.value, run));
    if (!listed.ok) return listed.code;
    for (const point of listed.value.points)
      io.out.write(`${call.json ? JSON.stringify({ type: 'undo.point', ...point }) : pointLine(point)}\n`);
    return EXIT.done;
  }
  const to = flags.text('to');
  const done = take(
    call,
    await undoRun(project.value, {
      ...(run === undefined ? {} : { run }),
      ...(to === undefined ? {} : { to }),
      force: flags.on('force'),
      by: whoAsks(call),
    }),
  );
  if (!done.ok) return done.code;
  if (call.json) io.out.write(`${JSON.stringify({ type: 'run.undone', ...done.value })}\n`);
  for (const line of undoneLines(done.value, whereText(call))) io.err.write(`${line}\n`);
  return EXIT.done;
}

export function whoAsks({ io }: Call): string {
  const { USER, USERNAME } = io.env;
  return USER ?? USERNAME ?? 'giga';
}
