/** The request of the step type `claude`: what an ActionNode with `action: 'claude'` evaluates to. */
import type { Effort } from '../claude/models.ts';
import type { Template } from '../expr/ast.ts';
import { FILE_PART, shortHash } from '../fingerprint.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import type { AgentRequest } from './agent-request.ts';
import type { McpServer } from './mcp-request.ts';
import type { InputSpec } from './plan.ts';

export interface ClaudeRequest {
  readonly prompt: string;
  readonly system?: string;
  /** Absent: that of the configuration, or `DEFAULT_MODEL`. */
  readonly model?: string;
  /** Who is asked, in order, when the one before refused, is overloaded or not there. */
  readonly fallback: readonly string[];
  readonly effort?: Effort;
  readonly temperature?: number;
  readonly maxTokens?: number;
  /** Of all that is sent in one call; a longer one is not sent. */
  readonly maxPromptTokens?: number;
  /** A JSON Schema of the answer, which is then a value and no text. */
  readonly output?: JsonObject;
  /** Tries to mend an answer that does not satisfy the schema. */
  readonly repair: number;
  /** Files that are put before the prompt, as text or PDF, and images: paths or globs relative to `cwd`. */
  readonly files: readonly string[];
  readonly images: readonly string[];
  /** The file that the prompt is made of, and what it is given. */
  readonly promptFile?: PromptFile;
  readonly with?: JsonObject;
  /** The conversation that goes on, and the step that it is of; without a step, null where there is none yet. */
  readonly continues?: { readonly session: string | null; readonly step?: string };
  /** `off`: an answer that was given before is not taken again. */
  readonly cache: 'auto' | 'off';
  /**
   * How long the API keeps the beginning of a prompt. `auto`: giga decides, since it is the same for all items. Absent: an agent's turns are
   * kept, single questions are not.
   */
  readonly promptCache?: 'auto' | '5m' | '1h' | 'off';
  /** `auto`: many calls that are ready at once are sent as a batch; `always`: also a few are. */
  readonly batch?: 'auto' | 'always';
  /** Of an agent. */
  readonly agent?: AgentRequest;
  /** Whose tools it calls, too. */
  readonly servers?: readonly McpServer[];
  /** Relative to the workspace root, or absolute; '' is the root. */
  readonly cwd: string;
}

/** A Markdown file with `${{ inputs.NAME }}` in its text, as it was read for the plan. */
export interface PromptFile {
  /** Relative to the workspace root. */
  readonly path: string;
  /** Short digests of its lines, to say which one changed. */
  readonly lines: string;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  readonly prompt: Template;
  readonly system?: Template;
}

/** Tries to mend an answer when `repair` says nothing, and the most that it may say. */
export const USUAL_REPAIR = 2;
export const MAX_REPAIR = 10;

/** Lines of a prompt that are told apart. */
const MAX_LINES = 400;
/** Digits of a line's digest: enough to find the first that changed, and no proof. */
const DIGITS = 4;

/** Short digests of the lines of a text; of a very long one, of its first lines. */
export function linesOf(text: string): string {
  const lines = text.split('\n', MAX_LINES);
  return lines.map((line) => shortHash(line.trimEnd()).slice(0, DIGITS)).join('.');
}

/** As parts of a fingerprint, for explanations only: the text itself is part of the definition. */
export function promptNotes(request: Json): Record<string, string> {
  const file = isJsonObject(request) ? request.promptFile : undefined;
  if (!isJsonObject(file ?? null)) return {};
  const { path, lines } = file as JsonObject; // as was just seen
  return { [`${FILE_PART}${String(path)}`]: String(lines) };
}
