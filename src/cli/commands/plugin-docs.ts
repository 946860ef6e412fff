/** `giga plugin docs NAME|FILE [-o file]`. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, refuse, take } from '../open-project.ts';

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { describePlugin } = await import('../../app/commands/plugin-list.ts');
  const told = take(call, await describePlugin(project.value, call.args[0] ?? '', call.flags.text('workflow')));
  if (!told.ok) return told.code;
  const { pluginMarkdown } = await import('../../app/commands/plugin-docs.ts');
  const text = pluginMarkdown(told.value);
  const output = call.flags.text('output');
  if (output === undefined) {
    const { name } = told.value;
    await call.io.out.writeAll(call.json ? `${JSON.stringify({ type: 'plugin.docs', plugin: name, text })}\n` : text);
    return EXIT.done;
  }
  try {
    writeFileSync(resolve(call.cwd, output), text);
    return EXIT.done;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return refuse(call, [problem('CLI_FILE_NOT_WRITTEN', `"${output}" cannot be written: ${why}.`)]);
  }
}
