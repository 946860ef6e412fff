/** The step type `mcp`: a request to an MCP server, its answer, and what is made of it. Knows requests and answers, no servers. */
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import { digest, type Json, type JsonObject } from '../../core/json.ts';
import type { McpCall, McpConnection, McpEnd, McpRequestBody } from '../../core/mcp.ts';
import { allowsHost } from '../../core/net/hosts.ts';
import type { McpRequest, McpServer } from '../../core/plan/mcp-request.ts';
import type { Clock, StepAnswer, StepContext, StepType } from '../../core/ports.ts';
import type { AttemptError } from '../../core/run/event.ts';
import { failed, stopped } from '../ends.ts';
import { type Awaiting, awaitChange } from './await-change.ts';
import type { Answer, Gateway } from './gateway.ts';
import { type McpPool, USUAL_CALL_TIMEOUT_MS } from './pool.ts';
import { type Asked, readRequest } from './request.ts';
import { noSampler, type Sampler, type SamplerSource } from './sampler.ts';

export interface McpStepOptions {
  readonly pool: McpPool;
  readonly gateway: Gateway;
  readonly clock: Clock;
  /** Absent: no server may ask for model calls. */
  readonly sampler?: SamplerSource;
}

export function createMcpStep(options: McpStepOptions): StepType {
  return {
    name: 'mcp',
    async perform(json, context): Promise<StepAnswer> {
      const asked = readRequest(json);
      if ('code' in asked) return failed(asked);
      const { request, body } = asked;
      const refused = netProblem(request);
      if (refused !== null) return failed(refused);
      const begunMs = options.clock.monotonicMs();
      const { server } = request;
      const sampler = await samplerFor(server, context, options);
      const end = await ask(asked, sampler, context, options);
      await audit(body, server.name, end, options.clock.monotonicMs() - begunMs, context);
      const answer = answerOf(body, end, sampler.refusal());
      return stopped(answer, context) ?? answer;
    },
  };
}

async function samplerFor(server: McpServer, context: StepContext, { sampler }: McpStepOptions): Promise<Sampler> {
  return server.sampling === undefined || sampler === undefined ? noSampler(server) : sampler(server, context);
}

async function ask(
  { request, body }: Asked,
  { sample }: Sampler,
  context: StepContext,
  { pool, gateway }: McpStepOptions,
): Promise<McpEnd<Answer>> {
  const { server, tools, maxOutput, until } = request;
  const call: McpCall = {
    signal: context.signal,
    sample,
    timeoutMs: server.timeoutMs ?? USUAL_CALL_TIMEOUT_MS,
    progress(line) {
      context.alive?.();
      context.progress(line);
    },
  };
  const send = async (first?: (connection: McpConnection) => Promise<McpEnd<null>>): Promise<McpEnd<Answer>> => {
    const lease = await pool.lease(server, call);
    if (!lease.ok) return lease;
    const { connection, release } = lease.value;
    const begun = (await first?.(connection)) ?? { ok: true };
    const end = begun.ok ? await gateway.send({ server, body, tools, maxOutput }, connection, call) : begun;
    release(end.ok ? undefined : end.error);
    return end;
  };
  if (until === undefined || body.kind !== 'resource') return send();
  const { uri } = body;
  const subscribe: Awaiting['subscribe'] = (connection) => connection.updates(uri, call);
  return awaitChange({ server: server.name, uri, context, read: send, subscribe });
}

/** A server at an address is reached over the net, as a host of `http` is. */
function netProblem({ server, net }: McpRequest): Diagnostic | null {
  if (server.url === undefined || net === undefined) return null;
  const host = URL.parse(server.url)?.hostname ?? '';
  if (allowsHost(net, host)) return null;
  return problem(
    'POLICY_MCP_TOOL',
    `The host \`${host}\` of the MCP server \`${server.name}\` is not among \`permissions: { net }\`.`,
    {
      hint: `Allowed are: ${net.slice(0, 10).join(', ') || 'no hosts'}.`,
    },
  );
}

/** Arguments that are larger than this stand in the journal as their digest only. */
const MAX_NOTED = 4_096;

async function audit(
  body: McpRequestBody,
  server: string,
  end: McpEnd<Answer>,
  durationMs: number,
  context: StepContext,
): Promise<void> {
  if (body.kind !== 'tool') return;
  const verdict = end.ok ? (end.value.isError ? 'failed' : 'ok') : isDenied(end.error) ? 'denied' : 'failed';
  await context.note({
    kind: 'tool-ended',
    turn: 0,
    tool: `${server}.${body.name}`,
    arguments: noted(body.arguments),
    digest: end.ok ? digest(end.value.outputs) : null,
    bytes: end.ok ? end.value.bytes : 0,
    'duration-ms': Math.round(durationMs),
    verdict,
  });
}

function noted(args: JsonObject): Json {
  return JSON.stringify(args).length <= MAX_NOTED ? args : { digest: digest(args) };
}

function isDenied({ code }: AttemptError): boolean {
  return code.startsWith('POLICY_');
}

const SHOWN = 1_000;

/** `refusal`: of a model call of the server. Without it the tool may do; where it does not, that is why. */
function answerOf(body: McpRequestBody, end: McpEnd<Answer>, refusal: AttemptError | null): StepAnswer {
  if (!end.ok) return failed(end.error.code === 'STEP_MCP_ERROR' ? (refusal ?? end.error) : end.error);
  const { outputs, isError } = end.value;
  if (!isError) return { outcome: 'succeeded', outputs };
  if (refusal !== null) return failed(refusal, outputs);
  const name = body.kind === 'resource' ? body.uri : body.name;
  const said = String(outputs['text'] ?? '').slice(0, SHOWN);
  const hint = said === '' ? 'It said nothing more.' : `It said:\n${said}`;
  return failed(problem('STEP_MCP_TOOL_FAILED', `The tool \`${name}\` says that it failed.`, { hint }), outputs);
}
