/** What the commands `giga mcp …` ask of servers: their tools, a call, a ping, whether they are what was pinned. Knows no terminal. */
import type { Diagnostic, Result } from '../../core/diagnostic/diagnostic.ts';
import type { JsonObject } from '../../core/json.ts';
import { type Lock, type PinnedServer, pinDifferences, pinOf } from '../../core/lock.ts';
import type { McpAbout, McpCall, McpConnection, McpEnd, McpFace, McpRequestBody, McpTool } from '../../core/mcp.ts';
import type { McpServer } from '../../core/plan/mcp-request.ts';
import { createClock } from '../../host/clock.ts';
import { createMask } from '../../host/mask/mask.ts';
import type { Answer } from '../../steps/mcp/gateway.ts';
import { USUAL_CALL_TIMEOUT_MS } from '../../steps/mcp/pool.ts';
import { readLockFile } from '../lock-file.ts';
import { type Mcp, mcpOf } from '../mcp-steps.ts';
import type { Project } from '../project.ts';
import type { ServerBook } from './mcp-servers.ts';
import { writeLock } from './write-lock.ts';

export interface Asking {
  readonly project: Project;
  readonly book: ServerBook;
  readonly signal: AbortSignal;
  readonly progress?: (line: string) => void;
  readonly elicit?: McpFace['elicit'];
  readonly signIn?: McpFace['signIn'];
}

/** Servers that are started for one command, and are gone when it is through. */
export async function withServers<T>(asking: Asking, work: (mcp: Mcp) => Promise<T>): Promise<T> {
  const { project, book, elicit, signIn } = asking;
  const mcp = mcpOf({
    clock: createClock(),
    secrets: book.secrets,
    env: project.env,
    root: project.root,
    state: project.state,
    ...(elicit && { elicit }),
    ...(signIn && { signIn }),
  });
  try {
    return await work(mcp);
  } finally {
    await mcp.pool.close();
  }
}

function callOf(server: McpServer, { signal, progress }: Asking): McpCall {
  return { signal, timeoutMs: server.timeoutMs ?? USUAL_CALL_TIMEOUT_MS, ...(progress && { progress }) };
}

/** Asks one server; nothing of what it says leaves giga with a secret in it. */
async function ask<T>(
  asking: Asking,
  mcp: Mcp,
  server: McpServer,
  work: (connection: McpConnection, call: McpCall) => Promise<McpEnd<T>>,
): Promise<Result<T>> {
  const call = callOf(server, asking);
  const lease = await mcp.pool.lease(server, call);
  if (!lease.ok) return refused(lease.error, asking);
  const end = await work(lease.value.connection, call);
  lease.value.release(end.ok ? undefined : end.error);
  return end.ok ? end : refused(end.error, asking);
}

function refused(error: Diagnostic, { book }: Asking): Result<never> {
  const mask = createMask(book.secrets.values());
  const { message, hint } = error;
  return {
    ok: false,
    diagnostics: [{ ...error, message: mask.text(message), ...(hint !== undefined && { hint: mask.text(hint) }) }],
  };
}

export interface Offered {
  readonly about: McpAbout;
  readonly tools: readonly McpTool[];
  readonly resources: readonly JsonObject[];
  readonly templates: readonly JsonObject[];
  readonly prompts: readonly JsonObject[];
}

/** All that a server has, pinned or not: whoever is to accept it must see it. */
export function offeredBy(asking: Asking, mcp: Mcp, server: McpServer): Promise<Result<Offered>> {
  return ask(asking, mcp, server, async (connection, call) => {
    const tools = await mcp.gateway.tools({ ...server, pin: false }, connection, call);
    if (!tools.ok) return tools;
    const [resources, templates, prompts] = await Promise.all([
      connection.list('resources', call),
      connection.list('resource-templates', call),
      connection.list('prompts', call),
    ]);
    return {
      ok: true,
      value: {
        about: connection.about,
        tools: tools.value,
        resources: resources.ok ? resources.value : [],
        templates: templates.ok ? templates.value : [],
        prompts: prompts.ok ? prompts.value : [],
      },
    };
  });
}

export async function callServer(
  asking: Asking,
  mcp: Mcp,
  server: McpServer,
  body: McpRequestBody,
): Promise<Result<Answer>> {
  const end = await ask(asking, mcp, server, (connection, call) =>
    mcp.gateway.send({ server, body }, connection, call),
  );
  if (!end.ok) return end;
  return {
    ok: true,
    value: { ...end.value, outputs: createMask(asking.book.secrets.values()).json(end.value.outputs) },
  };
}

export interface Pinged {
  readonly about: McpAbout;
  readonly startMs: number;
  readonly pingMs: number;
}

export function pingServer(asking: Asking, mcp: Mcp, server: McpServer): Promise<Result<Pinged>> {
  const clock = createClock();
  const begun = clock.monotonicMs();
  return ask(asking, mcp, server, async (connection, call) => {
    const there = clock.monotonicMs();
    const ping = await connection.ping(call);
    if (!ping.ok) return ping;
    const startMs = Math.round(there - begun);
    return { ok: true, value: { about: connection.about, startMs, pingMs: Math.round(clock.monotonicMs() - there) } };
  });
}

export interface Pinned {
  readonly server: string;
  readonly tools: number;
  /** Against what was pinned before; empty where nothing is different. */
  readonly changes: readonly string[];
  readonly isNew: boolean;
}

/** What is different from `giga.lock`; with `accept` it is written there. */
export async function pinServers(
  asking: Asking,
  servers: readonly McpServer[],
  accept: boolean,
): Promise<Result<readonly Pinned[]>> {
  const { root } = asking.project;
  const lock = await readLockFile(root);
  if (!lock.ok) return lock;
  const fresh = new Map<string, PinnedServer>();
  const diagnostics: Diagnostic[] = [];
  await withServers(asking, async (mcp) => {
    for (const server of servers) {
      const offered = await offeredBy(asking, mcp, server);
      if (offered.ok) fresh.set(server.name, pinOf(offered.value.about, offered.value));
      else diagnostics.push(...offered.diagnostics);
    }
  });
  if (diagnostics.length > 0) return { ok: false, diagnostics };
  const pinned = [...fresh].map(([name, now]): Pinned => {
    const before = Object.hasOwn(lock.value.mcp, name) ? lock.value.mcp[name] : undefined;
    const changes = before === undefined ? [] : pinDifferences(before, now);
    return { server: name, tools: Object.keys(now.tools).length, changes, isNew: before === undefined };
  });
  const next: Lock = { ...lock.value, mcp: { ...lock.value.mcp, ...Object.fromEntries(fresh) } };
  const written = accept ? writeLock(root, next) : null;
  return written === null ? { ok: true, value: pinned } : { ok: false, diagnostics: [written] };
}
