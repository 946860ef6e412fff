/** `giga mcp search [WORDS…]`: what a registry has, a server on a line. */
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, take } from '../open-project.ts';
import { entryLines } from '../render/mcp-lines.ts';

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { searchRegistry } = await import('../../app/commands/mcp-add.ts');
  const found = take(call, await searchRegistry(project.value, call.flags.text('registry'), call.args));
  if (!found.ok) return found.code;
  if (call.json)
    for (const { server, ...entry } of found.value)
      call.io.out.write(
        `${JSON.stringify({ type: 'mcp.found', ...entry, ...(typeof server === 'string' ? { fault: server } : { server }) })}\n`,
      );
  else for (const line of entryLines(found.value)) call.io.out.write(`${line}\n`);
  if (found.value.length === 0) call.io.err.write('The registry has no such server.\n');
  return EXIT.done;
}
