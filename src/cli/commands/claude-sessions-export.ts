/** `giga claude sessions export SESSION [-o FILE]`: a conversation as Markdown or JSON. */
import { writeUserFile } from '../../app/commands/user-file.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { take } from '../open-project.ts';
import { sessionMarkdown, wholeRecord } from '../render/session-lines.ts';
import { takeSession } from '../which-session.ts';

export async function perform(call: Call): Promise<number> {
  const session = await takeSession(call);
  if (!session.ok) return session.code;
  const file = call.flags.text('output');
  const usual = file?.endsWith('.json') || call.json ? 'json' : 'md';
  const text =
    (call.flags.text('format') ?? usual) === 'json'
      ? `${JSON.stringify(wholeRecord(session.value), null, 2)}\n`
      : sessionMarkdown(session.value);
  if (file === undefined) {
    await call.io.out.writeAll(text);
    return EXIT.done;
  }
  const written = take(call, writeUserFile(call.cwd, file, text, call.flags.on('force')));
  return written.ok ? EXIT.done : written.code;
}
