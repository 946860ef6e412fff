/** What the server says to each request of MCP: tools, calls, resources. Knows the protocol; no transport, and nothing of how runs go. */
import {
  type McpRequestContext,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  SdkError,
  SdkErrorCode,
  Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Diagnostic, Result } from '../../core/diagnostic/diagnostic.ts';
import type { JsonObject } from '../../core/json.ts';
import { VERSION } from '../../core/version.ts';
import type { ReadRun } from '../commands/find-run.ts';
import { refusal, type ToolAnswer } from './answer.ts';
import { type CallEnd, type Calls, makeCalls } from './calls.ts';
import { findOffer, type LoadedTool, loadTool, type Offered, type OfferOptions } from './offer.ts';
import type { Progress } from './pulse.ts';
import { listResources, type RunShelf, readResource, TEMPLATES } from './resources.ts';
import { defineTool } from './tool.ts';

export interface ShopOptions extends OfferOptions {
  /** The story of a run for people. */
  readonly tell: (run: ReadRun) => string;
  /** Hears what whoever started the server may want to know. */
  readonly log: (line: string) => void;
  /** Hears of workflows that cannot be offered as they are. */
  readonly warn: (diagnostics: readonly Diagnostic[]) => void;
}

/** What all connections share. */
export interface Shop extends ShopOptions {
  readonly calls: Calls;
}

export function openShop(options: ShopOptions): Shop {
  return { ...options, calls: makeCalls(options.log) };
}

const INSTRUCTIONS =
  'Each tool runs a workflow to its end and answers with its verdict and outputs. A run that failed, waits or was stopped is an error, and is kept: giga://runs/ID, giga://runs/ID/story and giga://runs/ID/log say what happened.';

/** What one client talks to. */
export interface Counter {
  readonly server: Server;
  /** A run goes on for it. */
  isBusy(): boolean;
}

/** One server for a connection, or for one request where the protocol has no connections. */
export function openCounter(shop: Shop, context: McpRequestContext): Counter {
  let calls = 0;
  const server = new Server(
    { name: 'giga', version: VERSION },
    { capabilities: { tools: {}, resources: {} }, instructions: INSTRUCTIONS },
  );
  // The later protocol has no connections over HTTP: who leaves a request cancels it.
  const leaving: CallEnd = context.era === 'modern' && context.requestInfo !== undefined ? 'cancelled' : 'left';
  server.setRequestHandler('tools/list', async () => ({ tools: await listTools(shop) }));
  server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
    const found = await findTool(shop, params.name);
    if ('isError' in found) return found;
    const sent: Promise<void>[] = [];
    const progress = progressOf(mcpReq, sent);
    calls += 1;
    const signal = endingOf(mcpReq.signal, leaving);
    // What came over the line is JSON.
    const answer = await shop.calls.call(found, {
      given: (params.arguments ?? {}) as JsonObject,
      signal,
      ...(progress && { progress }),
    });
    calls -= 1;
    await Promise.allSettled(sent);
    return answer;
  });
  server.setRequestHandler('resources/list', async ({ params }) =>
    listResources(await openShelf(shop), params?.cursor),
  );
  server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates: TEMPLATES }));
  server.setRequestHandler('resources/read', async ({ params }) => {
    const found = await readResource(await openShelf(shop), params.uri);
    if (found === null) throw new ResourceNotFoundError(params.uri);
    return { contents: [found] };
  });
  return { server, isBusy: () => calls > 0 };
}

/** Files that do not compile are no tools; whoever started the server is told why. */
async function listTools(shop: Shop): Promise<ReturnType<typeof defineTool>[]> {
  const tools: ReturnType<typeof defineTool>[] = [];
  for (const offered of orThrow(findOffer(shop))) {
    const { value, diagnostics } = await loadTool(shop, offered);
    shop.warn(diagnostics);
    if (value !== null) tools.push(defineTool(offered.tool, value.loaded.plan));
  }
  return tools;
}

async function findTool(shop: Shop, name: string): Promise<LoadedTool | ToolAnswer> {
  const offered = orThrow(findOffer(shop)).find(({ tool }) => tool === name);
  if (offered === undefined) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no tool "${name}".`);
  const { value, diagnostics } = await loadTool(shop, offered);
  return value ?? refusal(diagnostics);
}

async function openShelf(shop: Shop): Promise<RunShelf> {
  const offered: readonly Offered[] = orThrow(findOffer(shop));
  return { project: orThrow(await shop.open()), offered, tell: shop.tell };
}

function orThrow<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new ProtocolError(ProtocolErrorCode.InternalError, result.diagnostics.map(({ message }) => message).join(' '));
}

type Handled = ServerContext['mcpReq'];

/** Where the client wants to hear of progress. Who has left is not told. */
function progressOf({ _meta, notify }: Handled, sent: Promise<void>[]): ((news: Progress) => void) | undefined {
  const token = _meta?.progressToken;
  if (token === undefined) return undefined;
  return ({ done, total, message }) => {
    const params = { progressToken: token, progress: done, message, ...(total === undefined ? {} : { total }) };
    sent.push(notify({ method: 'notifications/progress', params }).catch(() => {}));
  };
}

/** How a request ends early: the client says so, or is gone. */
function endingOf(signal: AbortSignal, leaving: CallEnd): AbortSignal {
  const ending = new AbortController();
  const end = (): void => ending.abort(isGone(signal.reason) ? leaving : ('cancelled' satisfies CallEnd));
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return ending.signal;
}

function isGone(reason: unknown): boolean {
  return reason instanceof SdkError && reason.code === SdkErrorCode.ConnectionClosed;
}
