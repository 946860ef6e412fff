/** Connects to MCP servers with the client library of the protocol. Knows targets and requests; not who asks, nor what may be asked. */
import {
  Client,
  type jsonSchemaValidator,
  type OAuthClientProvider,
  StreamableHTTPClientTransport,
  type Transport,
} from '@modelcontextprotocol/client';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { depthOfText, MAX_GIVEN_DEPTH } from '../../core/json-depth.ts';
import type {
  McpAbout,
  McpCall,
  McpConnection,
  McpConnector,
  McpEnd,
  McpFace,
  McpListKind,
  McpRequestBody,
  McpTarget,
} from '../../core/mcp.ts';
import type { AttemptError } from '../../core/run/event.ts';
import { VERSION } from '../../core/version.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { answerServer } from './face.ts';
import { faultOf, TooDeep } from './faults.ts';
import { type GuardedFetch, guardedFetch } from './guarded-fetch.ts';
import { oauthProvider, type SignIn, signsInByItself } from './oauth.ts';
import { type Patience, patienceOf } from './patience.ts';
import { type Questions, questionsTo } from './questions.ts';
import { makeFault } from './schemas.ts';
import { type Begun, connectSigningIn } from './signing-in.ts';
import { type StdioTransport, stdioTransport } from './stdio.ts';
import { noTokens, type TokenStore } from './tokens.ts';
import { makeUpdates } from './updates.ts';

export interface ConnectorOptions {
  /** Notes what runs, so that a later giga can end it when this one is killed. */
  readonly groups?: { started(group: number): void; ended(group: number): void };
  /** Where tokens of servers are kept; absent: nowhere. */
  readonly tokens?: TokenStore;
}

const NO_NOTES = { started(): void {}, ended(): void {} };
/** Pages of a list. */
const MAX_PAGES = 100;

export function createMcpConnector(options: ConnectorOptions = {}): McpConnector {
  return {
    fault: makeFault(),
    async connect(target, face, call) {
      if (target.kind === 'own') throw new Error('Bug: a capability is no server of others');
      if (target.kind === 'stdio') return begin(target, face, call, stdioLine(target, call.maxBytes, options));
      return connectHttp(target, face, call, options);
    },
  };
}

type Start = McpCall & { readonly maxBytes: number };

/** The handshake over a line that is new. */
async function begin(target: McpTarget, face: McpFace, call: Start, line: Line): Promise<McpEnd<McpConnection>> {
  const client = new Client(
    { name: 'giga', version: VERSION },
    { capabilities: CAPABILITIES, jsonSchemaValidator: NOT_HERE, listMaxPages: MAX_PAGES },
  );
  const questions = questionsTo(face);
  const stop = (): void => void line.transport.close();
  call.signal.addEventListener('abort', stop, { once: true });
  try {
    answerServer(client, target.name, questions.face, questions.sampler);
    await client.connect(line.transport, { timeout: call.timeoutMs, signal: call.signal });
    return { ok: true, value: connection(target, client, line, questions) };
  } catch (error) {
    const at = { server: target.name, what: 'its start', signal: call.signal };
    const fault = faultOf(error, { ...at, why: line.why(), refusal: line.refusal(), isStarting: true });
    await quietly(line.transport.close());
    line.close();
    return { ok: false, error: fault };
  } finally {
    call.signal.removeEventListener('abort', stop);
  }
}

interface Line {
  readonly transport: Transport;
  why(): string | null;
  /** Why an address was refused to which it led. */
  refusal(): AttemptError | null;
  close(): void;
}

function stdioLine(target: McpTarget & { kind: 'stdio' }, maxBytes: number, { groups }: ConnectorOptions): Line {
  const transport: StdioTransport = stdioTransport(target, maxBytes, groups ?? NO_NOTES);
  return { transport, why: transport.why, refusal: () => null, close() {} };
}

type HttpTarget = McpTarget & { readonly kind: 'http' };

async function connectHttp(
  target: HttpTarget,
  face: McpFace,
  call: Start,
  { tokens = noTokens() }: ConnectorOptions,
): Promise<McpEnd<McpConnection>> {
  const { maxBytes } = call;
  const begun = async (authProvider: OAuthClientProvider | null, asking: McpCall): Promise<Begun> => {
    const guarded = guardedFetch(target.named);
    const transport = new StreamableHTTPClientTransport(new URL(target.url), {
      requestInit: { headers: { ...target.headers } },
      fetch: boundedFetch(maxBytes, guarded.fetch),
      ...(authProvider !== null && { authProvider }),
    });
    return { transport, end: await begin(target, face, { ...asking, maxBytes }, lineOf(transport, guarded)) };
  };
  const provider = (signIn: SignIn | null): OAuthClientProvider | null => oauthProvider(target, tokens, signIn);
  const { signIn: show } = face;
  try {
    const isOwn = target.auth !== undefined && signsInByItself(target.auth);
    if (show === undefined || isOwn) return (await begun(provider(null), call)).end;
    return await connectSigningIn({ server: target.name, show, provider, begin: begun }, call);
  } catch (error) {
    const at = { server: target.name, what: 'its sign-in', signal: call.signal, why: null, isStarting: true };
    return { ok: false, error: faultOf(error, at) };
  }
}

function lineOf(transport: StreamableHTTPClientTransport, { refusal, close }: GuardedFetch): Line {
  return { transport, why: () => null, refusal, close };
}

/** What a person leaves out of a form has the value that the server proposes. */
const FORMS = { form: { applyDefaults: true } };
/**
 * What is said to be there is there in CI as well, and says no: some servers have other tools for those who can answer less, and a
 * pinned server would be another one at a terminal.
 */
const CAPABILITIES = { roots: { listChanged: true }, elicitation: FORMS, sampling: {} };

/** Results are checked by the gateway, which says what is wrong. */
const NOT_HERE: jsonSchemaValidator = {
  getValidator: () => (value) => ({ valid: true, data: value as never, errorMessage: undefined }), // nothing is said of its type
};

function connection(target: McpTarget, client: Client, line: Line, questions: Questions): McpConnection {
  let isEnded = false;
  let changes = 0;
  // oxlint-disable-next-line prefer-add-event-listener -- the library has no other way
  client.onclose = () => {
    isEnded = true;
    updates.over();
  };
  const updates = makeUpdates();
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => updates.heard(params.uri));
  for (const list of ['tools', 'prompts', 'resources'] as const)
    client.setNotificationHandler(`notifications/${list}/list_changed`, () => {
      changes += 1;
    });
  const asked = async <T>(what: string, call: McpCall, work: (options: Options) => Promise<T>): Promise<McpEnd<T>> => {
    const patience = patienceOf(call.timeoutMs, questions.isOpen);
    try {
      return { ok: true, value: await questions.during(call, () => work(optionsOf(call, patience))) };
    } catch (error) {
      const isLate = patience.isOver();
      const { why, refusal } = line;
      const at = { server: target.name, what, signal: call.signal, isStarting: false, isLate };
      return { ok: false, error: faultOf(error, { ...at, why: why(), refusal: refusal() }) };
    } finally {
      patience.end();
    }
  };
  return {
    about: aboutOf(client),
    request: (body, call) => asked(wordsFor(body), call, (options) => send(client, body, options)),
    list: (kind, call) => asked(`the list of its ${kind}`, call, (options) => listOf(client, kind, options)),
    ping: (call) =>
      asked('a ping', call, async (options) => {
        await client.ping(options);
        return null;
      }),
    updates: (uri, call) =>
      asked(`a subscription to \`${uri}\``, call, async (options) => {
        const watched = updates.watch(uri, () => {
          if (!isEnded && updates.watchers(uri) === 0) void quietly(unsubscribe(client, uri));
        });
        try {
          await client.subscribeResource({ uri }, options);
          return watched;
        } catch (error) {
          watched.end();
          throw error;
        }
      }),
    changes: () => changes,
    isEnded: () => isEnded || line.why() !== null,
    async close() {
      isEnded = true;
      if (line.transport instanceof StreamableHTTPClientTransport) await quietly(endSession(line.transport));
      await quietly(client.close());
      await quietly(line.transport.close());
      line.close();
    },
  };
}

async function unsubscribe(client: Client, uri: string): Promise<void> {
  await client.unsubscribeResource({ uri }, { timeout: GOODBYE_MS });
}

/** A server that does not answer this is left alone. */
const GOODBYE_MS = 1_000;

async function endSession(transport: StreamableHTTPClientTransport): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, GOODBYE_MS)));
  await Promise.race([transport.terminateSession(), late]);
  clearTimeout(timer);
}

type Options = NonNullable<Parameters<Client['ping']>[0]>;

/** The library's own limit would count the time of a person. */
const NO_LIMIT_MS = 2 ** 31 - 1;

function optionsOf({ signal, progress }: McpCall, patience: Patience): Options {
  return {
    signal: AbortSignal.any([signal, patience.signal]),
    timeout: NO_LIMIT_MS,
    onprogress: ({ progress: done, total, message }) => {
      patience.touch();
      const share = total === undefined ? `${done}` : `${done}/${total}`;
      progress?.(message === undefined ? share : `${share} ${message}`);
    },
  };
}

async function send(client: Client, body: McpRequestBody, options: Options): Promise<JsonObject> {
  switch (body.kind) {
    case 'tool':
      return plain(await client.callTool({ name: body.name, arguments: { ...body.arguments } }, options));
    case 'resource':
      return plain(await client.readResource({ uri: body.uri }, { ...options, cacheMode: 'refresh' }));
    case 'prompt':
      return plain(await client.getPrompt({ name: body.name, arguments: texts(body.arguments) }, options));
    default:
      return body satisfies never;
  }
}

/** A prompt takes texts. */
function texts(values: JsonObject): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

async function listOf(client: Client, kind: McpListKind, options: Options): Promise<readonly JsonObject[]> {
  const has = client.getServerCapabilities() ?? {};
  const fresh = { ...options, cacheMode: 'refresh' as const };
  switch (kind) {
    case 'tools':
      return has.tools === undefined ? [] : (await client.listTools(undefined, fresh)).tools.map(plain);
    case 'resources':
      return has.resources === undefined ? [] : (await client.listResources(undefined, fresh)).resources.map(plain);
    case 'resource-templates':
      if (has.resources === undefined) return [];
      return (await client.listResourceTemplates(undefined, fresh)).resourceTemplates.map(plain);
    case 'prompts':
      return has.prompts === undefined ? [] : (await client.listPrompts(undefined, fresh)).prompts.map(plain);
    default:
      return kind satisfies never;
  }
}

/** What came over the line is JSON, whatever its type says: keys without a value are gone. */
function plain(value: unknown): JsonObject {
  const text = JSON.stringify(value);
  if (depthOfText(text) > MAX_GIVEN_DEPTH) throw new TooDeep(`it nests more than ${MAX_GIVEN_DEPTH} levels deep`);
  const json: Json = JSON.parse(text);
  return isJsonObject(json) ? json : {};
}

function aboutOf(client: Client): McpAbout {
  const server = client.getServerVersion();
  const instructions = client.getInstructions();
  return {
    name: server?.name ?? '',
    version: server?.version ?? '',
    protocol: client.getNegotiatedProtocolVersion() ?? '',
    capabilities: plain(client.getServerCapabilities() ?? {}),
    ...(instructions !== undefined && { instructions }),
  };
}

function wordsFor(body: McpRequestBody): string {
  return body.kind === 'resource' ? `the resource \`${body.uri}\`` : `the ${body.kind} \`${body.name}\``;
}

async function quietly(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch {
    // What is being closed need not close well.
  }
}
