/** Talks to the Message Batches API. Never follows an address that an answer names, and never retries. Knows no steps. */
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type Anthropic from '@anthropic-ai/sdk';
import type { BatchClient, BatchReply, BatchState } from '../../core/claude/batch-client.ts';
import type { ModelEnd } from '../../core/claude/model-client.ts';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { Clock } from '../../core/ports.ts';
import { type ClaudeClientOptions, createSdk, messageOf, noKey, seen } from './client.ts';
import { errorOfType, failureOf } from './failure.ts';

/** The results of the largest batch; of a longer one nothing is taken. */
const MAX_RESULTS_BYTES = 4 * 1_073_741_824;
const SHORT_TIMEOUT_MS = 60_000;
/** A batch of hundreds of megabytes takes its time on the way. */
const CREATE_TIMEOUT_MS = 600_000;
const MOST_LISTED = 1_000;

export function createBatchClient({ apiKey, baseUrl, clock }: ClaudeClientOptions): BatchClient {
  const sdk = createSdk({ apiKey, baseUrl }, MAX_RESULTS_BYTES);
  const { batches } = sdk.messages;
  const asked = <T>(ask: () => Promise<T>) => reply(apiKey, { baseUrl, clock }, ask);
  return {
    create: (calls) =>
      asked(async () => {
        const requests = calls.map(({ id, body }) => ({ custom_id: id, params: body }));
        const params = { requests } as unknown as Anthropic.Messages.BatchCreateParams; // in its shape
        return stateOf(await batches.create(params, { timeout: CREATE_TIMEOUT_MS }));
      }),
    look: (batch) => asked(async () => stateOf(await batches.retrieve(batch, {}, { timeout: SHORT_TIMEOUT_MS }))),
    list: (sinceMs) =>
      asked(async () => {
        const found: BatchState[] = [];
        for await (const one of batches.list({ limit: 100 }, { timeout: SHORT_TIMEOUT_MS })) {
          const state = stateOf(one);
          if (state.createdMs < sinceMs || found.length >= MOST_LISTED) break; // the latest come first
          found.push(state);
        }
        return found;
      }),
    results: (batch, take) =>
      asked(async () => {
        const response = await sdk.get(`/v1/messages/batches/${encodeURIComponent(batch)}/results`).asResponse();
        if (response.body === null) return null;
        const lines = createInterface({
          input: Readable.fromWeb(response.body),
          crlfDelay: Infinity,
        });
        for await (const line of lines) {
          if (line.trim() === '') continue;
          const one = JSON.parse(line) as Anthropic.Messages.MessageBatchIndividualResponse; // read with care below
          if (typeof one.custom_id === 'string') take(one.custom_id, endOf(one.result));
        }
        return null;
      }),
    async cancel(batch) {
      await asked(() => batches.cancel(batch, {}, { timeout: SHORT_TIMEOUT_MS }));
    },
  };
}

async function reply<T>(
  apiKey: string | null,
  { baseUrl, clock }: { readonly baseUrl: string; readonly clock: Clock },
  ask: () => Promise<T>,
): Promise<BatchReply<T>> {
  if (apiKey === null) return { ok: false, error: noKey(), isGone: false, isUnsure: false };
  try {
    return { ok: true, value: await ask() };
  } catch (error) {
    const what = seen(error);
    const failure = failureOf(what, { hasBegun: false, isSilent: false, nowMs: clock.wallMs(), baseUrl });
    return { ok: false, error: failure.error, isGone: what.status === 404, isUnsure: what.status === undefined };
  }
}

function stateOf({ id, created_at: created, processing_status: status, request_counts: counts }: Seen): BatchState {
  if (typeof id !== 'string' || !/^[\w-]{1,128}$/.test(id)) throw new Error('the batch has no id');
  const done = counts.succeeded + counts.errored + counts.canceled + counts.expired;
  return { id, createdMs: Date.parse(created), hasEnded: status === 'ended', total: done + counts.processing, done };
}
type Seen = Anthropic.Messages.MessageBatch;

/** A result as an end of a call; what was not generated is free. */
function endOf(result: Anthropic.Messages.MessageBatchResult): ModelEnd {
  switch (result?.type) {
    case 'succeeded':
      return { kind: 'answered', message: messageOf(result.message) };
    case 'errored': {
      const { type, message } = result.error.error;
      return { kind: 'failed', isFree: true, error: errorOfType(type, `The API answered in the batch: ${message}`) };
    }
    case 'expired':
      return free('The call was not begun within the 24 hours that a batch has.', true);
    case 'canceled':
      return free('The batch was cancelled before the call was begun.', false);
    default:
      return {
        kind: 'failed',
        isFree: false,
        error: problem('STEP_CLAUDE_BATCH', 'The result is none that giga knows.'),
      };
  }
}

function free(message: string, retryable: boolean): ModelEnd {
  return { kind: 'failed', isFree: true, error: { ...problem('STEP_CLAUDE_BATCH', message), retryable } };
}
