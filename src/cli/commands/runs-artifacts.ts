/** `giga runs artifacts [RUN] [STEP]`: lists the files that steps made, or copies them out. */
import { resolve } from 'node:path';
import type { KeptFile } from '../../app/commands/artifacts.ts';
import { slashed } from '../../app/workspace.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, refuse } from '../open-project.ts';
import { artifactLines } from '../render/artifact-lines.ts';
import { takeNamed } from '../which-run.ts';

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { store } = project.value;
  const { copyOut, keptFiles, placeOf } = await import('../../app/commands/artifacts.ts');
  const named = await takeNamed(call, store);
  if (!named.ok) return named.code;
  const { run, step } = named.value;
  const files = keptFiles(store, run.story, step);
  if (files.length === 0) call.io.err.write(`no step of run ${run.id} has kept files\n`);
  const to = call.flags.text('to');
  if (to === undefined) {
    list(call, run.id, files);
    return EXIT.done;
  }
  const problems = await copyOut(files, resolve(call.cwd, to), call.flags.on('force'));
  if (problems.length > 0) return refuse(call, problems);
  const folder = slashed(call.cwd, resolve(call.cwd, to));
  if (!call.json) for (const file of files) call.io.out.write(`${folder}/${placeOf(file)}\n`);
  else list(call, run.id, files);
  return EXIT.done;
}

function list(call: Call, run: string, files: readonly KeptFile[]): void {
  if (call.json) for (const file of files) call.io.out.write(`${JSON.stringify({ type: 'artifact', run, ...file })}\n`);
  else if (files.length > 0) call.io.out.write(`${artifactLines(files).join('\n')}\n`);
}
