/** A server of the Messages API over loopback, which answers as it is told. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../../src/core/json.ts';

export interface Asked {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: JsonObject;
}

/** How one request is answered. `cuts`: where the bytes of a stream are split; `breaks`: the connection is broken after them. */
export type Reply =
  | {
      readonly stream: string | Uint8Array;
      readonly cuts?: readonly number[];
      readonly breaks?: true;
      readonly pauseMs?: number;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      readonly status: number;
      readonly json?: JsonObject;
      readonly text?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly hangs: true };

export interface MessagesServer {
  readonly url: string;
  readonly asked: Asked[];
  /** How many there have been. */
  connections(): number;
  close(): Promise<void>;
}

/** `reply` gets every request, and its number from 0. */
export async function messagesServer(
  reply: (asked: Asked, index: number) => Reply | Promise<Reply>,
): Promise<MessagesServer> {
  const asked: Asked[] = [];
  const server: Server = createServer((request, response) => {
    void (async () => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of request) chunks.push(chunk as Uint8Array); // a stream of bytes
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}') as JsonObject;
      const one = { path: request.url ?? '', headers: request.headers, body };
      asked.push(one);
      await answer(response, await reply(one, asked.length - 1));
    })();
  });
  let connections = 0;
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on a port
    asked,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(response: ServerResponse, reply: Reply): Promise<void> {
  if ('hangs' in reply) return;
  if ('status' in reply) {
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
    response.end(reply.text ?? JSON.stringify(reply.json ?? {}));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': 'req_1', ...reply.headers });
  const bytes = Buffer.from(reply.stream);
  let from = 0;
  for (const cut of [...(reply.cuts ?? []), bytes.length]) {
    if (cut > from) await new Promise<void>((resolve) => response.write(bytes.subarray(from, cut), () => resolve()));
    from = Math.max(from, cut);
    if (reply.pauseMs !== undefined) await sleep(reply.pauseMs);
    else await new Promise((resolve) => setImmediate(resolve));
  }
  if (reply.breaks) response.destroy();
  else response.end();
}

/** A whole stream of an answer with these blocks. */
export function streamOf(
  content: readonly JsonObject[],
  {
    stop = 'end_turn',
    model = 'claude-sonnet-5-5',
    usage = { input_tokens: 10, output_tokens: 5 },
    details,
  }: {
    readonly stop?: string;
    readonly model?: string;
    readonly usage?: JsonObject;
    readonly details?: JsonObject;
  } = {},
): string {
  const event = (type: string, data: JsonObject): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
  const begin = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
  };
  const blocks = content.map((block, index) => {
    const isText = block.type === 'text';
    const isTool = block.type === 'tool_use';
    const start = isText ? { ...block, text: '' } : isTool ? { ...block, input: {} } : block;
    const delta = isText
      ? { type: 'text_delta', text: block.text ?? '' }
      : { type: 'input_json_delta', partial_json: JSON.stringify(block.input ?? {}) };
    return [
      event('content_block_start', { index, content_block: start }),
      ...(isText || isTool ? [event('content_block_delta', { index, delta })] : []),
      event('content_block_stop', { index }),
    ].join('');
  });
  return [
    event('message_start', { message: { ...begin, usage: { ...usage, output_tokens: 1 } } }),
    ...blocks,
    event('message_delta', {
      delta: { stop_reason: stop, stop_sequence: null, ...(details && { stop_details: details }) },
      usage,
    }),
    event('message_stop', {}),
  ].join('');
}

export function textStream(text: string, more: Parameters<typeof streamOf>[1] = {}): string {
  return streamOf(text === '' ? [] : [{ type: 'text', text }], more);
}
