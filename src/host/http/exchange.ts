/** One request and its answer, over one connection to an address that was checked. Knows no redirections. */
import type { LookupAddress } from 'node:dns';
import { type Agent, type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import type { LookupFunction } from 'node:net';
import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { HttpHead, HttpHeaders } from '../../core/http.ts';
import { bareObject } from '../../core/json.ts';
import { formatDuration } from '../../core/units.ts';
import { Silence } from './failure.ts';

export interface Exchange {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
  readonly addresses: readonly LookupAddress[];
  readonly signal: AbortSignal;
  /** A connection on which nothing happens for so long is given up. */
  readonly silenceMs: number;
  /** Keeps connections; nobody else uses it, since each is to an address that was checked. Absent: none is kept. */
  readonly agent?: Agent;
}

export interface Answer {
  readonly head: HttpHead;
  /** Decoded; destroyed by whoever stops reading it. */
  readonly body: Readable;
}

const MAX_HEADER_BYTES = 65_536;

/** Resolves when the head of the answer is there. Rejects with what the system says. */
export function exchange(wanted: Exchange): Promise<Answer> {
  const { url, method, headers, body, signal, silenceMs } = wanted;
  const request = url.protocol === 'https:' ? requestSecure : requestPlain;
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(body.length) }) },
      // Nobody else's connection is used, and none is kept: each is to the address that was checked.
      agent: wanted.agent ?? false,
      lookup: pinned(wanted.addresses),
      signal,
      timeout: silenceMs,
      maxHeaderSize: MAX_HEADER_BYTES,
    });
    let answer: IncomingMessage | null = null;
    sent.on('timeout', () => {
      const silence = new Silence(formatDuration(silenceMs));
      answer?.destroy(silence); // else the reader of the body would hear of an abort only
      sent.destroy(silence);
    });
    sent.on('error', reject);
    sent.on('response', (message) => {
      answer = message;
      resolve(answerOf(message, url));
    });
    sent.end(body);
  });
}

function pinned(addresses: readonly LookupAddress[]): LookupFunction {
  return (_host, { all }, done) => {
    const [first] = addresses;
    if (first === undefined) done(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '');
    else if (all === true) done(null, [...addresses]);
    else done(null, first.address, first.family);
  };
}

function answerOf(message: IncomingMessage, url: URL): Answer {
  const head = { status: message.statusCode ?? 0, headers: headersOf(message), url: url.href };
  return { head, body: decoded(message) };
}

function headersOf({ headers }: IncomingMessage): HttpHeaders {
  const given = Object.entries(headers).filter((entry): entry is [string, string | string[]] => entry[1] !== undefined);
  return bareObject<string | readonly string[]>(given);
}

/** Servers may encode an answer though they were not asked to. */
function decoded(message: IncomingMessage): Readable {
  const decoder = decoderOf(message.headers['content-encoding']);
  if (decoder === null) return message;
  pipeline(message, decoder, () => {}); // a failure of either is one of the decoder, which is read
  return decoder;
}

function decoderOf(encoding = ''): ReturnType<typeof createGunzip> | null {
  switch (encoding.trim().toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      return null;
  }
}
