/** `giga init`. */
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { take } from '../open-project.ts';
import { painter } from '../render/text.ts';

export async function perform(call: Call): Promise<number> {
  const { initialize } = await import('../../app/commands/init.ts');
  const done = take(call, initialize(call.cwd));
  if (!done.ok) return done.code;
  const paint = painter(call.color);
  const words = {
    made: paint('good', '✔ made    '),
    extended: paint('good', '✔ extended'),
    kept: paint('dim', '○ kept    '),
  };
  for (const step of done.value) {
    if (call.json) call.io.out.write(`${JSON.stringify({ type: 'file', ...step })}\n`);
    call.io.err.write(`${words[step.done]}  ${step.file}\n`);
  }
  call.io.err.write('Next: giga run hello\n');
  return EXIT.done;
}
