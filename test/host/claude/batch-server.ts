/** A server of the Messages API over loopback that takes batches, and single calls beside them. */
import type { JsonObject } from '../../../src/core/json.ts';
import { type Asked, type MessagesServer, messagesServer, type Reply, textStream } from './messages-server.ts';

export interface MadeBatch {
  readonly id: string;
  readonly createdAt: string;
  readonly requests: readonly { readonly custom_id: string; readonly params: JsonObject }[];
  looks: number;
  hasEnded: boolean;
  isCancelled: boolean;
}

export interface BatchServer extends MessagesServer {
  readonly made: MadeBatch[];
  /** Calls that were sent by themselves. */
  readonly singles: Asked[];
}

export interface BatchServerOptions {
  /** So many looks and a batch is done; null: never by itself. */
  readonly looks?: number | null;
  /** What becomes of a call. */
  readonly result?: (params: JsonObject, batch: MadeBatch) => JsonObject;
  /** How the making of one is answered; undefined: as usual. */
  readonly created?: (batch: MadeBatch) => Reply | undefined;
  /** Stands before all of it; undefined: it goes on as usual. */
  readonly before?: (
    asked: Asked,
    server: { readonly made: MadeBatch[] },
  ) => Reply | undefined | Promise<Reply | undefined>;
}

export function message(
  text: string,
  usage: JsonObject = { input_tokens: 10, output_tokens: 5 },
  stop = 'end_turn',
): JsonObject {
  const content = text === '' ? [] : [{ type: 'text', text }];
  return {
    id: 'msg_b',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-5-5',
    content,
    stop_reason: stop,
    stop_sequence: null,
    usage,
  };
}

/** The last text of a question. */
export function promptOf({ messages }: JsonObject): string {
  const last = Array.isArray(messages) ? (messages.at(-1) as JsonObject) : {}; // of our own making
  return JSON.stringify(last.content ?? '');
}

export async function batchServer({
  looks = 1,
  result,
  created,
  before,
}: BatchServerOptions = {}): Promise<BatchServer> {
  const made: MadeBatch[] = [];
  const singles: Asked[] = [];
  const shown = (one: MadeBatch): JsonObject => {
    const total = one.requests.length;
    const counts = { canceled: 0, errored: 0, expired: 0 };
    return {
      id: one.id,
      type: 'message_batch',
      processing_status: one.hasEnded ? 'ended' : 'in_progress',
      request_counts: { ...counts, processing: one.hasEnded ? 0 : total, succeeded: one.hasEnded ? total : 0 },
      created_at: one.createdAt,
      expires_at: one.createdAt,
      ended_at: null,
      archived_at: null,
      cancel_initiated_at: null,
      results_url: one.hasEnded ? 'https://elsewhere.example/results' : null,
    };
  };
  const server = await messagesServer(async (asked): Promise<Reply> => {
    const first = await before?.(asked, { made });
    if (first !== undefined) return first;
    const { path, body } = asked;
    if (path.includes('count_tokens')) return { status: 200, json: { input_tokens: 10 } };
    if (path === '/v1/messages') {
      singles.push(asked);
      return { stream: textStream('one') };
    }
    if (Array.isArray(body.requests)) {
      const one: MadeBatch = {
        id: `msgbatch_${made.length + 1}`,
        createdAt: new Date().toISOString(),
        requests: body.requests, // what giga sends
        looks: 0,
        hasEnded: false,
        isCancelled: false,
      };
      made.push(one);
      return created?.(one) ?? { status: 200, json: shown(one) };
    }
    const [, id, rest] = /^\/v1\/messages\/batches\/([^/?]+)(?:\/(\w+))?/.exec(path) ?? [];
    if (id === undefined)
      return {
        status: 200,
        json: { data: made.toReversed().map(shown), has_more: false, first_id: null, last_id: null },
      };
    const one = made.find((batch) => batch.id === id);
    if (one === undefined)
      return { status: 404, json: { type: 'error', error: { type: 'not_found_error', message: 'Not found.' } } };
    if (rest === 'cancel') one.isCancelled = true;
    if (rest !== 'results') {
      one.looks++;
      if (looks !== null && one.looks >= looks) one.hasEnded = true;
      return { status: 200, json: shown(one) };
    }
    const lines = one.requests.map(({ custom_id: call, params }) =>
      JSON.stringify({
        custom_id: call,
        result: result?.(params, one) ?? { type: 'succeeded', message: message('many') },
      }),
    );
    return { status: 200, text: `${lines.toReversed().join('\n')}\n` };
  });
  return { ...server, made, singles };
}
