/** What the steps of plugins get of the world: each request is checked against what was granted, bounded, done, and noted. Knows ports, no disk and no sockets. */
import type { HttpClient } from '../core/http.ts';
import { bareObject, type Json, type JsonObject } from '../core/json.ts';
import { allowsPath } from '../core/permissions/path-patterns.ts';
import { mayRead, mayWrite, type Permissions } from '../core/permissions/permissions.ts';
import type { WorkspaceFiles } from '../core/workspace-files.ts';
import type { Located, WorkspaceReader } from '../core/workspace-reader.ts';
import type { Answer } from './isolate/peer.ts';
import { textBody } from './text-body.ts';

/** Of a file, of an answer, and of what is written. */
const MAX_BYTES = 4 * 1_048_576;
const MAX_FILES = 10_000;
/** What one call of a step may ask for in all. */
const MOST_REQUESTS = 10_000;

export interface BrokerPorts {
  readonly reader: WorkspaceReader;
  readonly files: WorkspaceFiles;
  readonly http: HttpClient;
  /** A variable of giga's environment that is no secret. */
  variable(name: string): string | null;
  readonly version: string;
}

/** On whose behalf. */
export interface Client {
  readonly root: string;
  readonly granted: Permissions;
  readonly signal: AbortSignal;
  readonly key: string;
  note(news: JsonObject): Promise<boolean>;
}

interface Request {
  readonly args: readonly Json[];
  readonly client: Client;
  readonly ports: BrokerPorts;
}

/** A name that is not here is none: looked up as an own key, so that `constructor` is nothing. */
const CAPABILITIES: Readonly<Record<string, (request: Request) => Promise<Answer>>> = bareObject([
  ['fs.read', readFile],
  ['fs.write', writeFile],
  ['fs.list', listFiles],
  ['fetch', fetchPage],
  ['env', readVariable],
] as const);

/** The capabilities of one call. What changes something, or is denied, is in the journal before its answer is given. */
export function createBroker(
  ports: BrokerPorts,
  client: Client,
): (what: string, args: readonly Json[]) => Promise<Answer> {
  let requests = 0;
  return async (what, args) => {
    requests += 1;
    if (requests > MOST_REQUESTS) return refused(`one call may ask for at most ${MOST_REQUESTS} things`);
    const capability = Object.hasOwn(CAPABILITIES, what) ? CAPABILITIES[what] : undefined;
    if (capability === undefined) return refused(`there is no capability ${what.slice(0, 60)}`);
    const answer = await capability({ args, client, ports });
    const denied = !answer.ok && answer.message.startsWith(DENIED);
    if (!denied && !LASTING.has(what)) return answer;
    const about = typeof args[0] === 'string' ? args[0].slice(0, 500) : '';
    const verdict = denied ? 'denied' : answer.ok ? 'ok' : 'failed';
    const isNoted = await client.note({ kind: 'capability-used', capability: what, about, verdict });
    return isNoted ? answer : refused('the run has ended');
  };
}

const LASTING: ReadonlySet<string> = new Set(['fs.write', 'fetch']);
const DENIED = 'It is not allowed';

async function readFile({ args, client, ports }: Request): Promise<Answer> {
  const place = await placeOf(args[0], client, ports);
  if ('ok' in place) return place;
  if (!mayRead(client.granted, place.path)) return denied(`to read ${place.path}`, 'read', client.granted.read);
  if (place.kind !== 'file') return refused(`there is no file ${place.path}`);
  if (place.bytes > MAX_BYTES)
    return refused(`${place.path} has ${place.bytes} bytes, and at most ${MAX_BYTES} are read`);
  const read = await ports.reader.read(client.root, place.path, MAX_BYTES);
  if (!read.ok) return refused(read.diagnostics[0]?.message ?? 'it cannot be read');
  return { ok: true, value: Buffer.from(read.value).toString('utf8') };
}

async function writeFile({ args, client, ports }: Request): Promise<Answer> {
  const text = args[1];
  if (typeof text !== 'string') return refused('what is written is a text');
  const place = await placeOf(args[0], client, ports);
  if ('ok' in place) return place;
  if (!mayWrite(client.granted, place.path)) return denied(`to write ${place.path}`, 'write', client.granted.write);
  if (place.kind === 'folder') return refused(`${place.path} is a folder`);
  if (Buffer.byteLength(text) > MAX_BYTES) return refused(`at most ${MAX_BYTES} bytes are written at once`);
  const { root, key } = client;
  const written = await ports.files.write({ root, folder: root, path: place.path, key }, Buffer.from(text));
  return written.ok ? { ok: true, value: null } : refused(written.diagnostics[0]?.message ?? 'it cannot be written');
}

async function listFiles({ args, client, ports }: Request): Promise<Answer> {
  const [pattern] = args;
  if (typeof pattern !== 'string') return refused('a pattern of paths is a text');
  const list = await ports.reader.list(client.root, MAX_FILES);
  if (!list.ok) return refused(list.diagnostics[0]?.message ?? 'the files cannot be listed');
  return {
    ok: true,
    value: list.value.files.filter((path) => allowsPath([pattern], path) && mayRead(client.granted, path)),
  };
}

/** Where a path really lies: what is checked is what is used. */
async function placeOf(path: Json | undefined, { root }: Client, { reader }: BrokerPorts): Promise<Located | Refused> {
  if (typeof path !== 'string') return refused('a path is a text');
  const located = await reader.locate(root, root, path);
  return located.ok ? located.value : refused(located.diagnostics[0]?.message ?? 'it cannot be found');
}

const OWN_HEADERS: ReadonlySet<string> = new Set(['host', 'content-length', 'connection', 'transfer-encoding']);
const HEADER = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

async function fetchPage({ args, client, ports }: Request): Promise<Answer> {
  const [url, options] = args;
  if (typeof url !== 'string') return refused('an address is a text');
  const { method = 'GET', headers = {}, body } = isMap(options) ? options : {};
  if (typeof method !== 'string' || !/^[A-Z]{3,10}$/.test(method)) return refused('the method is a word such as GET');
  if (!isMap(headers)) return refused('headers are a map of names and texts');
  const wrong = Object.entries(headers).find(
    ([name, value]) =>
      !HEADER.test(name) || OWN_HEADERS.has(name.toLowerCase()) || typeof value !== 'string' || /[\r\n\0]/.test(value),
  );
  if (wrong !== undefined) return refused(`the header ${wrong[0].slice(0, 60)} cannot be sent`);
  const sink = textBody(MAX_BYTES);
  const { net, named } = client.granted;
  const end = await ports.http.send(
    {
      url,
      method,
      headers: { 'user-agent': `giga/${ports.version}`, ...(headers as Readonly<Record<string, string>>) }, // each was checked
      ...(typeof body === 'string' ? { body: Buffer.from(body) } : {}),
      net,
      named,
      keepsRedirect: () => false,
      sink: () => sink,
    },
    client.signal,
  );
  if (end.kind === 'failed')
    return end.error.code === 'STEP_HTTP_REFUSED'
      ? { ok: false, message: `${DENIED}: ${end.error.message}` }
      : refused(end.error.message);
  const flat = Object.entries(end.head.headers).map(([name, value]) => [name, String(value)] as const);
  return { ok: true, value: { status: end.head.status, headers: bareObject<Json>(flat), body: sink.text() } };
}

async function readVariable({ args, client, ports }: Request): Promise<Answer> {
  const [name] = args;
  if (typeof name !== 'string') return refused('the name of a variable is a text');
  if (!client.granted.env.includes(name))
    return denied(`to read the variable ${name.slice(0, 60)}`, 'env', client.granted.env);
  return { ok: true, value: ports.variable(name) };
}

type Refused = Extract<Answer, { ok: false }>;

function refused(why: string): Refused {
  return { ok: false, message: why };
}

function denied(what: string, list: string, granted: readonly string[] | null): Refused {
  const those = (granted ?? []).slice(0, 10).join(', ') || 'nothing';
  return { ok: false, message: `${DENIED} ${what}: permissions: { ${list} } name ${those}.` };
}

function isMap(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
