/** `giga runs failed [RUN]`: the items of `for-each` and `matrix` that failed. */
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, take } from '../open-project.ts';
import { failedItemLines } from '../render/failed-item-lines.ts';
import { printProblems } from '../render/problems.ts';
import { painter } from '../render/text.ts';

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const [{ readRun }, { failedItems }] = await Promise.all([
    import('../../app/commands/find-run.ts'),
    import('../../app/commands/failed-items.ts'),
  ]);
  const run = take(call, await readRun(project.value.store, call.args[0]));
  if (!run.ok) return run.code;
  const { id, story, reading } = run.value;
  printProblems(reading.diagnostics, call);
  const items = failedItems(story);
  if (call.json)
    for (const item of items) call.io.out.write(`${JSON.stringify({ type: 'failed-item', run: id, ...item })}\n`);
  else if (items.length > 0) call.io.out.write(`${failedItemLines(items, painter(call.outColor)).join('\n')}\n`);
  if (items.length === 0) call.io.err.write(`no item of run ${id} failed\n`);
  else if (!call.json) call.io.err.write(`resume giga resume ${id} --failed-items\n`);
  return EXIT.done;
}
