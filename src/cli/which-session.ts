/** The conversation that `SESSION`, or `RUN STEP`, names. */
import type { WholeSession } from '../app/commands/sessions.ts';
import type { Call } from './command-spec.ts';
import { type Opened, openProject, take } from './open-project.ts';

export async function takeSession(call: Call): Promise<Opened<WholeSession>> {
  const project = await openProject(call);
  if (!project.ok) return project;
  const { findSession, listSessions } = await import('../app/commands/sessions.ts');
  const sessions = take(call, await listSessions(project.value));
  if (!sessions.ok) return sessions;
  const [name = '', step] = call.args;
  return take(call, findSession(sessions.value, name, step));
}
