/** Answers for models without asking one: shaped by the schema that is wanted. Knows no disk and no network. */
import type { ModelClient } from '../core/claude/model-client.ts';
import { sampleOf } from './commands/sample.ts';

const NOTHING_USED = { input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };

export function fakeModels(): ModelClient {
  return {
    async send(body, hear, _signal, wanted) {
      const text = wanted === undefined ? 'This is a made-up answer.' : JSON.stringify(sampleOf(wanted));
      hear(text);
      const message = {
        id: 'msg_fake',
        model: String(body.model),
        content: [{ type: 'text', text }],
        stop: 'end_turn',
        usage: NOTHING_USED,
      };
      return { kind: 'answered', message, by: 'fake' };
    },
    count: async () => null,
  };
}
