/**
 * The conversation of an agent as lines that are kept, and what they come to. Pure: knows no disk and no model.
 *
 * | line | says |
 * | --- | --- |
 * | `opened` | whose conversation this is, who answers, and what of another one it goes on with |
 * | `message` | somebody said this; of the model with `stop` and `usage` |
 * | `call-began` | a call that may do something is about to be made |
 * | `call-ended` | what a call gave, as the model is told |
 * | `turn-ended` | all calls of the last answer have ended; the model is told their results |
 * | `edited` | these results are left out of what is sent from now on, and the thinking behind them |
 * | `summed-up` | a text of the model stands for the beginning from now on |
 * | `model-changed` | another model goes on; it is told what was said and done as text |
 * | `ended` | nothing more is said in this session |
 */
import type { ModelMessage, ModelUsage } from '../../core/claude/model-client.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { NO_USAGE } from './ask.ts';
import { summedUp } from './compact.ts';
import type { Block, Message } from './conversation.ts';
import { retold, withoutThoughts } from './fallback.ts';
import { type Counted, type Fit, withoutResults } from './fit.ts';

/** A call that the model asked for. */
export interface AskedCall {
  readonly id: string;
  readonly name: string;
  readonly args: JsonObject;
}

/** What a call came to. */
export interface CallResult {
  readonly block: Block;
  readonly verdict: 'ok' | 'failed' | 'denied';
  readonly durationMs: number;
}

/** The calls of the last answer, while not all have ended. */
export interface OpenTurn {
  readonly calls: readonly AskedCall[];
  readonly began: ReadonlySet<string>;
  readonly results: ReadonlyMap<string, CallResult>;
}

/** How a conversation begins. */
export interface Opening {
  readonly run: string;
  readonly step: string;
  readonly model: string;
  readonly system?: string;
  /** The conversation of which this one is a branch, and what was said there. */
  readonly from?: string;
  readonly messages?: readonly Message[];
}

/** What the lines come to. */
export interface Standing {
  /** Null in conversations of older versions. */
  readonly opening: Opening | null;
  readonly messages: readonly Message[];
  /** The same, as they are sent. */
  readonly sent: readonly Message[];
  /** What was left out last, and before which turn. */
  readonly edit: Edit | null;
  /** How many of them were said in another conversation. */
  readonly copied: number;
  /** Who answered. */
  readonly models: readonly string[];
  /** Messages of all models, also those that are not sent any more. */
  readonly said: number;
  /** Who goes on in the place of the model that was asked first; null while that one does. */
  readonly model: string | null;
  /** Answers of the model. */
  readonly turns: number;
  readonly open: OpenTurn | null;
  /** The last answer, where nothing came after it. */
  readonly last: { readonly content: readonly Block[]; readonly stop: string | null } | null;
  readonly usage: ModelUsage;
  /** The last prompt that the API counted. */
  readonly counted: Counted | null;
  readonly repairs: number;
  readonly denied: readonly string[];
  /** Why nothing more is said; null while it goes on. */
  readonly ended: string | null;
}

export interface Edit {
  readonly turn: number;
  readonly results: number;
  /** Messages that were summed up. */
  readonly messages?: number;
  readonly thoughts: number;
  /** Estimated: before, and since. */
  readonly before: number;
  readonly tokens: number;
}

const EMPTY_STANDING: Standing = {
  opening: null,
  messages: [],
  sent: [],
  edit: null,
  copied: 0,
  models: [],
  said: 0,
  model: null,
  turns: 0,
  open: null,
  last: null,
  usage: NO_USAGE,
  counted: null,
  repairs: 0,
  denied: [],
  ended: null,
};

/** One line, so that no crash comes between what was said before and whose it is. */
export function openedLine({ messages, ...opening }: Opening): JsonObject {
  return { kind: 'opened', ...opening, ...(messages && { messages: messages.map((one) => ({ ...one })) }) };
}

export function saidLine(content: readonly Block[], repair = false): JsonObject {
  return { kind: 'message', role: 'user', content, ...(repair && { repair }) };
}

export function answerLine({ model, content, stop, usage }: ModelMessage): JsonObject {
  return { kind: 'message', role: 'assistant', model, content, stop, usage: { ...usage } };
}

export function beganLine(id: string): JsonObject {
  return { kind: 'call-began', id };
}

export function resultLine(id: string, { block, verdict, durationMs }: CallResult): JsonObject {
  return { kind: 'call-ended', id, block, verdict, 'duration-ms': durationMs };
}

export function turnLine(): JsonObject {
  return { kind: 'turn-ended' };
}

export function editedLine(turn: number, { places, before, tokens }: Fit): JsonObject {
  return { kind: 'edited', turn, before, tokens, places: places.map(({ message, block }) => [message, block]) };
}

/** `until`: how many messages the summary stands for, the question among them. `turn`: the one that goes on with it. */
export function summaryLine(
  { model, usage }: ModelMessage,
  summary: string,
  { until, turn, before, tokens }: { until: number; turn: number; before: number; tokens: number },
): JsonObject {
  return { kind: 'summed-up', until, summary, model, usage: { ...usage }, turn, before, tokens };
}

export function modelLine(model: string): JsonObject {
  return { kind: 'model-changed', model };
}

export function endLine(why: string): JsonObject {
  return { kind: 'ended', why };
}

/** What a whole transcript comes to; null where a line is none, or stands where it cannot. */
export function standingOf(lines: readonly JsonObject[]): Standing | null {
  let standing: Standing | null = EMPTY_STANDING;
  for (const line of lines) {
    if (standing === null || standing.ended !== null) return null;
    standing = withLine(standing, line);
  }
  return standing;
}

export function withLine(standing: Standing, line: JsonObject): Standing | null {
  switch (line.kind) {
    case 'opened':
      return withOpening(standing, line);
    case 'message':
      return withMessage(standing, line);
    case 'call-began':
      return withBegan(standing, line.id);
    case 'call-ended':
      return withResult(standing, line);
    case 'turn-ended':
      return withTurn(standing);
    case 'edited':
      return withEdit(standing, line);
    case 'summed-up':
      return withSummary(standing, line);
    case 'model-changed':
      return withModel(standing, line.model);
    case 'ended':
      return { ...standing, ended: typeof line.why === 'string' ? line.why : '' };
    default:
      return null;
  }
}

function withOpening(standing: Standing, line: JsonObject): Standing | null {
  const { run, step, model, system, from, messages = [] } = line;
  if (standing.messages.length > 0 || standing.opening !== null || !isMessages(messages)) return null;
  if (typeof run !== 'string' || typeof step !== 'string' || typeof model !== 'string') return null;
  const opening = {
    run,
    step,
    model,
    ...(typeof system === 'string' && { system }),
    ...(typeof from === 'string' && { from }),
  };
  return { ...standing, opening, messages, sent: messages, said: messages.length, copied: messages.length };
}

function withMessage(standing: Standing, { role, model, content, stop, usage, repair }: JsonObject): Standing | null {
  if (!isBlocks(content) || standing.open !== null) return null;
  if (role === 'user') {
    const repairs = standing.repairs + (repair === true ? 1 : 0);
    return { ...withSaid(standing, { role, content }), last: null, repairs };
  }
  if (role !== 'assistant') return null;
  const calls = stop === 'tool_use' ? callsIn(content) : [];
  return {
    ...withSaid(standing, { role, content }),
    models: typeof model === 'string' ? [...new Set([...standing.models, model])] : standing.models,
    turns: standing.turns + 1,
    open: calls.length === 0 ? null : { calls, began: new Set(), results: new Map() },
    last: { content, stop: typeof stop === 'string' ? stop : null },
    usage: sumOf(standing.usage, usage),
    counted: countedIn(standing, usage),
  };
}

function withBegan(standing: Standing, id: Json | undefined): Standing | null {
  const { open } = standing;
  if (open === null || typeof id !== 'string') return null;
  return { ...standing, open: { ...open, began: new Set([...open.began, id]) } };
}

function withResult(standing: Standing, line: JsonObject): Standing | null {
  const { open } = standing;
  const { id, block, verdict, 'duration-ms': durationMs } = line;
  if (open === null || typeof id !== 'string' || !isBlock(block)) return null;
  if (verdict !== 'ok' && verdict !== 'failed' && verdict !== 'denied') return null;
  const call = open.calls.find((one) => one.id === id);
  if (call === undefined) return null;
  const result: CallResult = { block, verdict, durationMs: typeof durationMs === 'number' ? durationMs : 0 };
  const denied = verdict === 'denied' ? [...standing.denied, call.name] : standing.denied;
  return { ...standing, open: { ...open, results: new Map([...open.results, [id, result] as const]) }, denied };
}

/** The results become what the model is told next. */
function withTurn(standing: Standing): Standing | null {
  const { open } = standing;
  if (open === null) return { ...standing, last: null };
  const content = open.calls.flatMap(({ id }) => open.results.get(id)?.block ?? []);
  if (content.length < open.calls.length) return null;
  return { ...withSaid(standing, { role: 'user', content }), open: null, last: null };
}

function withSaid(standing: Standing, message: Message): Standing {
  const { messages, sent, said } = standing;
  return { ...standing, messages: [...messages, message], sent: [...sent, message], said: said + 1 };
}

/** Where a turn begins, and nowhere else. */
function withEdit(standing: Standing, { turn, places, before, tokens }: JsonObject): Standing | null {
  if (standing.open !== null || standing.last !== null || !Array.isArray(places) || places.length === 0) return null;
  if (typeof turn !== 'number' || typeof before !== 'number' || typeof tokens !== 'number') return null;
  const read = places.map((place) => (Array.isArray(place) ? place.map(Number) : []));
  const done = withoutResults(
    standing.sent,
    read.map(([message = -1, block = -1]) => ({ message, block })),
  );
  if (done === null) return null;
  const edit = { turn, results: places.length, thoughts: done.thoughts, before, tokens };
  return { ...standing, sent: done.messages, edit };
}

/** Where a turn begins, as well. It is a turn by itself: it was asked for, and is paid for. */
function withSummary(standing: Standing, line: JsonObject): Standing | null {
  const { until, summary, model, usage, turn, before, tokens } = line;
  if (standing.open !== null || standing.last !== null || typeof summary !== 'string') return null;
  if (typeof until !== 'number' || typeof turn !== 'number') return null;
  if (typeof before !== 'number' || typeof tokens !== 'number') return null;
  const sent = summedUp(standing.sent, until, summary);
  if (sent === null) return null;
  return {
    ...standing,
    sent,
    edit: { turn, results: 0, messages: until - 1, thoughts: 0, before, tokens },
    // What follows counts its messages anew: the question, then what was not summed up.
    copied: standing.copied > until ? standing.copied - until + 1 : 0,
    counted: null,
    models: typeof model === 'string' ? [...new Set([...standing.models, model])] : standing.models,
    turns: standing.turns + 1,
    usage: sumOf(standing.usage, usage),
  };
}

/** An answer says how many tokens its prompt had; one that says nothing corrects nothing. */
function countedIn({ sent, counted }: Standing, usage: Json | undefined): Counted | null {
  const { input, cacheRead, cacheWrite5m, cacheWrite1h } = sumOf(NO_USAGE, usage);
  const tokens = input + cacheRead + cacheWrite5m + cacheWrite1h;
  return tokens > 0 ? { messages: sent.length, tokens } : counted;
}

/** An answer that was no good is not told on. */
function withModel(standing: Standing, model: Json | undefined): Standing | null {
  if (standing.open !== null || typeof model !== 'string') return null;
  const sent = standing.last === null ? standing.sent : standing.sent.slice(0, -1);
  const before = withoutThoughts(sent.slice(0, standing.copied));
  const since = sent.slice(standing.copied);
  const told = since.length === 0 ? before : [...before, retold(since)];
  return {
    ...standing,
    model,
    messages: told,
    sent: told,
    copied: before.length,
    counted: null,
    edit: null,
    last: null,
  };
}

/** The calls of an answer; a second one of the same id is none. */
function callsIn(content: readonly Block[]): readonly AskedCall[] {
  const calls = new Map<string, AskedCall>();
  for (const { type, id, name, input } of content) {
    if (type !== 'tool_use' || typeof id !== 'string' || typeof name !== 'string' || calls.has(id)) continue;
    calls.set(id, { id, name, args: isJsonObject(input) ? input : {} });
  }
  return [...calls.values()];
}

function sumOf(sum: ModelUsage, usage: Json | undefined): ModelUsage {
  const more = isJsonObject(usage) ? usage : {};
  const count = (key: string): number => (typeof more[key] === 'number' ? more[key] : 0);
  return {
    input: sum.input + count('input'),
    output: sum.output + count('output'),
    cacheRead: sum.cacheRead + count('cacheRead'),
    cacheWrite5m: sum.cacheWrite5m + count('cacheWrite5m'),
    cacheWrite1h: sum.cacheWrite1h + count('cacheWrite1h'),
  };
}

function isBlock(value: Json | undefined): value is Block {
  return isJsonObject(value) && typeof value.type === 'string';
}

function isBlocks(value: Json | undefined): value is readonly Block[] {
  return Array.isArray(value) && value.every(isBlock);
}

function isMessages(value: Json): value is readonly (Message & JsonObject)[] {
  return (
    Array.isArray(value) &&
    value.every(
      (one) => isJsonObject(one) && (one.role === 'user' || one.role === 'assistant') && isBlocks(one.content),
    )
  );
}
