/** Talks to servers with nothing but what Node has: follows redirections, each checked like the first address. Knows no steps. */
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { HttpCall, HttpClient, HttpEnd, HttpHead } from '../../core/http.ts';
import { plainHost } from '../../core/net/hosts.ts';
import type { AttemptError } from '../../core/run/event.ts';
import { type Answer, exchange } from './exchange.ts';
import { failureOf, hopeless } from './failure.ts';
import { guard, type Resolve, systemResolve } from './guard.ts';

export interface HttpClientOptions {
  /** A connection on which nothing happens for so long is given up. Default: 2 minutes, in ms. */
  readonly silenceMs?: number;
  readonly resolve?: Resolve;
}

const SILENCE_MS = 120_000;
const MAX_REDIRECTS = 5;
const MAX_URL_CHARACTERS = 16_384;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Headers that say nothing of who calls, and may go to another server. */
const CARRIED: ReadonlySet<string> = new Set(['accept', 'accept-language', 'content-type', 'user-agent']);

/** One request of a chain of redirections. */
interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
}

type Step = { readonly kind: 'hop'; readonly hop: Hop } | HttpEnd;

export function createHttpClient({
  silenceMs = SILENCE_MS,
  resolve = systemResolve,
}: HttpClientOptions = {}): HttpClient {
  const ask = async (hop: Hop, call: HttpCall, signal: AbortSignal): Promise<Step> => {
    let answer: Answer | null = null;
    try {
      const guarded = await orAborted(guard(hop.url.hostname, call, resolve), signal);
      if (!guarded.ok) return failed(guarded.error);
      answer = await exchange({ ...hop, addresses: guarded.addresses, signal, silenceMs });
      return await take(answer, hop, call);
    } catch (error) {
      answer?.body.destroy();
      return failed(failureOf(error, hop.url.href, answer !== null));
    }
  };
  return {
    async send(call, signal) {
      const url = readUrl(call.url, null);
      if ('code' in url) return failed(url);
      let hop: Hop = { url, method: call.method, headers: call.headers, body: call.body };
      for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
        const step = await ask(hop, call, signal);
        if (step.kind !== 'hop') return step;
        hop = step.hop;
      }
      return failed(
        hopeless(problem('STEP_HTTP_REDIRECTS', `\`${url.host}\` redirects more than ${MAX_REDIRECTS} times.`)),
      );
    },
  };
}

function failed(error: AttemptError): HttpEnd {
  return { kind: 'failed', error };
}

/** A lookup of the system cannot be stopped, but need not be waited for. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new Error('stopped'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** Reads the body, or says where to go on. */
async function take({ head, body }: Answer, hop: Hop, call: HttpCall): Promise<Step> {
  const { location } = head.headers;
  if (REDIRECTS.has(head.status) && typeof location === 'string' && !call.keepsRedirect(head.status)) {
    body.destroy();
    return follow(hop, head, location);
  }
  const sink = call.sink(head);
  for await (const chunk of body) {
    const error = await sink.write(chunk as Uint8Array); // no encoding is set on it
    if (error !== null) return failed(error); // leaving the loop destroys the body, and with it the connection
  }
  return { kind: 'answered', head };
}

function follow(hop: Hop, head: HttpHead, location: string): Step {
  const url = readUrl(location, hop.url);
  if ('code' in url) return failed(url);
  if (hop.url.protocol === 'https:' && url.protocol === 'http:') {
    const message = `\`${hop.url.host}\` redirects to \`${url.host}\` without encryption.`;
    return failed(hopeless(problem('STEP_HTTP_REFUSED', message, { hint: 'Ask for the other address in `url`.' })));
  }
  // As browsers do: a form that was sent is not sent again, unless the server says so.
  const keeps = head.status === 307 || head.status === 308 || hop.method === 'GET' || hop.method === 'HEAD';
  const isSame = url.origin === hop.url.origin;
  const headers = Object.entries(hop.headers).filter(
    ([name]) => (isSame || CARRIED.has(name)) && (keeps || !name.startsWith('content-')),
  );
  return {
    kind: 'hop',
    hop: {
      url,
      method: keeps ? hop.method : 'GET',
      headers: Object.fromEntries(headers),
      ...(keeps && hop.body !== undefined ? { body: hop.body } : {}),
    },
  };
}

/** An address that can be asked, or why it cannot. */
function readUrl(text: string, base: URL | null): URL | AttemptError {
  const bad = (why: string, hint: string): AttemptError =>
    hopeless(problem('STEP_HTTP_URL', `The address ${why}.`, { hint }));
  if (text.length > MAX_URL_CHARACTERS)
    return bad(`has more than ${MAX_URL_CHARACTERS} characters`, 'Send the data in `body`.');
  let url: URL;
  try {
    url = base === null ? new URL(text) : new URL(text, base);
  } catch {
    return bad(`\`${text.slice(0, 200)}\` cannot be read`, 'Write it whole, such as `https://example.com/path`.');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return bad(`begins with \`${url.protocol}\``, 'Only `https:` and `http:` are spoken.');
  if (url.username !== '' || url.password !== '')
    return bad('holds a user or a password', 'Give them in `headers`: addresses are logged everywhere.');
  if (plainHost(url.hostname) === '') return bad('has no host', 'Write it whole, such as `https://example.com/path`.');
  return url;
}
