/** `giga plugin check [FILES…]`: exit code 4 where something is wrong with one of them. */
import type { CheckedPlugin } from '../../app/commands/plugin-check.ts';
import { ISOLATIONS } from '../../core/plugin.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, take } from '../open-project.ts';
import { bytes } from '../render/artifact-lines.ts';
import { printProblems } from '../render/problems.ts';
import { harmless, type Paint, painter } from '../render/text.ts';

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { pluginsAsked } = await import('../../app/commands/plugin-files.ts');
  const asked = take(call, await pluginsAsked(project.value, call.args));
  if (!asked.ok) return asked.code;
  const { checkPlugin } = await import('../../app/commands/plugin-check.ts');
  const isolation = ISOLATIONS.find((one) => one === call.flags.text('isolation'));
  let isWell = true;
  for (const plugin of asked.value) {
    const checked = await checkPlugin(project.value, plugin, isolation);
    isWell &&= checked.ok;
    if (call.json) call.io.out.write(`${JSON.stringify({ type: 'plugin.checked', ...checked })}\n`);
    else call.io.out.write(`${checkedLine(checked, painter(call.outColor))}\n`);
    printProblems(checked.diagnostics, { ...call, json: false });
  }
  return isWell ? EXIT.done : EXIT.refused;
}

/** `✔ plugins/hello.ts · 2 steps · asks for read · 2.1 kB · runs at none, limited` */
function checkedLine({ file, ok, found }: CheckedPlugin, paint: Paint): string {
  const mark = ok ? paint('good', '✔') : paint('bad', '✘');
  if (found === null) return `${mark} ${harmless(file)}`;
  const { steps, permissions, isolations } = found;
  const parts = [
    harmless(file),
    `${steps.length} ${steps.length === 1 ? 'step' : 'steps'}`,
    permissions.length === 0 ? 'asks for nothing' : `asks for ${permissions.join(', ')}`,
    bytes(found.bytes),
    `runs at ${isolations.join(', ')}`,
  ];
  return `${mark} ${parts.join(' · ')}`;
}
