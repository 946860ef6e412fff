/** `giga runs artifacts [RUN] [STEP]`: lists the files that steps made, or copies them out. */
import { resolve } from 'node:path';
import type { KeptFile } from '../../app/commands/artifacts.ts';
import { slashed } from '../../app/workspace.ts';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import { similarHint } from '../../core/nearest.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, refuse, take } from '../open-project.ts';
import { artifactLines } from '../render/artifact-lines.ts';
import { whichRun } from '../which-run.ts';

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { store } = project.value;
  const [{ pathsOf, readRun }, { copyOut, keptFiles, placeOf }] = await Promise.all([
    import('../../app/commands/find-run.ts'),
    import('../../app/commands/artifacts.ts'),
  ]);
  const named = await whichRun(call, store);
  const run = take(call, await readRun(store, named.run));
  if (!run.ok) return run.code;
  const known = pathsOf(run.value);
  if (named.step !== undefined && !known.has(named.step)) {
    const message = `Run "${run.value.id}" has no step "${named.step}".`;
    return refuse(call, [problem('CLI_UNKNOWN_STEP', message, similarHint('a step', named.step, known))]);
  }
  const files = keptFiles(store, run.value.story, named.step);
  if (files.length === 0) call.io.err.write(`no step of run ${run.value.id} has kept files\n`);
  const to = call.flags.text('to');
  if (to === undefined) {
    list(call, run.value.id, files);
    return EXIT.done;
  }
  const problems = await copyOut(files, resolve(call.cwd, to), call.flags.on('force'));
  if (problems.length > 0) return refuse(call, problems);
  const folder = slashed(call.cwd, resolve(call.cwd, to));
  if (!call.json) for (const file of files) call.io.out.write(`${folder}/${placeOf(file)}\n`);
  else list(call, run.value.id, files);
  return EXIT.done;
}

function list(call: Call, run: string, files: readonly KeptFile[]): void {
  if (call.json) for (const file of files) call.io.out.write(`${JSON.stringify({ type: 'artifact', run, ...file })}\n`);
  else if (files.length > 0) call.io.out.write(`${artifactLines(files).join('\n')}\n`);
}
