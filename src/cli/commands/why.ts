/** `giga why STEP [RUN]`. */
import { resolve } from 'node:path';
import type { Why } from '../../app/commands/why.ts';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import { similarHint } from '../../core/nearest.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, refuse, take } from '../open-project.ts';
import { painter } from '../render/text.ts';
import { whyLines } from '../render/why-lines.ts';

export async function perform(call: Call): Promise<number> {
  const [path = '', given] = call.args;
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { pathsOf, readRun } = await import('../../app/commands/find-run.ts');
  const { explainStep } = await import('../../app/commands/why.ts');
  const [{ tellingLog }, { slashed }] = await Promise.all([
    import('../../app/commands/logs.ts'),
    import('../../app/workspace.ts'),
  ]);
  const { store } = project.value;
  const run = take(call, await readRun(store, given));
  if (!run.ok) return run.code;
  const { story, plan } = run.value;
  const known = pathsOf(run.value);
  if (!known.has(path)) {
    const message = `Run "${story.id}" has no step "${path}".`;
    return refuse(call, [problem('CLI_UNKNOWN_STEP', message, similarHint('a step', path, known))]);
  }
  const why = explainStep(story, path, plan);
  for (const attempt of why.step.attempts) {
    const log = attempt.log === undefined ? null : tellingLog(attempt.log);
    if (log !== null) attempt.log = slashed(call.cwd, log);
  }
  const { from } = why;
  const file = from && slashed(call.cwd, resolve(project.value.root, from.file));
  print(call, from && file !== undefined ? { ...why, from: { ...from, file } } : why);
  return EXIT.done;
}

function print(call: Call, why: Why): void {
  if (call.json) call.io.out.write(`${JSON.stringify({ type: 'why', ...why })}\n`);
  else call.io.out.write(`${whyLines(why, painter(call.outColor)).join('\n')}\n`);
}
