/** The step type `claude`: a question, its answer, and whether that is what was asked for. Knows no sockets and no disk. */
import { resolve } from 'node:path';
import type { AttachmentReader } from '../../core/claude/attachments.ts';
import type { ModelClient, ModelMessage } from '../../core/claude/model-client.ts';
import { DEFAULT_MODEL, type KnownModels, temperatureFault } from '../../core/claude/models.ts';
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { hasTools } from '../../core/plan/agent-request.ts';
import type { ClaudeRequest } from '../../core/plan/claude-request.ts';
import type { Clock, StepAnswer, StepContext, StepType } from '../../core/ports.ts';
import type { AttemptError } from '../../core/run/event.ts';
import { failed, stopped } from '../ends.ts';
import { type AgentMeans, type AgentWork, performAgent } from './agent-step.ts';
import { outputsOf, unsatisfied, valueIn } from './answer.ts';
import { type Asking, ask, NO_USAGE, withMessages } from './ask.ts';
import type { BatchDesk } from './batch-desk.ts';
import { batched } from './batched.ts';
import { bodyOf } from './body.ts';
import { boundedPrompt } from './bounded-prompt.ts';
import { fileBlock, imageBlock } from './content.ts';
import { conversationBefore } from './continued.ts';
import { mayFallBack } from './fallback.ts';
import { costIn, metered, meterOf, type Purse, shownUsage } from './pay.ts';
import { withSharedKept } from './prompt-cache.ts';
import { readRequest } from './request.ts';

export interface ClaudeStepOptions {
  readonly client: ModelClient;
  /** A client that takes answers that were given before, and keeps those that turn out well. */
  readonly kept?: (client: ModelClient) => ModelClient;
  /** What calls are paid from. Absent: nobody pays. */
  readonly purse?: Purse;
  /** Where calls are collected to batches. Absent: each is sent by itself. */
  readonly desk?: BatchDesk;
  readonly files: AttachmentReader;
  readonly clock: Clock;
  /** Of the configuration. */
  readonly model?: string;
  readonly known?: KnownModels;
  /** What agents need, once there is one. */
  readonly agent: () => Promise<AgentMeans>;
  /** The part of a JSON Schema that the API takes; throws for one that it cannot hold. */
  readonly apiSchema: (schema: JsonObject) => JsonObject;
}

/** Of all files of a request together: the API takes 32 MB, in which they are a third longer. */
const MAX_FILE_BYTES = 24 * 1_048_576;

export function createClaudeStep(options: ClaudeStepOptions): StepType {
  return {
    name: 'claude',
    async perform(json, context): Promise<StepAnswer> {
      const request = readRequest(json);
      if ('code' in request) return failed(request);
      const schema = apiSchemaOf(request, options);
      if (!schema.ok) return failed(schema.diagnostics[0]);
      const question = await questionOf(request, context, options);
      if (!question.ok) return failed(question.diagnostics[0]);
      const asking = askingFor(request, context, options);
      const { agent } = request;
      const answer =
        agent === undefined
          ? await askModels(asking, request, options, [question.value], schema.value)
          : await converseOn({ request, agent, question: question.value, schema: schema.value, asking }, options);
      const end = stopped(answer, context);
      if (end === null) return answer;
      return answer.outputs === undefined ? end : { ...end, outputs: answer.outputs };
    },
  };
}

/** A conversation that is kept; one that goes on has the model and the system prompt that it had, unless the step names others. */
async function converseOn(
  work: Omit<AgentWork, 'model' | 'before' | 'client'>,
  options: ClaudeStepOptions,
): Promise<StepAnswer> {
  const means = await options.agent();
  const before = await conversationBefore(means.sessions, work.request.continues);
  if (!before.ok) return failed(before.diagnostics[0]);
  const { model, system } = before.value ?? {};
  const request = { ...(system === undefined ? {} : { system }), ...work.request };
  const asked = request.model ?? model ?? options.model ?? DEFAULT_MODEL;
  const unfit = unfitFor(asked, request, options);
  if (unfit !== null) return failed(unfit);
  return performAgent({ ...work, request, model: asked, before: before.value, client: options.client }, means);
}

/** An attempt that follows a failure asks anew: the answer that is kept may be what failed. */
function askingFor(
  { cache, output, agent, batch, maxPromptTokens, servers = [] }: ClaudeRequest,
  context: StepContext,
  options: ClaudeStepOptions,
): Asking {
  const asksOnly = agent === undefined || (agent.memory === undefined && !hasTools(agent, servers));
  const mayTake = cache === 'auto' && asksOnly && context.work.attempt === 1;
  const meter = meterOf(context);
  const singly = metered(options.client, meter, context, options.purse);
  const { purse, desk } = options;
  const mayBatch = batch !== undefined && desk !== undefined && purse !== undefined;
  const client = mayBatch ? batched(singly, desk, { meter, context, purse }, batch === 'always') : singly;
  const isBounded = maxPromptTokens !== undefined && purse !== undefined;
  const sending = isBounded ? boundedPrompt(client, maxPromptTokens) : client;
  return {
    client: mayTake && options.kept !== undefined ? options.kept(sending) : sending,
    meter,
    ...(options.purse === undefined ? {} : { purse: options.purse }),
    clock: options.clock,
    context,
    usage: NO_USAGE,
    by: null,
    keeps: [],
    ...(options.known === undefined ? {} : { known: options.known }),
    ...(typeof agent?.context === 'number' ? { room: agent.context } : {}),
    ...(output === undefined ? {} : { wanted: output }),
  };
}

function apiSchemaOf({ output }: ClaudeRequest, options: ClaudeStepOptions): Result<JsonObject | null> {
  if (output === undefined) return { ok: true, value: null };
  try {
    return { ok: true, value: options.apiSchema(output) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      ok: false,
      diagnostics: [problem('STEP_CLAUDE_REQUEST', `The API cannot hold the schema of \`output\`: ${why}.`)],
    };
  }
}

async function questionOf(
  request: ClaudeRequest,
  { run }: StepContext,
  options: ClaudeStepOptions,
): Promise<Result<JsonObject>> {
  const folder = resolve(run.root, request.cwd);
  const blocks: JsonObject[] = [];
  let left = MAX_FILE_BYTES;
  for (const [globs, blockOf] of [
    [request.images, imageBlock],
    [request.files, fileBlock],
  ] as const) {
    if (globs.length === 0) continue;
    const read = await options.files.read({ root: run.root, folder, globs, maxBytes: left });
    if (!read.ok) return read;
    for (const file of read.value) {
      left -= file.bytes.length;
      const block = blockOf(file);
      if (isDiagnostic(block)) return { ok: false, diagnostics: [block] };
      blocks.push(block);
    }
  }
  const text = { type: 'text', text: request.prompt };
  return { ok: true, value: { role: 'user', content: [...blocks, text] } };
}

function isDiagnostic(block: JsonObject | Diagnostic): block is Diagnostic {
  return 'code' in block;
}

/** The path of a step that is done for several items names the item. */
function isItem({ work }: StepContext): boolean {
  return work.node.includes('[');
}

/** What a model is known to refuse is not sent. A plan says so where it names the model. */
function unfitFor(model: string, { temperature }: ClaudeRequest, { known }: ClaudeStepOptions): AttemptError | null {
  const fault = temperature === undefined ? null : temperatureFault(model, known);
  if (fault === null) return null;
  return { ...problem('STEP_CLAUDE_REQUEST', fault.message, { hint: fault.hint }), retryable: false };
}

/** Each model begins with the question: what another one thought is bound to it. */
async function askModels(
  asking: Asking,
  request: ClaudeRequest,
  options: ClaudeStepOptions,
  messages: readonly JsonObject[],
  schema: JsonObject | null,
): Promise<StepAnswer> {
  const models = [request.model ?? options.model ?? DEFAULT_MODEL, ...request.fallback];
  for (const [index, model] of models.entries()) {
    const unfit = unfitFor(model, request, options);
    const body = bodyOf(request, { model, messages }, schema, options.known);
    const kept = withSharedKept(body, request, isItem(asking.context));
    const answer = unfit === null ? await converse(asking, request, kept) : failed(unfit);
    const mayFall = answer.outcome === 'failed' && mayFallBack(answer.error?.code);
    if (!mayFall || index === models.length - 1) return answer;
    asking.context.progress(`${answer.error?.message ?? ''} Asking ${models[index + 1]}.`);
  }
  return failed(problem('STEP_BAD_REQUEST', 'There is no model to ask.'));
}

/** Asks, and asks to mend an answer that does not satisfy its schema. */
async function converse(asking: Asking, request: ClaudeRequest, question: JsonObject): Promise<StepAnswer> {
  const { output, repair } = request;
  let body = question;
  for (let tries = 0; ; tries++) {
    const answered = await ask(asking, body);
    if (answered.kind === 'stopped') return failed(undefined, spent(asking));
    if (answered.kind === 'failed') return failed(answered.error, spent(asking));
    const { text, message } = answered;
    if (output === undefined) return succeeded(asking, { text }, message);
    const found = valueIn(text, output);
    if ('value' in found) return succeeded(asking, outputsOf(found.value, output), message);
    if (tries >= repair) return failed(unsatisfied(found.faults, tries), { ...spent(asking), text });
    asking.context.progress(`${found.faults[0] ?? ''} Asking to mend it.`);
    const said = { role: 'assistant', content: message.content };
    body = withMessages(answered.body, said, { role: 'user', content: mending(found.faults) });
  }
}

function mending(faults: readonly string[]): Json {
  const list = faults.map((fault) => `- ${fault}`).join('\n');
  return `That answer does not satisfy the schema:\n${list}\nGive the whole answer again, mended.`;
}

function succeeded(asking: Asking, outputs: JsonObject, { model }: ModelMessage): StepAnswer {
  for (const keep of asking.keeps) keep();
  const { by } = asking;
  return { outcome: 'succeeded', outputs: { ...outputs, ...spent(asking), model, ...(by === null ? {} : { by }) } };
}

function spent({ usage, meter }: Asking): JsonObject {
  return { usage: shownUsage(usage), cost: costIn(meter) };
}
