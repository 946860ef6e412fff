/** A conversation with a model, in the shapes of the Messages API, and the port by which it is continued. Knows no HTTP. */
import type { ModelMessage } from '../../core/claude/model-client.ts';
import type { JsonObject } from '../../core/json.ts';
import type { AttemptError } from '../../core/run/event.ts';

/** A content block: `text`, `thinking`, `tool_use`, `tool_result` … What is not known here is kept as it is. */
export type Block = JsonObject & { readonly type: string };

export interface Message {
  readonly role: 'user' | 'assistant';
  readonly content: readonly Block[];
}

export interface Conversation {
  /** Who is asked. */
  readonly model: string;
  readonly messages: readonly Message[];
  /** As the API takes them. */
  readonly tools: readonly JsonObject[];
  /** By all that is known it is too long, and nothing more can be left out: it is counted before it is sent. */
  readonly isLong?: true;
}

export type ModelAnswer =
  | { readonly kind: 'answered'; readonly message: ModelMessage }
  | { readonly kind: 'failed'; readonly error: AttemptError };

/** One answer of a model to a conversation. Never rejects. What it costs is its own business. */
export interface Model {
  ask(conversation: Conversation, signal: AbortSignal): Promise<ModelAnswer>;
}
