/**
 * Answers model calls that an MCP server asks for: in the form of its protocol to the outside, a call like any other of the step to the
 * inside, which is asked for, noted and paid. Knows no connections.
 */
import type { ModelClient, ModelMessage } from '../../core/claude/model-client.ts';
import { factsOf } from '../../core/claude/models.ts';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { McpEnd } from '../../core/mcp.ts';
import { type McpServer, USUAL_SAMPLING } from '../../core/plan/mcp-request.ts';
import type { Mask, StepContext } from '../../core/ports.ts';
import type { AttemptError } from '../../core/run/event.ts';
import type { Sampler } from '../mcp/sampler.ts';
import { textOf } from './answer.ts';
import { type Asking, askPatiently } from './ask.ts';
import { metered } from './pay.ts';

/** Who is asked, where the server says nothing of it; not yet metered. */
export interface Asked {
  readonly client: ModelClient;
  readonly model: string;
  /** No model is told a secret that a server was given. */
  readonly mask: Mask;
}

/** `step`: that which called the server. Its notes of calls name the server. */
export function createSampler(
  { name, sampling = {} }: McpServer,
  { client, model, mask }: Asked,
  step: Asking,
): Sampler {
  const context: StepContext = { ...step.context, note: (news) => step.context.note({ ...news, server: name }) };
  const asking: Asking = { ...step, context, client: metered(client, step.meter, context, step.purse) };
  const { maxTokens = USUAL_SAMPLING.maxTokens, calls = USUAL_SAMPLING.calls } = sampling;
  const who = sampling.model ?? model;
  let refusal: AttemptError | null = null;
  let made = 0;
  let last: Promise<unknown> = Promise.resolve();
  const refuse = (error: AttemptError): McpEnd<never> => {
    if (error.code !== 'STEP_CANCELLED') refusal = error;
    return { ok: false, error };
  };
  const answer = async (request: JsonObject, signal: AbortSignal): Promise<McpEnd<JsonObject>> => {
    if (signal.aborted) return refuse(stopped());
    const body = bodyFor(request, who, Math.min(maxTokens, factsOf(who)?.maxOutput ?? maxTokens));
    if (typeof body === 'string') return refuse(unreadable(name, body));
    if (made >= calls) return refuse(tooMany(name, calls));
    made += 1;
    context.progress(`A model call for the MCP server ${name}`);
    const end = await askPatiently({ ...asking, context: { ...context, signal } }, mask.json(body));
    if (end.kind === 'stopped') return refuse(stopped());
    if (end.kind === 'failed') return refuse(end.error);
    const { judged, message } = end;
    if (judged.kind === 'failed' && message.stop !== 'max_tokens') return refuse(judged.error);
    return { ok: true, value: resultOf(message) };
  };
  return {
    refusal: () => refusal,
    /** One after the other: so each has a number of its own. */
    sample(request, signal) {
      const mine = last.then(() => answer(request, signal));
      last = mine;
      return mine;
    },
  };
}

const MAX_MESSAGES = 1_000;

/** What is asked for, within the bounds; or what of it cannot be read. What a server would like of the model is not asked. */
function bodyFor(request: JsonObject, model: string, most: number): JsonObject | string {
  const { messages, systemPrompt, maxTokens, stopSequences } = request;
  if (!Array.isArray(messages) || messages.length === 0 || messages.length > MAX_MESSAGES)
    return `it has no messages, or more than ${MAX_MESSAGES}`;
  const read = messages.map(messageOf);
  const wrong = read.find((message) => typeof message === 'string');
  if (wrong !== undefined) return wrong;
  const wanted = typeof maxTokens === 'number' && Number.isInteger(maxTokens) && maxTokens > 0 ? maxTokens : most;
  const stops = Array.isArray(stopSequences) ? stopSequences.filter((stop) => typeof stop === 'string') : [];
  return {
    model,
    max_tokens: Math.min(wanted, most),
    ...(typeof systemPrompt === 'string' && systemPrompt !== '' && { system: systemPrompt }),
    ...(stops.length > 0 && { stop_sequences: stops }),
    messages: read,
  };
}

function messageOf(message: Json): JsonObject | string {
  const { role, content } = isJsonObject(message) ? message : {};
  if (role !== 'user' && role !== 'assistant') return 'a message is of nobody';
  const blocks = [content ?? null].flat().map(blockOf);
  const wrong = blocks.find((block) => typeof block === 'string');
  return wrong === undefined ? { role, content: blocks } : wrong;
}

function blockOf(part: Json): JsonObject | string {
  const { type, text, data, mimeType } = isJsonObject(part) ? part : {};
  if (type === 'text' && typeof text === 'string') return { type: 'text', text };
  if (type === 'image' && typeof data === 'string' && typeof mimeType === 'string')
    return { type: 'image', source: { type: 'base64', media_type: mimeType, data } };
  return `a message holds \`${String(type).slice(0, 40)}\`, and only texts and images are taken`;
}

const STOPS: ReadonlyMap<string | null, string> = new Map([
  ['end_turn', 'endTurn'],
  ['max_tokens', 'maxTokens'],
  ['stop_sequence', 'stopSequence'],
]);

function resultOf(message: ModelMessage): JsonObject {
  const stopReason = STOPS.get(message.stop) ?? 'endTurn';
  return { role: 'assistant', content: { type: 'text', text: textOf(message) }, model: message.model, stopReason };
}

function tooMany(name: string, calls: number): AttemptError {
  const message = `The MCP server \`${name}\` asked for more than ${calls} model ${calls === 1 ? 'call' : 'calls'} in one attempt.`;
  const hint = 'Where that is meant, raise `sampling: { calls }` of the server.';
  return { ...problem('POLICY_MCP_SAMPLING', message, { hint }), retryable: false };
}

function unreadable(name: string, why: string): AttemptError {
  const message = `The MCP server \`${name}\` asked for a model call that cannot be made: ${why}.`;
  return { ...problem('STEP_MCP_ERROR', message), retryable: false };
}

function stopped(): AttemptError {
  return problem('STEP_CANCELLED', 'The step was stopped during a model call of an MCP server.');
}
