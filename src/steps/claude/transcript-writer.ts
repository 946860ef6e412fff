/** The conversation of one agent while it goes on: what was said, and its lines on disk. Knows no model and no tools. */
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import { isJsonObject, type JsonObject, sha256 } from '../../core/json.ts';
import type { AttemptWork } from '../../core/run/effect.ts';
import type { Session, Sessions } from '../../core/sessions.ts';
import { type Standing, standingOf, withLine } from './transcript.ts';

export interface Transcript {
  readonly name: string;
  standing(): Standing;
  /** Resolves once the lines are on disk, with what stands against it. Lines count in the order in which they are added. */
  add(lines: readonly JsonObject[]): Promise<Diagnostic | null>;
  close(): void;
}

export type OpenedTranscript =
  | { readonly ok: true; readonly transcript: Transcript; readonly isNew: boolean }
  | { readonly ok: false; readonly error: Diagnostic };

/**
 * The conversation that an earlier attempt did not bring to its end, or a new one. What the journal says was said must be there.
 */
export async function openTranscript(sessions: Sessions, work: AttemptWork): Promise<OpenedTranscript> {
  const before = lastSession(work.news ?? []);
  const name = before?.name ?? sessionName(work.stepKey, work.attempt);
  const opened = await sessions.open(name);
  if (!opened.ok) return { ok: false, error: opened.diagnostics[0] ?? lost(name, 'cannot be read') };
  const session = opened.value;
  const standing = standingOf(session.lines);
  const fault = standing === null ? 'is damaged' : missing(standing, before);
  if (standing === null || fault !== null) {
    session.close();
    return { ok: false, error: lost(name, fault ?? 'is damaged') };
  }
  return { ok: true, transcript: writer(name, session, standing), isNew: before === null };
}

function missing(standing: Standing, before: Known | null): string | null {
  if (before === null) return null;
  return standing.said < before.messages ? 'is shorter than the journal says' : null;
}

function writer(name: string, session: Session, from: Standing): Transcript {
  let standing = from;
  return {
    name,
    standing: () => standing,
    async add(lines) {
      for (const line of lines) {
        const next = withLine(standing, line);
        if (next === null) throw new Error(`Bug: \`${String(line.kind)}\` cannot stand here in a transcript`);
        standing = next;
      }
      return session.append(lines);
    },
    close: () => session.close(),
  };
}

interface Known {
  readonly name: string;
  /** That it must hold at least. */
  readonly messages: number;
}

/** The conversation that goes on, by what earlier attempts noted; null where a new one begins. */
function lastSession(news: readonly JsonObject[]): Known | null {
  let known: Known | null = null;
  let isAnswered = false;
  for (const { kind, session, messages, why } of news.filter(isJsonObject)) {
    // Its answer was taken, and was not enough, or something after it failed: another try asks anew.
    if (kind === 'attempt-ended' && isAnswered) known = null;
    if (typeof session !== 'string' || !SESSION_NAME.test(session)) continue;
    isAnswered = kind === 'session-ended' && why === ANSWERED;
    if (kind === 'session-ended' && !isAnswered) known = null;
    if (kind === 'session-began') known = { name: session, messages: 1 };
    if (kind === 'turn-ended') known = { name: session, messages: typeof messages === 'number' ? messages : 1 };
  }
  return known;
}

/** Why a conversation ended that came to an answer. */
export const ANSWERED = 'answered';

export const SESSION_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$/;

/** The same for the same attempt, also in another process: what was said before a crash is found again. */
export function sessionName(stepKey: string, attempt: number): string {
  const plain = stepKey
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 80);
  return `${plain}-${sha256(stepKey).slice(0, 8)}.${attempt}`;
}

function lost(name: string, why: string): Diagnostic {
  return problem('STEP_SESSION_LOST', `The conversation \`${name}\` ${why}.`, {
    hint: 'Look at what the agent has done, then begin the step anew: `giga resume --from STEP`.',
  });
}
