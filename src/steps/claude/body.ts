/** Makes the body of a request to the Messages API. Pure: the same request gives the same body, by which answers are kept. */
import { DEFAULT_MAX_TOKENS, factsOf, type KnownModels } from '../../core/claude/models.ts';
import type { JsonObject } from '../../core/json.ts';
import type { ClaudeRequest } from '../../core/plan/claude-request.ts';

export interface Conversation {
  readonly model: string;
  /** In the shape of the API, a question first. */
  readonly messages: readonly JsonObject[];
}

/** `schema`: that of the answer, as the API takes it. */
export function bodyOf(
  request: ClaudeRequest,
  { model, messages }: Conversation,
  schema: JsonObject | null,
  known?: KnownModels,
): JsonObject {
  const { system, effort, temperature } = request;
  const config = {
    ...(effort === undefined ? {} : { effort }),
    ...(schema === null ? {} : { format: { type: 'json_schema', schema } }),
  };
  return {
    model,
    max_tokens: maxTokensOf(request, model, known),
    ...(temperature === undefined ? {} : { temperature }),
    ...(system === undefined || system === '' ? {} : { system }),
    messages: [...messages],
    ...(Object.keys(config).length === 0 ? {} : { output_config: config }),
  };
}

/** No model is asked for more than it can give: the usual number would be too much for some. */
export function maxTokensOf({ maxTokens }: ClaudeRequest, model: string, known?: KnownModels): number {
  const most = factsOf(model, known)?.maxOutput ?? Number.POSITIVE_INFINITY;
  return Math.min(maxTokens ?? DEFAULT_MAX_TOKENS, most);
}
