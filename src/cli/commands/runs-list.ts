/** `giga runs list`. */
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open-project.ts';
import { runListLines } from '../render/run-lines.ts';
import { painter } from '../render/text.ts';

const DEFAULT_LIMIT = 20;

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { listRuns } = await import('../../app/commands/list-runs.ts');
  const all = await listRuns(project.value);
  const runs = all.slice(0, call.flags.count('limit') ?? DEFAULT_LIMIT);
  if (call.json) for (const run of runs) call.io.out.write(`${JSON.stringify({ type: 'run', ...run })}\n`);
  else {
    for (const line of runListLines(runs, painter(call.outColor))) call.io.out.write(`${line}\n`);
    if (all.length === 0) call.io.err.write('There are no runs here yet: start one with `giga run`.\n');
    if (all.length > runs.length && call.flags.count('limit') === undefined)
      call.io.err.write(`${all.length - runs.length} more; \`--limit\` shows them\n`);
  }
  return EXIT.done;
}
