/** What a model says over loopback, and what it was told: for tests of agents. */
import type { JsonObject } from '../../src/core/json.ts';
import { type MessagesServer, type Reply, streamOf } from '../host/claude/messages-server.ts';

export function messagesIn(body: JsonObject): readonly JsonObject[] {
  return Array.isArray(body.messages) ? (body.messages as readonly JsonObject[]) : []; // giga sent them
}

/** Answers that are in a conversation. */
export function turnsIn(body: JsonObject): number {
  return messagesIn(body).filter(({ role }) => role === 'assistant').length;
}

export function calls(...asked: readonly (readonly [name: string, input: JsonObject])[]): Reply {
  const blocks = asked.map(
    ([name, input], index): JsonObject => ({ type: 'tool_use', id: `toolu_${name}_${index}`, name, input }),
  );
  return { stream: streamOf([{ type: 'text', text: 'Let me see.' }, ...blocks], { stop: 'tool_use' }) };
}

export function says(text: string): Reply {
  return { stream: streamOf([{ type: 'text', text }]) };
}

/** What the model was told last. */
export function toldBy(server: MessagesServer): string {
  return JSON.stringify(messagesIn(server.asked.at(-1)?.body ?? {}).at(-1) ?? null);
}
