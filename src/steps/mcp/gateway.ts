/**
 * Stands between giga and an MCP server: which tools may be called, whether their definitions are those that were accepted, whether
 * arguments and results fit the schemas, how large an answer may be. Knows connections, no processes.
 */
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { type Lock, type PinnedServer, pinDifferences, pinOf } from '../../core/lock.ts';
import type {
  McpCall,
  McpConnection,
  McpConnector,
  McpEnd,
  McpListKind,
  McpRequestBody,
  McpTool,
} from '../../core/mcp.ts';
import { similarHint } from '../../core/nearest.ts';
import { isAllowedTool, type McpServer } from '../../core/plan/mcp-request.ts';
import type { AttemptError } from '../../core/run/event.ts';
import { USUAL_MAX_OUTPUT } from './pool.ts';

export interface Gateway {
  /** The tools of a server that may be used, pinned and allowed. */
  tools(server: McpServer, connection: McpConnection, call: McpCall): Promise<McpEnd<readonly McpTool[]>>;
  /** Sends a request that was checked, and gives a result that was checked. */
  send(ask: Ask, connection: McpConnection, call: McpCall): Promise<McpEnd<Answer>>;
}
export interface Ask {
  readonly server: McpServer;
  readonly body: McpRequestBody;
  /** Of the step, beside those of the server. */
  readonly tools?: readonly string[] | undefined;
  readonly maxOutput?: number | undefined;
}
export interface Answer {
  readonly outputs: JsonObject;
  /** The tool says that it failed. */
  readonly isError: boolean;
  readonly bytes: number;
}

export interface GatewayOptions {
  readonly fault: McpConnector['fault'];
  /** What the project has accepted; read when it is first needed. */
  readonly lock: () => Promise<Result<Lock>>;
}

/** Lines of a difference that are shown. */
const MAX_LINES = 40;

export function createGateway(options: GatewayOptions): Gateway {
  /** What a connection said, and how many changes it had told by then. */
  const known = new WeakMap<McpConnection, { readonly changes: number; readonly tools: readonly McpTool[] }>();
  const checked = new WeakMap<McpConnection, Map<McpListKind, number>>();
  /** What stands around a prompt or a resource was accepted as well; asked for once, until the server says that it is different. */
  const words = async (
    server: McpServer,
    { kind }: McpRequestBody,
    tools: readonly McpTool[],
    connection: McpConnection,
    call: McpCall,
  ): Promise<McpEnd<null>> => {
    const done: McpEnd<null> = { ok: true, value: null };
    if (kind === 'tool' || server.pin === false) return done;
    const list = kind === 'prompt' ? 'prompts' : 'resource-templates';
    const changes = connection.changes();
    const before = checked.get(connection) ?? new Map<McpListKind, number>();
    if (before.get(list) === changes) return done;
    const listed = await connection.list(list, call);
    if (!listed.ok) return listed;
    const offer = kind === 'prompt' ? { tools, prompts: listed.value } : { tools, templates: listed.value };
    const refused = await pinProblem(server, pinOf(connection.about, offer), options);
    if (refused !== null) return { ok: false, error: refused };
    checked.set(connection, before.set(list, changes));
    return done;
  };
  const gateway: Gateway = {
    async tools(server, connection, call) {
      const before = known.get(connection);
      const changes = connection.changes();
      if (before !== undefined && before.changes === changes) return { ok: true, value: before.tools };
      const listed = await connection.list('tools', call);
      if (!listed.ok) return listed;
      const tools = listed.value.flatMap(toolIn).filter(({ name }) => isAllowedTool(server.tools, name));
      const refused = await pinProblem(server, pinOf(connection.about, { tools }), options);
      if (refused !== null) return { ok: false, error: refused };
      known.set(connection, { changes, tools });
      return { ok: true, value: tools };
    },
    async send(ask, connection, call) {
      const { server, body } = ask;
      const tools = await gateway.tools(server, connection, call);
      if (!tools.ok) return tools;
      const wording = await words(server, body, tools.value, connection, call);
      if (!wording.ok) return wording;
      const tool = body.kind === 'tool' ? toolFor(ask, body.name, tools.value) : null;
      if (tool !== null && 'code' in tool) return { ok: false, error: tool };
      const wrong = tool === null || body.kind !== 'tool' ? null : options.fault(tool.inputSchema, body.arguments);
      if (wrong !== null) return { ok: false, error: argumentsProblem(body, wrong) };
      const end = await connection.request(body, call);
      return end.ok ? check(ask, tool, end.value, options) : end;
    },
  };
  return gateway;
}

function toolFor({ server, tools: allowed }: Ask, name: string, tools: readonly McpTool[]): McpTool | AttemptError {
  if (!isAllowedTool(server.tools, name) || !isAllowedTool(allowed, name))
    return hopeless(
      problem('POLICY_MCP_TOOL', `The tool \`${name}\` of the MCP server \`${server.name}\` is not allowed.`, {
        hint: 'Name it in `tools` of the server, and of the step where that has one.',
      }),
    );
  const tool = tools.find((one) => one.name === name);
  if (tool !== undefined) return tool;
  const names = tools.map((one) => one.name);
  return hopeless(
    problem('STEP_MCP_UNKNOWN', `The MCP server \`${server.name}\` has no tool \`${name}\`.`, {
      hint: names.length === 0 ? 'It has no tools.' : `It has: ${names.slice(0, 30).join(', ')}.`,
      ...similarHint('a tool', name, names),
    }),
  );
}

function argumentsProblem(body: McpRequestBody, wrong: string): AttemptError {
  const name = body.kind === 'resource' ? body.uri : body.name;
  const message = `The arguments of the tool \`${name}\` do not fit its schema: ${wrong}.`;
  return hopeless(problem('STEP_MCP_ARGUMENTS', message, { hint: 'Nothing was sent.' }));
}

async function pinProblem(server: McpServer, now: PinnedServer, options: GatewayOptions): Promise<AttemptError | null> {
  if (server.pin === false) return null;
  const lock = await options.lock();
  if (!lock.ok) return hopeless(lock.diagnostics[0] ?? problem('CONFIG_LOCK', 'giga.lock cannot be read.'));
  const { name } = server;
  const pinned = Object.hasOwn(lock.value.mcp, name) ? lock.value.mcp[name] : undefined;
  const isPinned =
    pinned !== undefined &&
    (now.prompts === undefined || pinned.prompts !== undefined) &&
    (now.templates === undefined || pinned.templates !== undefined);
  if (!isPinned && server.pin === true) {
    const hint = `Look at them with \`giga mcp tools ${name}\`, and accept them with \`giga mcp pin ${name}\`.`;
    return hopeless(problem('POLICY_MCP_UNPINNED', `The MCP server \`${name}\` is not in giga.lock.`, { hint }));
  }
  if (pinned === undefined) return null;
  const lines = pinDifferences(pinned, now);
  if (lines.length === 0) return null;
  const more = lines.length > MAX_LINES ? `\n… and ${lines.length - MAX_LINES} more` : '';
  return hopeless(
    problem('POLICY_MCP_CHANGED', `The MCP server \`${name}\` is not what giga.lock says.`, {
      hint: `${lines.slice(0, MAX_LINES).join('\n')}${more}\nIf that is meant: \`giga mcp pin ${name}\`.`,
    }),
  );
}

/** A tool out of a list; none for what has no name or no schema. */
function toolIn(json: JsonObject): readonly McpTool[] {
  const { name, title, description, inputSchema, outputSchema, annotations } = json;
  if (typeof name !== 'string' || !isJsonObject(inputSchema)) return [];
  return [
    {
      name,
      description: typeof description === 'string' ? description : '',
      inputSchema,
      ...(typeof title === 'string' && { title }),
      ...(isJsonObject(outputSchema) && { outputSchema }),
      ...(isJsonObject(annotations) && { annotations }),
    },
  ];
}

/** Holds a result against what was announced and what may be kept. */
function check(ask: Ask, tool: McpTool | null, result: JsonObject, options: GatewayOptions): McpEnd<Answer> {
  const outputs = outputsOf(ask.body, result);
  const bytes = Buffer.byteLength(JSON.stringify(outputs));
  const most = ask.maxOutput ?? ask.server.maxOutput ?? USUAL_MAX_OUTPUT;
  const name = ask.body.kind === 'resource' ? ask.body.uri : ask.body.name;
  if (bytes > most)
    return failure(
      problem('STEP_MCP_TOO_LARGE', `The answer of \`${name}\` has ${bytes} bytes, and ${most} are kept.`, {
        hint: 'Ask for less, or raise `max-output`.',
      }),
    );
  const isError = result['isError'] === true;
  const { structured } = outputs;
  if (tool?.outputSchema !== undefined && !isError) {
    const wrong =
      structured === null || structured === undefined
        ? 'it has no structured part'
        : options.fault(tool.outputSchema, structured);
    if (wrong !== null) {
      const message = `The answer of the tool \`${name}\` does not fit the schema that it announces: ${wrong}.`;
      return failure(problem('STEP_MCP_RESULT', message));
    }
  }
  return { ok: true, value: { outputs, isError, bytes } };
}

function outputsOf(body: McpRequestBody, result: JsonObject): JsonObject {
  switch (body.kind) {
    case 'tool': {
      const content = listIn(result['content']);
      return { content, text: textOf(content), structured: result['structuredContent'] ?? null };
    }
    case 'resource': {
      const content = listIn(result['contents']);
      return { content, text: textOf(content) };
    }
    case 'prompt': {
      const content = listIn(result['messages']);
      const parts = content.map((message) => (isJsonObject(message) ? (message['content'] ?? null) : null));
      return { content, text: textOf(parts), description: result['description'] ?? null };
    }
    default:
      return body satisfies never;
  }
}

function listIn(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** The texts of a content, line after line. */
function textOf(content: readonly Json[]): string {
  return content
    .flatMap((part) => (isJsonObject(part) && typeof part['text'] === 'string' ? [part['text']] : []))
    .join('\n');
}

function failure(diagnostic: Diagnostic): { readonly ok: false; readonly error: AttemptError } {
  return { ok: false, error: hopeless(diagnostic) };
}

function hopeless(diagnostic: Diagnostic): AttemptError {
  return { ...diagnostic, retryable: false };
}
