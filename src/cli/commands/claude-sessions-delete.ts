/** `giga claude sessions delete SESSION | RUN STEP | --older-than TIME`: removes conversations. */
import { findSession, listSessions, removeSession, type WholeSession } from '../../app/commands/sessions.ts';
import { problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import { parseDuration } from '../../core/units.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, refuse, take } from '../open-project.ts';
import { sessionRecord } from '../render/session-lines.ts';

export async function perform(call: Call): Promise<number> {
  const { flags, args, io } = call;
  const age = flags.text('older-than');
  const olderThanMs = age === undefined ? null : parseDuration(age);
  const wrong = usageProblem(args[0], age, olderThanMs);
  if (wrong !== null)
    return refuse(call, [problem('CLI_USAGE', wrong, { hint: 'see `giga claude sessions delete --help`' })]);
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const listed = take(call, await listSessions(project.value));
  if (!listed.ok) return listed.code;
  const chosen = take(call, choose(listed.value, args, olderThanMs));
  if (!chosen.ok) return chosen.code;
  const isDry = flags.on('dry-run');
  let code: number = EXIT.done;
  let removed = 0;
  for (const session of chosen.value) {
    const outcome = await removeSession(project.value, session, isDry);
    if (!outcome.ok) {
      code = Math.max(code, refuse(call, outcome.diagnostics));
      continue;
    }
    removed += 1;
    const type = isDry ? 'claude.session.prunable' : 'claude.session.removed';
    if (call.json) io.out.write(`${JSON.stringify(sessionRecord(type, session))}\n`);
    else if (isDry) io.out.write(`${session.name}\n`);
  }
  io.err.write(
    `${removed} ${removed === 1 ? 'conversation' : 'conversations'} ${isDry ? 'would be removed' : 'removed'}\n`,
  );
  return code;
}

function usageProblem(name: string | undefined, age: string | undefined, olderThanMs: number | null): string | null {
  if (name === undefined && age === undefined) return 'Name a conversation, or an age: --older-than 30d.';
  if (name !== undefined && age !== undefined) return 'Name a conversation or an age, not both.';
  return age !== undefined && olderThanMs === null ? '--older-than takes a duration, such as 30d.' : null;
}

function choose(
  sessions: readonly WholeSession[],
  [name = '', step]: readonly string[],
  olderThanMs: number | null,
): Result<readonly WholeSession[]> {
  if (olderThanMs !== null) {
    const before = Date.now() - olderThanMs;
    return { ok: true, value: sessions.filter(({ changedAt }) => changedAt < before) };
  }
  const found = findSession(sessions, name, step);
  return found.ok ? { ok: true, value: [found.value] } : found;
}
