/** What an agent may call. Knows no model and no server. */
import type { Json, JsonObject } from '../core/json.ts';

export interface Tool {
  /** As the model sees it: 1 to 128 letters, digits, `_` and `-`. */
  readonly name: string;
  readonly description: string;
  /** A JSON Schema; arguments are checked before `call`. */
  readonly inputSchema: JsonObject;
  /** How the model is told of it where it knows such a tool by itself. */
  readonly known?: JsonObject;
  /** Never rejects. */
  call(args: JsonObject, context: ToolContext): Promise<ToolAnswer>;
}
export interface ToolContext {
  /** Names the call among all of the run: the same when it is made again after a crash. */
  readonly call: string;
  readonly signal: AbortSignal;
  /** Of the call, as the model names it. */
  readonly callId?: string;
  progress(line: string): void;
}
export type ToolContent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly mediaType: string; readonly data: string };
export interface ToolAnswer {
  /** `denied`: the permissions do not allow it, and nothing was done. */
  readonly verdict: 'ok' | 'failed' | 'denied';
  readonly content: readonly ToolContent[];
  readonly structured?: Json;
}
