/** Stands before a model: what is longer than a step allows is not sent. Knows no money. */
import type { ModelClient, ModelEnd } from '../../core/claude/model-client.ts';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { AttemptError } from '../../core/run/event.ts';

/** A text has at most a token a byte: it is counted only where that does not say enough. */
export function boundedPrompt(client: ModelClient, maxTokens: number): ModelClient {
  return {
    ...client,
    async send(body, hear, signal, wanted, rates): Promise<ModelEnd> {
      const bytes = Buffer.byteLength(JSON.stringify(body));
      const tokens = bytes <= maxTokens ? bytes : await client.count(body, signal);
      if (tokens === null || tokens > maxTokens)
        return { kind: 'failed', error: tooLong(tokens, bytes, maxTokens), isFree: true };
      return client.send(body, hear, signal, wanted, rates);
    },
  };
}

function tooLong(tokens: number | null, bytes: number, maxTokens: number): AttemptError {
  const size = tokens === null ? `${bytes} bytes, which the API did not count` : `${tokens} tokens`;
  const message = `What is to be sent has ${size}: \`max-prompt-tokens\` allows ${maxTokens}.`;
  const hint = 'Send less, or allow more and look at `giga validate --budget`. Nothing was sent.';
  return { ...problem('STEP_CLAUDE_PROMPT', message, { hint }), retryable: tokens === null };
}
