/** A `claude` step with tools: joins the loop of an agent with the model that it asks. Knows no sockets and no disk. */
import type { ModelClient } from '../../core/claude/model-client.ts';
import { roomBeside } from '../../core/claude/models.ts';
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import type { HttpClient } from '../../core/http.ts';
import { digest, type JsonObject } from '../../core/json.ts';
import type { NoteOrigin, NoteStore } from '../../core/memory/store.ts';
import { allowsHost } from '../../core/net/hosts.ts';
import { mayCall, mayWrite, type Permissions, readPermissions } from '../../core/permissions/permissions.ts';
import { type AgentRequest, type AgentWorkflow, hasTools } from '../../core/plan/agent-request.ts';
import type { ClaudeRequest } from '../../core/plan/claude-request.ts';
import type { McpServer } from '../../core/plan/mcp-request.ts';
import type { Mask, StepAnswer, StepContext } from '../../core/ports.ts';
import type { Environment } from '../../core/process.ts';
import type { AttemptError } from '../../core/run/event.ts';
import type { Sandbox } from '../../core/sandbox.ts';
import type { Sessions } from '../../core/sessions.ts';
import type { WorkspaceFiles } from '../../core/workspace-files.ts';
import type { WorkspaceGuard } from '../../core/workspace-guard.ts';
import type { WorkspaceReader } from '../../core/workspace-reader.ts';
import { type Past, pastCalls } from '../mcp/recall.ts';
import { noSampler, type Sampler } from '../mcp/sampler.ts';
import type { Offer, ServerTools } from '../mcp/tools.ts';
import type { Tool } from '../tool.ts';
import { runAgent } from './agent.ts';
import type { AgentEnd, OfferedTool } from './agent-types.ts';
import { outputsOf, textOf, unsatisfied, valueIn } from './answer.ts';
import { type Asking, askPatiently } from './ask.ts';
import { bodyOf, maxTokensOf } from './body.ts';
import { type CliMeans, performCli } from './cli-agent.ts';
import { type Before, saidTo } from './continued.ts';
import type { Block, Model } from './conversation.ts';
import { estimatedTokens } from './estimate.ts';
import { costIn, shownUsage } from './pay.ts';
import { agentTtl, marked } from './prompt-cache.ts';
import { createSampler } from './sampling.ts';
import { resultBlock } from './tool-result.ts';
import { builtInTool } from './tools/built-in.ts';
import { memoryTool } from './tools/memory.ts';
import type { Opening } from './transcript.ts';

/** What agents need of the machine. */
export interface AgentMeans {
  readonly sessions: Sessions;
  readonly reader: WorkspaceReader;
  readonly files: WorkspaceFiles;
  readonly http: HttpClient;
  readonly mask: Mask;
  sandbox(kind: Sandbox['kind'], context: StepContext): Sandbox;
  /** All tools of the servers, or why there are none. */
  serverTools(offer: Offer): Promise<Result<ServerTools>>;
  /** Workflows that the agent calls: each call is a run of its own. */
  workflowTools(workflows: readonly AgentWorkflow[], context: StepContext): Promise<readonly Tool[]>;
  /** Null where the workspace cannot be compared: it is in no repository. */
  guard(): Promise<WorkspaceGuard | null>;
  /** The notes of a name. */
  notes(name: string, context: StepContext): NoteStore;
  /** From now on: whether steps of the run beside this one are at work, or were meanwhile. */
  othersAtWork(context: StepContext): () => boolean;
  /** The variables of these names, as the step has them. */
  environment(context: StepContext, names: readonly string[]): Environment;
  readonly version: string;
  /** Null where answers come from elsewhere than models: then the loop asks for them. */
  readonly cli: CliMeans | null;
}

export interface AgentWork {
  readonly request: ClaudeRequest;
  readonly agent: AgentRequest;
  readonly model: string;
  /** The first message. */
  readonly question: JsonObject;
  /** Of the answer, as the API takes it. */
  readonly schema: JsonObject | null;
  readonly asking: Asking;
  /** Who is asked for model calls that an MCP server wants. */
  readonly client: ModelClient;
  /** The conversation that goes on; null where one begins. */
  readonly before: Before | null;
}

export async function performAgent(work: AgentWork, means: AgentMeans): Promise<StepAnswer> {
  const { request, agent, asking } = work;
  const { context } = asking;
  if (agent.runner === 'cli' && means.cli !== null) return performCli(work, means, means.cli);
  const permissions = readPermissions(agent.permissions);
  const sandbox = means.sandbox(agent.sandbox ?? 'bubblewrap', context);
  const guard = hasTools(agent, request.servers) ? await means.guard() : null;
  const wrong = agent.tools.includes('run') ? await cannotRun(sandbox, guard) : null;
  if (wrong !== null) return { outcome: 'failed', error: { ...wrong, retryable: false } };
  const foreign = await foreignTools(work, means, permissions);
  if (!foreign.ok) return { outcome: 'failed', error: foreign.error };
  const workspace = { root: context.run.root, cwd: request.cwd, permissions, reader: means.reader };
  const own = agent.tools.map(
    (name): OfferedTool =>
      builtInTool(name, {
        workspace,
        files: means.files,
        client: means.http,
        sandbox,
        env: means.environment(context, permissions.env),
        ...(agent.sandboxMemory !== undefined && { memory: agent.sandboxMemory }),
        key: context.work.stepKey,
        version: means.version,
      }),
  );
  const notes = agent.memory === undefined ? [] : [notesOf(agent.memory, work, means)];
  const workflows = agent.workflows === undefined ? [] : await means.workflowTools(agent.workflows, context);
  const end = await runAgent(
    {
      opening: openingOf(work),
      models: [work.model, ...request.fallback],
      prompt: blocksOf(work.question),
      get tools() {
        return [
          ...own,
          ...notes,
          ...workflows.map((tool): OfferedTool => ({ tool, reach: 'acts', goesOn: true })),
          ...foreign.tools(),
        ];
      },
      refresh: foreign.refresh,
      maxTurns: agent.maxTurns,
      ...roomOf(work),
      onDenied: agent.onDenied,
      mayWrite: (path) => mayWrite(permissions, path),
      mayCall: (tool) => mayCall(permissions, tool),
      check: (content, repairs) => checkAnswer(work, content, repairs),
    },
    {
      model: modelOf(work),
      sessions: means.sessions,
      clock: asking.clock,
      mask: means.mask,
      ...(guard === null ? {} : { guard }),
      othersAtWork: () => means.othersAtWork(context),
    },
    context,
  );
  return answerOf(work, end);
}

function openingOf({ request, model, before, asking }: AgentWork): Opening {
  const { run, work } = asking.context;
  return {
    run: run.id,
    step: work.node,
    model,
    ...(request.system === undefined ? {} : { system: request.system }),
    ...(before === null ? {} : { from: before.session, messages: saidTo(model, before) }),
  };
}

/** Each change of a note is on disk before the model hears of it; what it is made of may come from where the agent can look. */
function notesOf(name: string, { request, agent, model, asking }: AgentWork, means: AgentMeans): OfferedTool {
  const { run, work } = asking.context;
  const sources = [
    ...agent.tools.filter((tool) => tool === 'fetch' || tool === 'run'),
    ...(request.servers ?? []).map((server) => `mcp:${server.name}`),
  ];
  const by = (): NoteOrigin => ({
    kind: 'model',
    at: asking.clock.wallMs(),
    run: run.id,
    step: work.node,
    model,
    sources,
  });
  return { tool: memoryTool({ store: means.notes(name, asking.context), mask: means.mask, by }), reach: 'edits' };
}

type Foreign =
  | {
      readonly ok: true;
      readonly tools: () => readonly OfferedTool[];
      readonly refresh: () => Promise<AttemptError | null>;
    }
  | { readonly ok: false; readonly error: AttemptError };

/** What a server says of its tools is not known to be so: any of them may do anything. */
async function foreignTools(
  { request, agent, model, asking, client }: AgentWork,
  means: AgentMeans,
  { net }: Permissions,
): Promise<Foreign> {
  const { servers = [] } = request;
  if (servers.length === 0) return { ok: true, tools: () => [], refresh: async () => null };
  const closed = servers.find(
    ({ url }) => agent.permissions.net !== undefined && url !== undefined && !allowsHost(net, hostOf(url)),
  );
  if (closed !== undefined) {
    const message = `The host of the MCP server \`${closed.name}\` is not among \`permissions: { net }\`.`;
    return { ok: false, error: { ...problem('POLICY_MCP_TOOL', message), retryable: false } };
  }
  asking.context.progress(`Tools of ${servers.map(({ name }) => name).join(', ')}`);
  const sampler = (server: McpServer): Sampler =>
    server.sampling === undefined
      ? noSampler(server)
      : createSampler(server, { client, model, mask: means.mask }, asking);
  const { signal } = asking.context;
  const found = await means.serverTools({ servers, sampler, past: pastOf(asking.context, means.mask), signal });
  if (!found.ok)
    return { ok: false, error: found.diagnostics[0] ?? problem('STEP_BAD_REQUEST', 'The servers give no tools.') };
  const { tools, refresh } = found.value;
  return {
    ok: true,
    tools: () => tools().map((tool) => ({ tool, reach: 'acts' })),
    refresh: () => refreshed(asking.context, refresh),
  };
}

/** What servers said of their tools since the last turn is noted: from now on the model is told something else of them. */
async function refreshed(context: StepContext, refresh: ServerTools['refresh']): Promise<AttemptError | null> {
  const found = await refresh(context.signal);
  if (!found.ok) return found.diagnostics[0] ?? problem('STEP_BAD_REQUEST', 'The servers give no tools.');
  for (const { server, added, removed, changed } of found.value) {
    context.progress(`The MCP server ${server} has other tools now.`);
    await context.note({ kind: 'tools-changed', server, added, removed, changed });
  }
  return null;
}

/** What a stateful server knew is gone with its process: what the journal has of its calls brings it back. */
function pastOf(context: StepContext, mask: Mask): Past {
  return {
    calls: pastCalls(context.work.news ?? []),
    digest: (id, answer) => digest(mask.json(resultBlock(id, answer)).content ?? null),
    async repeated(server, calls, different) {
      const words = different.length === 0 ? '' : `, of which ${different.length} gave something else than before`;
      context.progress(
        `${calls} earlier ${calls === 1 ? 'call' : 'calls'} of the MCP server ${server} made again${words}.`,
      );
      await context.note({ kind: 'calls-repeated', server, calls, different });
    },
  };
}

function hostOf(url: string): string {
  return URL.parse(url)?.hostname ?? '';
}

/** Said before anything is paid: an agent that cannot do what it was given to do does something else. */
async function cannotRun(sandbox: Sandbox, guard: WorkspaceGuard | null): Promise<Diagnostic | null> {
  const missing = await sandbox.problem();
  if (missing !== null || sandbox.kind !== 'none' || guard !== null) return missing;
  return problem(
    'STEP_WORKSPACE_UNSEEN',
    'Without a sandbox programs of an agent run only in a git repository: elsewhere nobody could see what they change.',
    {
      hint: 'Make the workspace a repository, or let them run in a sandbox.',
    },
  );
}

/** Absent where nothing is to be left out, or nobody knows how much the model can hold. */
function roomOf({ request, agent, model, schema }: AgentWork): { readonly room?: number; readonly frame?: number } {
  const { context } = agent;
  const rooms = [model, ...request.fallback].flatMap((one) => roomBeside(one, maxTokensOf(request, one)) ?? []);
  const most = rooms.length === 0 ? null : Math.min(...rooms);
  if (context === 'off' || (context === undefined && most === null)) return {};
  const room = Math.min(context ?? Number.POSITIVE_INFINITY, most ?? Number.POSITIVE_INFINITY);
  return { room, frame: estimatedTokens([request.system ?? '', schema]) };
}

function modelOf({ request, schema, asking }: AgentWork): Model {
  return {
    async ask({ model, messages, tools, isLong }) {
      const kept = messages.map(
        (message, index): JsonObject => ({
          ...message,
          // What was said so far is the same in the next turn: the API keeps it, for a tenth of its price.
          ...(index === messages.length - 1 && { content: marked(message.content, agentTtl(request)) }),
        }),
      );
      const body = bodyOf(request, { model, messages: kept }, schema, asking.known);
      const end = await askPatiently(asking, tools.length === 0 ? body : { ...body, tools }, isLong);
      if (end.kind === 'judged') return { kind: 'answered', message: end.message };
      return {
        kind: 'failed',
        error: end.kind === 'failed' ? end.error : problem('STEP_CANCELLED', 'It was stopped.'),
      };
    },
  };
}

/** An answer that does not satisfy its schema is mended, as often as that is allowed. */
function checkAnswer({ request }: AgentWork, content: readonly Block[], repairs: number): string | AttemptError | null {
  if (request.output === undefined) return null;
  const found = valueIn(textOf({ content }), request.output);
  if ('value' in found) return null;
  if (repairs >= request.repair) return unsatisfied(found.faults, repairs);
  const list = found.faults.map((fault) => `- ${fault}`).join('\n');
  return `That answer does not satisfy the schema:\n${list}\nGive the whole answer again, mended.`;
}

function blocksOf({ content }: JsonObject): readonly Block[] {
  return Array.isArray(content) ? (content as readonly Block[]) : []; // the step made them
}

function answerOf({ request, asking }: AgentWork, end: AgentEnd): StepAnswer {
  if (end.kind === 'stopped') return { outcome: 'interrupted' };
  const { turns, session, model, usage, denied } = end;
  const { by, keeps } = asking;
  const totals = {
    usage: shownUsage(usage),
    cost: costIn(asking.meter),
    model,
    ...(by === null ? {} : { by }),
    turns,
    session,
    denied: denied.length,
  };
  if (end.kind === 'failed') return { outcome: 'failed', error: end.error, outputs: totals };
  for (const keep of keeps) keep();
  const text = textOf(end);
  if (request.output === undefined) return { outcome: 'succeeded', outputs: { text, ...totals } };
  const found = valueIn(text, request.output);
  const fields = 'value' in found ? outputsOf(found.value, request.output) : {};
  return { outcome: 'succeeded', outputs: { ...fields, ...totals } };
}
