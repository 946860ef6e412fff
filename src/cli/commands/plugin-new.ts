/** `giga plugin new NAME [--js] [--micro]`. */
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { refuse, take } from '../open-project.ts';
import { painter } from '../render/text.ts';

export async function perform(call: Call): Promise<number> {
  const { flags, io, args } = call;
  if (flags.on('step') && flags.on('micro'))
    return refuse(call, [problem('CLI_USAGE', '`--step` and `--micro` cannot stand together.')]);
  const { makePlugin } = await import('../../app/commands/plugin-new.ts');
  const name = args[0] ?? '';
  const language = flags.on('js') ? 'js' : 'ts';
  const made = take(call, makePlugin(call.cwd, { name, language, kind: flags.on('micro') ? 'micro' : 'step' }));
  if (!made.ok) return made.code;
  const paint = painter(call.color);
  for (const file of made.value) {
    if (call.json) io.out.write(`${JSON.stringify({ type: 'file', file, done: 'made' })}\n`);
    io.err.write(`${paint('good', '✔ made')}  ${file}\n`);
  }
  io.err.write(`Next: giga plugin test plugins/${name}.${language}, then giga run ${name}\n`);
  return EXIT.done;
}
