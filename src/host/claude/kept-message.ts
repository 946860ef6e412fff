/** Reads a message that was kept on disk, where anyone may have changed it. Pure. */
import type { ModelMessage, ModelUsage } from '../../core/claude/model-client.ts';
import { isJsonObject, type Json } from '../../core/json.ts';

/** Null for what is no message. */
export function readMessage(json: Json): ModelMessage | null {
  if (!isJsonObject(json)) return null;
  const { id, model, content, stop, stopDetails, usage } = json;
  if (typeof id !== 'string' || typeof model !== 'string' || !Array.isArray(content)) return null;
  if (!content.every(isJsonObject) || !(stop === null || typeof stop === 'string')) return null;
  return {
    id,
    model,
    content,
    stop,
    ...(typeof stopDetails === 'string' && { stopDetails }),
    usage: usageOf(usage ?? null),
  };
}

function usageOf(usage: Json): ModelUsage {
  const count = (name: keyof ModelUsage): number => {
    const value = isJsonObject(usage) ? usage[name] : null;
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;
  };
  return {
    input: count('input'),
    output: count('output'),
    cacheRead: count('cacheRead'),
    cacheWrite5m: count('cacheWrite5m'),
    cacheWrite1h: count('cacheWrite1h'),
  };
}
