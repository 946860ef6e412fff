/** The port by which steps talk to servers. Knows what is asked and how it can end, no sockets. */
import type { AttemptError } from './run/event.ts';

/** Names in lower case; `set-cookie` is a list. */
export type HttpHeaders = Readonly<Record<string, string | readonly string[]>>;

export interface HttpHead {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** Where the answer came from, after redirections. */
  readonly url: string;
}

/** Takes a body as it comes, already decoded. What it gives ends the exchange: the body is too large, or the disk is full. */
export interface BodySink {
  write(chunk: Uint8Array): Promise<AttemptError | null>;
}

export interface HttpCall {
  readonly url: string;
  readonly method: string;
  /** Sent to the first server as they are; a redirection elsewhere takes only those along that say nothing of the caller. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Hosts that may be talked to; null: all that are public. */
  readonly net: readonly string[] | null;
  /** Hosts that may have private addresses. */
  readonly named: readonly string[];
  /** Whether a redirection is the answer, and not followed. */
  readonly keepsRedirect: (status: number) => boolean;
  readonly sink: (head: HttpHead) => BodySink;
}

export type HttpEnd =
  | { readonly kind: 'answered'; readonly head: HttpHead }
  | { readonly kind: 'failed'; readonly error: AttemptError };

export interface HttpClient {
  /** Never rejects. An abort ends it at once. */
  send(call: HttpCall, signal: AbortSignal): Promise<HttpEnd>;
}
