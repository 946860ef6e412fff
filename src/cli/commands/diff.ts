/** `giga diff RUN RUN`: what differs between two runs. */
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { type Opened, openProject, take } from '../open-project.ts';
import { diffLines } from '../render/diff-lines.ts';
import { printProblems } from '../render/problems.ts';
import { painter } from '../render/text.ts';

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const [{ readRun }, { stateOf }, { diffRuns }] = await Promise.all([
    import('../../app/commands/find-run.ts'),
    import('../../app/commands/run-history.ts'),
    import('../../app/commands/diff-runs.ts'),
  ]);
  const [earlier, later] = call.args;
  const read = async (given: string | undefined): Promise<Opened<Parameters<typeof diffRuns>[0]>> => {
    const run = take(call, await readRun(project.value.store, given));
    if (!run.ok) return run;
    printProblems(run.value.reading.diagnostics, call);
    const { story, held } = run.value;
    return { ok: true, value: { story, state: stateOf(story, held) } };
  };
  const before = await read(earlier);
  if (!before.ok) return before.code;
  const after = await read(later);
  if (!after.ok) return after.code;
  const difference = diffRuns(before.value, after.value);
  if (call.json) call.io.out.write(`${JSON.stringify({ type: 'diff', ...difference })}\n`);
  else call.io.out.write(`${diffLines(difference, painter(call.outColor)).join('\n')}\n`);
  return EXIT.done;
}
