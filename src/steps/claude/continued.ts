/** What a step goes on with of the conversation of another one. Knows transcripts, no models and no disk. */
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import type { JsonObject } from '../../core/json.ts';
import type { ClaudeRequest } from '../../core/plan/claude-request.ts';
import type { Sessions } from '../../core/sessions.ts';
import type { Block, Message } from './conversation.ts';
import { withoutThoughts } from './fallback.ts';
import { type Standing, standingOf } from './transcript.ts';
import { ANSWERED, SESSION_NAME } from './transcript-writer.ts';

/** A conversation that came to an answer. */
export interface Before {
  readonly session: string;
  readonly model: string | null;
  readonly system?: string;
  readonly standing: Standing;
}

/** The conversation that a request names; null where it names none, and begins its own. */
export async function conversationBefore(
  sessions: Sessions,
  continues: ClaudeRequest['continues'],
): Promise<Result<Before | null>> {
  if (continues === undefined) return { ok: true, value: null };
  const { session, step } = continues;
  if (session === null && step === undefined) return { ok: true, value: null }; // the first iteration of a loop
  if (typeof session !== 'string' || !SESSION_NAME.test(session)) return refuse(none(String(step)));
  const opened = await sessions.open(session);
  if (!opened.ok) return opened;
  const standing = standingOf(opened.value.lines);
  opened.value.close();
  if (standing === null || standing.messages.length === 0) return refuse(lost(session));
  if (standing.ended !== ANSWERED) return refuse(unanswered(session, standing.ended));
  const { system } = standing.opening ?? {};
  const model = standing.model ?? standing.opening?.model ?? null;
  return { ok: true, value: { session, model, standing, ...(system === undefined ? {} : { system }) } };
}

/** What was said, for this model: thoughts are bound to the one that had them. */
export function saidTo(model: string, { standing }: Before): readonly Message[] {
  const { sent: messages, opening, models } = standing;
  const speakers = standing.model === null ? [opening?.model ?? null, ...models] : [standing.model];
  const isSame = speakers.every((one) => one !== null && undated(one) === undated(model));
  return isSame ? messages : withoutThoughts(messages);
}

/** `claude-sonnet-4-5-20250929` is a `claude-sonnet-4-5`. */
function undated(model: string): string {
  return model.replace(/-\d{8}$/, '');
}

/** The API wants a definition of each tool that was called; of those that are not there any more it says so. */
export function goneTools(said: readonly Message[], here: readonly JsonObject[]): readonly JsonObject[] {
  const known = new Set(here.map(({ name }) => name));
  const called = said.flatMap(({ content }) => content.flatMap(nameOfCall));
  return [...new Set(called)]
    .filter((name) => !known.has(name))
    .map((name) => ({ name, description: 'No longer there: calls of it fail.', input_schema: { type: 'object' } }));
}

function nameOfCall({ type, name }: Block): readonly string[] {
  return type === 'tool_use' && typeof name === 'string' ? [name] : [];
}

function refuse(diagnostic: Diagnostic): Result<never> {
  return { ok: false, diagnostics: [{ ...diagnostic, ...NEVER }] };
}

/** Another attempt would find the same. */
const NEVER = { retryable: false };

function none(step: string): Diagnostic {
  return problem('STEP_NO_SESSION', `The step \`${step}\` has no conversation that could go on.`, {
    hint: `It was skipped, or failed. Let this step need its success: leave \`when\` and \`continue-on-error\` out.`,
  });
}

function unanswered(session: string, ended: string | null): Diagnostic {
  const why = ended === null ? 'has not come to its end' : `ended with ${ended}`;
  return problem('STEP_NO_SESSION', `The conversation \`${session}\` ${why}: there is no answer to go on from.`, {
    hint: 'Only a conversation that came to an answer can go on in another step.',
  });
}

function lost(session: string): Diagnostic {
  return problem('STEP_SESSION_LOST', `The conversation \`${session}\` is not there any more, or is damaged.`, {
    hint: 'Run the step anew whose conversation it is: `giga resume --from STEP`.',
  });
}
