/** `giga cache ls`: the results of steps that are kept for later runs. */
import { keptResults } from '../../app/commands/cache-stock.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, take } from '../open-project.ts';
import { keptLines } from '../render/cache-lines.ts';

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const kept = take(call, keptResults(project.value));
  if (!kept.ok) return kept.code;
  if (call.json)
    for (const one of kept.value) call.io.out.write(`${JSON.stringify({ type: 'cache.result', ...one })}\n`);
  else if (kept.value.length > 0) call.io.out.write(`${keptLines(kept.value, Date.now()).join('\n')}\n`);
  if (kept.value.length === 0) call.io.err.write('No results are kept: a step with `cache` keeps its result.\n');
  return EXIT.done;
}
