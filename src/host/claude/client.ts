/** Talks to the Messages API through the official client: one stream an answer, nothing retried here. Knows no steps. */
import Anthropic, { APIConnectionError, APIError, APIUserAbortError } from '@anthropic-ai/sdk';
import { MessageStream } from '@anthropic-ai/sdk/lib/MessageStream';
import { transformJSONSchema } from '@anthropic-ai/sdk/lib/transform-json-schema';
import type { ModelClient, ModelEnd, ModelMessage } from '../../core/claude/model-client.ts';
import type { Levels } from '../../core/claude/rate-lane.ts';
import type { RateListener } from '../../core/claude/turn-taker.ts';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Clock } from '../../core/ports.ts';
import type { AttemptError } from '../../core/run/event.ts';
import { failureOf } from './failure.ts';
import { levelsIn } from './rate-headers.ts';

export interface ClaudeClientOptions {
  /** Null: nothing is sent. */
  readonly apiKey: string | null;
  /** Absolute. From the environment alone: a file of the repository could have the key sent elsewhere. */
  readonly baseUrl: string;
  readonly clock: Clock;
}

export const USUAL_BASE_URL = 'https://api.anthropic.com';

/** Nothing came for so long: also a slow answer has its pings. */
const SILENCE_MS = 120_000;
/** No answer has so many bytes on the line; an endless one is cut. */
const MAX_ANSWER_BYTES = 64 * 1_048_576;

/** The official client, which retries nothing, takes no more than so many bytes and follows no redirection. */
export function createSdk({ apiKey, baseUrl }: Omit<ClaudeClientOptions, 'clock'>, maxBytes: number): Anthropic {
  return new Anthropic({
    apiKey: apiKey ?? '',
    authToken: null,
    baseURL: baseUrl,
    maxRetries: 0,
    timeout: SILENCE_MS,
    logLevel: 'off',
    fetch: boundedTo(maxBytes),
  });
}

export function createClaudeClient({ apiKey, baseUrl, clock }: ClaudeClientOptions): ModelClient {
  const sdk = createSdk({ apiKey, baseUrl }, MAX_ANSWER_BYTES);
  // The client's own `messages` writes to the terminal what it thinks of old models.
  const quiet = {
    create: (params: Anthropic.MessageCreateParams, more?: Anthropic.RequestOptions) =>
      sdk.post('/v1/messages', { ...more, body: params, stream: true }),
  } as unknown as Anthropic.Messages; // the stream asks for nothing else
  return {
    async send(body, hear, signal, _wanted, rates): Promise<ModelEnd> {
      if (apiKey === null) return { kind: 'failed', error: noKey(), isFree: true };
      const stop = new AbortController();
      const silence = watch(clock, () => stop.abort());
      const both = AbortSignal.any([signal, stop.signal]);
      const inputs = makeInputs();
      let hasBegun = false;
      try {
        const stream = MessageStream.createMessage(quiet, body as unknown as Anthropic.MessageCreateParamsStreaming, {
          signal: both,
        }); // in its shape
        stream.on('connect', () => rates?.hear(levelsIn(stream.response?.headers, clock.wallMs())));
        stream.on('streamEvent', (event) => {
          hasBegun = true;
          silence.heard();
          inputs.add(event);
          hear(textOf(event));
        });
        const message = await stream.finalMessage();
        if (message.stop_reason !== 'max_tokens') inputs.check(); // a cut answer says so itself
        return { kind: 'answered', message: messageOf(message) };
      } catch (error) {
        const isSilent = stop.signal.aborted && !signal.aborted;
        const nowMs = clock.wallMs();
        const failure = failureOf(seen(error), { hasBegun, isSilent, nowMs, baseUrl });
        tellRates(rates, failure.error, levelsIn(seen(error).headers, nowMs));
        return { kind: 'failed', ...failure };
      } finally {
        silence.end();
      }
    },
    async count(body, signal): Promise<number | null> {
      if (apiKey === null) return null;
      const { max_tokens: _maxTokens, ...asked } = body;
      try {
        const { input_tokens: tokens } = await sdk.messages.countTokens(
          asked as unknown as Anthropic.MessageCountTokensParams, // in its shape
          { signal, timeout: COUNT_TIMEOUT_MS },
        );
        return Number.isSafeInteger(tokens) && tokens >= 0 ? tokens : null;
      } catch {
        return null; // then there is an estimate
      }
    },
  };
}

/** Who is told to come back later is so together with all others. */
function tellRates(rates: RateListener | undefined, { code, retryAfterMs }: AttemptError, levels: Levels): void {
  const afterMs = retryAfterMs ?? null;
  if (code === 'STEP_CLAUDE_RATE_LIMIT') rates?.pushBack(levels, { why: 'limit', afterMs });
  else if (code === 'STEP_CLAUDE_OVERLOADED') rates?.pushBack(levels, { why: 'overload', afterMs });
  else if (code !== 'STEP_CLAUDE_CONNECTION' && code !== 'STEP_CLAUDE_CUT') rates?.hear(levels);
}

function textOf(event: Anthropic.MessageStreamEvent): string {
  return event.type === 'content_block_delta' && event.delta.type === 'text_delta' ? event.delta.text : '';
}

interface Inputs {
  add(event: Anthropic.MessageStreamEvent): void;
  /** Throws for arguments that are not whole. */
  check(): void;
}

/** The arguments of tools, which the client mends where they are cut: half of a command must never be taken for one. */
function makeInputs(): Inputs {
  const texts = new Map<number, string>();
  return {
    add(event) {
      if (event.type !== 'content_block_delta' || event.delta.type !== 'input_json_delta') return;
      texts.set(event.index, (texts.get(event.index) ?? '') + event.delta.partial_json);
    },
    check() {
      for (const text of texts.values()) if (text.trim() !== '') JSON.parse(text);
    },
  };
}

const COUNT_TIMEOUT_MS = 20_000;

/** The part of a schema that the API takes; what it leaves out stands in descriptions. Throws for what it cannot hold. */
export function apiSchema(schema: JsonObject): JsonObject {
  return transformJSONSchema(schema);
}

/** A redirection could take the key elsewhere, and an answer without end all memory. */
function boundedTo(maxBytes: number): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, { ...init, redirect: 'error' });
    if (response.body === null) return response;
    let left = maxBytes;
    const body = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          left -= chunk.length;
          if (left < 0) controller.error(new Error(`more than ${maxBytes} bytes`));
          else controller.enqueue(chunk);
        },
      }),
    );
    return new Response(body, { status: response.status, statusText: response.statusText, headers: response.headers });
  };
}

interface Watch {
  heard(): void;
  end(): void;
}

function watch(clock: Clock, silent: () => void): Watch {
  let takeBack = clock.after(SILENCE_MS, silent);
  return {
    heard() {
      takeBack();
      takeBack = clock.after(SILENCE_MS, silent);
    },
    end: () => takeBack(),
  };
}

export function messageOf({
  id,
  model,
  content,
  stop_reason: stop,
  stop_details: details,
  usage,
}: Anthropic.Message): ModelMessage {
  const written = usage.cache_creation;
  const hour = written?.ephemeral_1h_input_tokens ?? 0;
  return {
    id,
    model,
    // Blocks are plain JSON; what the client adds to them the API does not take back.
    content: content
      .map((block) => ({ ...(block as unknown as JsonObject), parsed_output: undefined }))
      .map(withoutAbsent),
    stop,
    ...(typeof details?.explanation === 'string' && { stopDetails: details.explanation }),
    usage: {
      input: usage.input_tokens,
      output: usage.output_tokens,
      cacheRead: usage.cache_read_input_tokens ?? 0,
      cacheWrite5m: Math.max(0, (usage.cache_creation_input_tokens ?? 0) - hour),
      cacheWrite1h: hour,
    },
  };
}

function withoutAbsent(block: Readonly<Record<string, unknown>>): JsonObject {
  return JSON.parse(JSON.stringify(block)) as JsonObject; // it was JSON on the line
}

/** What is known of an error of the client, without its classes. */
export function seen(error: unknown) {
  const isApi = error instanceof APIError;
  return {
    isConnection: error instanceof APIConnectionError && !(error instanceof APIUserAbortError),
    status: isApi ? (error.status as number | undefined) : undefined, // a number where there was an answer
    type: isApi ? error.type : null,
    apiMessage: isApi ? error.apiMessage : null,
    headers: isApi ? (error.headers as Headers | undefined) : undefined, // those of that answer
    message: causeOf(error),
  };
}
export type SeenError = ReturnType<typeof seen>;

/** The system's own word stands at the bottom. */
function causeOf(error: unknown): string {
  let at = error;
  for (let depth = 0; depth < 8 && at instanceof Error && at.cause instanceof Error; depth++) at = at.cause;
  if (!(at instanceof Error)) return String(at);
  const code = 'code' in at && typeof at.code === 'string' ? at.code : '';
  return code === '' || at.message.includes(code) ? at.message : `${code}: ${at.message}`;
}

export function noKey() {
  return {
    ...problem('STEP_CLAUDE_KEY', 'The environment variable ANTHROPIC_API_KEY is not set.', {
      hint: 'Set it where giga is started, or try the workflow with `giga run --fake`.',
    }),
    retryable: false,
  };
}
