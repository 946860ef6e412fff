/** `giga claude memory forget STORE [NOTE] [--yes]`. */
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, refuse, take } from '../open-project.ts';
import { userName } from '../user-name.ts';

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { findNotes, forgetNotes } = await import('../../app/commands/notes.ts');
  const [store = '', path] = call.args;
  const found = take(call, await findNotes(project.value, store, path));
  if (!found.ok) return found.code;
  const count = `${found.value.length} ${found.value.length === 1 ? 'note' : 'notes'}`;
  if (!call.flags.on('yes')) {
    if (!call.io.canAsk)
      return refuse(call, [problem('CLI_USAGE', `This forgets ${count} for good.`, { hint: 'Say so: --yes.' })]);
    if (!(await isSure(`Forget ${count} of \`${store}\` for good?`))) {
      call.io.err.write('Nothing was forgotten.\n');
      return EXIT.failed;
    }
  }
  const by = { kind: 'person', at: Date.now(), name: userName() } as const;
  const done = take(call, await forgetNotes(project.value, store, path === undefined ? null : found.value, by));
  if (!done.ok) return done.code;
  for (const note of found.value)
    if (call.json) call.io.out.write(`${JSON.stringify({ type: 'claude.note.forgotten', store, path: note.path })}\n`);
  call.io.err.write(`${count} forgotten\n`);
  return EXIT.done;
}

async function isSure(message: string): Promise<boolean> {
  const { confirm } = await import('@clack/prompts');
  return (await confirm({ message, initialValue: false, output: process.stderr })) === true;
}
