/** `giga config explain [KEY]`: each value with its origin, and what it overrides. */
import { problem } from '../../core/diagnostic/diagnostic.ts';
import { similarHint } from '../../core/nearest.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, refuse } from '../open-project.ts';
import { valueText } from '../render/cause.ts';
import { painter } from '../render/text.ts';

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { configKeys, settingsOf } = await import('../../app/config/config.ts');
  const { config } = project.value;
  const [asked] = call.args;
  const all = configKeys(config);
  const keys = asked === undefined ? all : all.filter((key) => key === asked || key.startsWith(`${asked}.`));
  if (asked !== undefined && keys.length === 0) {
    const hint = {
      hint: 'a workflow or the default decides; `giga config explain` lists what is set',
      ...similarHint('a key', asked, all),
    };
    return refuse(call, [
      problem('CLI_USAGE', `No setting \`${asked}\` is set by flag, variable, profile or file.`, hint),
    ]);
  }
  const paint = painter(call.outColor);
  for (const key of keys) {
    settingsOf(config, key).forEach(({ value, origin }, rank) => {
      if (call.json)
        call.io.out.write(`${JSON.stringify({ type: 'setting', key, value, origin, counts: rank === 0 })}\n`);
      else if (rank === 0)
        call.io.out.write(`${paint('bold', key)} = ${valueText(value)}  ${paint('dim', `from ${origin.text}`)}\n`);
      else call.io.out.write(paint('dim', `  over ${valueText(value)} from ${origin.text}\n`));
    });
  }
  if (keys.length === 0)
    call.io.err.write('Nothing is set by flag, variable, profile or file; workflows and defaults decide.\n');
  return EXIT.done;
}
