/** The request of the step type `claude`: what an ActionNode with `action: 'claude'` evaluates to. */
import type { Effort } from '../claude/models.ts';
import type { Json, JsonObject } from '../json.ts';
import type { AgentRequest } from './agent-request.ts';
import type { McpServer } from './mcp-request.ts';

export interface ClaudeRequest {
  readonly prompt: string;
  readonly system?: string;
  /** Absent: that of the configuration, or `DEFAULT_MODEL`. */
  readonly model?: string;
  /** Who is asked, in order, when the one before refused, is overloaded or not there. */
  readonly fallback: readonly string[];
  readonly effort?: Effort;
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
  /** Of a prompt file: what it was given, and what its frontmatter says of it. */
  readonly given?: { readonly values: JsonObject; readonly inputs: Readonly<Record<string, Json>> };
  /** `off`: an answer that was given before is not taken again. */
  readonly cache: 'auto' | 'off';
  /** `auto`: many calls that are ready at once are sent as a batch; `always`: also a few are. */
  readonly batch?: 'auto' | 'always';
  /** Of an agent. */
  readonly agent?: AgentRequest;
  /** Whose tools it calls, too. */
  readonly servers?: readonly McpServer[];
  /** Relative to the workspace root, or absolute; '' is the root. */
  readonly cwd: string;
}

/** Tries to mend an answer when `repair` says nothing, and the most that it may say. */
export const USUAL_REPAIR = 2;
export const MAX_REPAIR = 10;
