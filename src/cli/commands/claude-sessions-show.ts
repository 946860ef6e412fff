/** `giga claude sessions show SESSION`, or `RUN STEP`. */
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { sessionLines, wholeRecord } from '../render/session-lines.ts';
import { painter } from '../render/text.ts';
import { takeSession } from '../which-session.ts';

export async function perform(call: Call): Promise<number> {
  const session = await takeSession(call);
  if (!session.ok) return session.code;
  const text = call.json
    ? JSON.stringify(wholeRecord(session.value))
    : sessionLines(session.value, painter(call.outColor)).join('\n');
  await call.io.out.writeAll(`${text}\n`);
  return EXIT.done;
}
