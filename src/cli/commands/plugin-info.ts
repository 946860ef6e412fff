/** `giga plugin info NAME|FILE`. */
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, take } from '../open-project.ts';
import { infoLines } from '../render/plugin-lines.ts';
import { painter } from '../render/text.ts';

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { describePlugin } = await import('../../app/commands/plugin-list.ts');
  const told = take(call, await describePlugin(project.value, call.args[0] ?? '', call.flags.text('workflow')));
  if (!told.ok) return told.code;
  if (call.json) await call.io.out.writeAll(`${JSON.stringify({ type: 'plugin', ...told.value })}\n`);
  else await call.io.out.writeAll(`${infoLines(told.value, painter(call.outColor)).join('\n')}\n`);
  return EXIT.done;
}
