/** Where the API keeps the beginning of a prompt, for calls that begin as this one does. Pure. */
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { ClaudeRequest } from '../../core/plan/claude-request.ts';
import { estimatedTokens } from './estimate.ts';

/** Below it no model keeps anything; some keep less. */
const LEAST_TOKENS = 4_096;

const KEPT: ReadonlySet<string> = new Set(['text', 'image', 'document', 'tool_result']);

/** How long the turns of an agent are kept; null: not at all. */
export function agentTtl({ promptCache }: Pick<ClaudeRequest, 'promptCache'>): '5m' | '1h' | null {
  return promptCache === 'off' ? null : promptCache === '1h' ? '1h' : '5m';
}

/** The content of a message with a mark at its end. */
export function marked(content: readonly JsonObject[], ttl: '5m' | '1h' | null): readonly JsonObject[] {
  const last = content.at(-1);
  if (ttl === null || last === undefined || !KEPT.has(String(last.type))) return content;
  return [...content.slice(0, -1), { ...last, cache_control: markOf(ttl) }];
}

/**
 * A question whose beginning (`system`, files and images) others have as well: it is kept behind that. By itself only where the step is
 * done for several items, and where it is long enough: writing costs a quarter more, and reading a tenth.
 */
export function withSharedKept(
  body: JsonObject,
  { promptCache }: Pick<ClaudeRequest, 'promptCache'>,
  isOneOfMany: boolean,
): JsonObject {
  if (promptCache === undefined || promptCache === 'off') return body;
  const [question, ...more] = Array.isArray(body.messages) ? body.messages : [];
  const content =
    isJsonObject(question) && Array.isArray(question.content) ? question.content.filter(isJsonObject) : [];
  const shared = content.slice(0, -1);
  const tokens = estimatedTokens([body.system ?? '', shared]);
  if (promptCache === 'auto' && !(isOneOfMany && tokens >= LEAST_TOKENS)) return body;
  const ttl = promptCache === '1h' ? '1h' : '5m';
  if (shared.length > 0)
    return {
      ...body,
      messages: [{ ...(question as JsonObject), content: [...marked(shared, ttl), ...content.slice(-1)] }, ...more],
    }; // it has content
  if (typeof body.system !== 'string') return body;
  return { ...body, system: [{ type: 'text', text: body.system, cache_control: markOf(ttl) }] };
}

function markOf(ttl: '5m' | '1h'): Json {
  return ttl === '1h' ? { type: 'ephemeral', ttl } : { type: 'ephemeral' };
}
