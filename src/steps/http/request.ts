/** Takes the evaluated request of an `http` step apart, and refuses what cannot be sent. Pure. */
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import { bareObject, isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { HEADER_NAME, type HttpRequest, METHODS, OWN_HEADERS } from '../../core/plan/http-request.ts';
import { clearText, type Secrets } from '../run/environment.ts';

/** The request as what it is, or why it is none. The compiler makes these; a wrong one is mostly a value that turned out to be another. */
export function readRequest(request: JsonObject): HttpRequest | Diagnostic {
  const { url, method, headers, save, cwd } = request;
  if (typeof url !== 'string') return bad('The `url` is no text.');
  if (method !== undefined && !METHODS.some((name) => name === method))
    return bad(`\`method\` is ${JSON.stringify(method)?.slice(0, 60)}, and not one of ${METHODS.join(', ')}.`);
  if (!isJsonObject(headers)) return bad('`headers` is no map.');
  const header = Object.entries(headers).find(([name, value]) => wrongHeader(name, value));
  if (header !== undefined) return bad(`The header \`${header[0].slice(0, 60)}\` cannot be sent.`);
  if (save !== undefined && typeof save !== 'string') return bad('`save` is no text.');
  if (typeof cwd !== 'string') return bad('`cwd` is no text.');
  return request as unknown as HttpRequest; // its parts were just checked; the others are the compiler's own
}

function wrongHeader(name: string, value: Json): boolean {
  return !HEADER_NAME.test(name) || OWN_HEADERS.has(name.toLowerCase()) || !isTextOrSecret(value);
}

function isTextOrSecret(value: Json): boolean {
  return typeof value === 'string' || (isJsonObject(value) && Array.isArray(value['secretText']));
}

function bad(message: string): Diagnostic {
  return problem('STEP_BAD_REQUEST', message, { hint: 'See what its values come to: `giga why` shows the parts.' });
}

/** What goes over the line. */
export interface Sent {
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** The one place where the secrets of headers become text. Null for a value that no header can hold. */
export function sentBy(request: HttpRequest, secrets: Secrets, version: string): Sent | null {
  const { body } = request;
  const hasBody = body !== undefined && body !== null;
  const headers = bareObject<string>([
    ['user-agent', `giga/${version}`],
    ['accept', '*/*'],
    ['accept-encoding', 'identity'],
    ...(hasBody ? [['content-type', typeof body === 'string' ? TEXT : 'application/json'] as const] : []),
    ...Object.entries(request.headers).map(([name, text]) => [name.toLowerCase(), clearText(text, secrets)] as const),
  ]);
  // Control characters would begin another header; what is not Latin-1 has no bytes there.
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (!Object.values(headers).every((value) => /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value))) return null;
  const bytes = hasBody ? Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) : undefined;
  return {
    method: request.method ?? (hasBody ? 'POST' : 'GET'),
    headers,
    ...(bytes === undefined ? {} : { body: bytes }),
  };
}

const TEXT = 'text/plain; charset=utf-8';
