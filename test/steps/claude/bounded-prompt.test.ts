/** What a step may send: a prompt that is too long is not sent, and one of which nobody knows how long it is, neither. */
import { expect, test } from 'vitest';
import type { ModelClient } from '../../../src/core/claude/model-client.ts';
import { boundedPrompt } from '../../../src/steps/claude/bounded-prompt.ts';

const USAGE = { input: 1, output: 1, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };

async function ask(prompt: string, counted: number | null) {
  const seen: string[] = [];
  const client: ModelClient = {
    async send() {
      seen.push('sent');
      return { kind: 'answered', message: { id: 'm', model: 'm', content: [], stop: 'end_turn', usage: USAGE } };
    },
    async count() {
      seen.push('counted');
      return counted;
    },
  };
  const body = { messages: [{ role: 'user', content: prompt }] };
  const end = await boundedPrompt(client, 200).send(body, () => {}, new AbortController().signal);
  return [end.kind === 'failed' ? [end.error.code, end.error.retryable, end.isFree] : end.kind, seen];
}

test.each([
  ['short is sent without being counted', 'x', null, ['answered', ['sent']]],
  ['long, but of few tokens, is sent', 'x'.repeat(300), 200, ['answered', ['counted', 'sent']]],
  ['too long is not sent', 'x'.repeat(300), 201, [['STEP_CLAUDE_PROMPT', false, true], ['counted']]],
  [
    'of unknown length is not sent, and may be tried again',
    'x'.repeat(300),
    null,
    [['STEP_CLAUDE_PROMPT', true, true], ['counted']],
  ],
] as const)('what is %s', async (_what, prompt, counted, expected) => {
  expect(await ask(prompt, counted)).toEqual(expected);
});
