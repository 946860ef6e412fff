/** `giga claude sessions list`: the conversations that are kept. */
import { listSessions } from '../../app/commands/sessions.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, take } from '../open-project.ts';
import { sessionRecord, sessionRows } from '../render/session-lines.ts';

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const named = call.flags.text('run');
  const run = named === undefined ? null : take(call, await project.value.store.find(named));
  if (run !== null && !run.ok) return run.code;
  const listed = take(call, await listSessions(project.value));
  if (!listed.ok) return listed.code;
  const sessions = listed.value.filter((one) => run === null || one.run === run.value);
  const lines = call.json
    ? sessions.map((one) => JSON.stringify(sessionRecord('claude.session', one)))
    : sessionRows(sessions, Date.now());
  if (lines.length > 0) await call.io.out.writeAll(`${lines.join('\n')}\n`);
  else if (!call.json) call.io.err.write('No conversations are kept: agents keep theirs, and steps with `session`.\n');
  return EXIT.done;
}
