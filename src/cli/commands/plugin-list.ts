/** `giga plugin list [--workflow FILE]`. */
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, take } from '../open-project.ts';
import { listLines } from '../render/plugin-lines.ts';
import { printProblems } from '../render/problems.ts';
import { painter } from '../render/text.ts';

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { listPlugins } = await import('../../app/commands/plugin-list.ts');
  const listed = take(call, await listPlugins(project.value, call.flags.text('workflow')));
  if (!listed.ok) return listed.code;
  const { plugins, diagnostics } = listed.value;
  printProblems(diagnostics, call);
  if (call.json) for (const plugin of plugins) call.io.out.write(`${JSON.stringify({ type: 'plugin', ...plugin })}\n`);
  else for (const line of listLines(plugins, painter(call.outColor))) call.io.out.write(`${line}\n`);
  if (plugins.length + diagnostics.length === 0)
    call.io.err.write('No workflow here uses a plugin. Make one with `giga plugin new NAME`.\n');
  return diagnostics.length > 0 ? EXIT.failed : EXIT.done;
}
