/**
 * The loop of an agent: a model answers, the tools that it calls are called, it is told what they gave, until it is done. Each turn is on
 * disk before the next begins, so that another process goes on where this one was ended. Knows no HTTP, no prices and no files.
 */
import type { ModelMessage } from '../../core/claude/model-client.ts';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { JsonObject } from '../../core/json.ts';
import type { StepContext } from '../../core/ports.ts';
import type { AttemptError } from '../../core/run/event.ts';
import type { Tool, ToolContext } from '../tool.ts';
import type { AgentEnd, AgentJob, AgentPorts, SessionNews } from './agent-types.ts';
import { judge } from './answer.ts';
import { NO_USAGE } from './ask.ts';
import { askedToSumUp, partToSumUp, summedUp } from './compact.ts';
import { goneTools } from './continued.ts';
import type { Block, Conversation } from './conversation.ts';
import { estimatedTokens } from './estimate.ts';
import { mayFallBack, modelAfter } from './fallback.ts';
import { fitInto } from './fit.ts';
import { interrupted, makeCalls, offered } from './tool-calls.ts';
import { callNews } from './tool-result.ts';
import {
  type AskedCall,
  answerLine,
  beganLine,
  type Edit,
  editedLine,
  endLine,
  modelLine,
  type OpenTurn,
  openedLine,
  resultLine,
  saidLine,
  summaryLine,
  turnLine,
} from './transcript.ts';
import { ANSWERED, openTranscript, type Transcript } from './transcript-writer.ts';
import { trespassIn, type WatchedTurn, watchTurn } from './watched-turn.ts';

/** Never rejects, unless giga has a bug. */
export async function runAgent(job: AgentJob, ports: AgentPorts, context: StepContext): Promise<AgentEnd> {
  const opened = await openTranscript(ports.sessions, context.work);
  if (!opened.ok)
    return { kind: 'failed', error: { ...opened.error, retryable: false }, model: job.models[0], ...NOTHING_DONE };
  const { transcript } = opened;
  try {
    const talk: Talk = { job, ports, context, transcript };
    const stop = (opened.isNew ? await begin(talk) : null) ?? (await goOn(talk));
    return await ended(talk, stop);
  } finally {
    transcript.close();
  }
}

interface Talk {
  readonly job: AgentJob;
  readonly ports: AgentPorts;
  readonly context: StepContext;
  readonly transcript: Transcript;
}

/** Why no further turn begins. `isFinal`: another attempt begins a conversation of its own. */
type Stop =
  | { readonly kind: 'answered'; readonly content: readonly Block[] }
  | { readonly kind: 'failed'; readonly error: AttemptError; readonly isFinal: boolean }
  | { readonly kind: 'stopped' };

const STOPPED: Stop = { kind: 'stopped' };
const NOTHING_DONE = { session: '', turns: 0, usage: NO_USAGE, denied: [] };

function over(error: AttemptError): Stop {
  return { kind: 'failed', error: { ...error, retryable: false }, isFinal: true };
}

async function begin({ job, context, transcript }: Talk): Promise<Stop | null> {
  const { opening, messages, copied } = transcript.standing();
  const opened = job.opening === undefined || opening !== null ? [] : [openedLine(job.opening)];
  const isSaid = messages.length > copied;
  const fault = isSaid ? null : await transcript.add([...opened, saidLine(job.prompt)]);
  if (fault !== null) return { kind: 'failed', error: fault, isFinal: false };
  return (await context.note(sessionNews('session-began', transcript))) ? null : STOPPED;
}

/** Turn after turn, from wherever the conversation stands. */
async function goOn(talk: Talk): Promise<Stop> {
  for (;;) {
    const { open, last, ended } = talk.transcript.standing();
    if (ended === ANSWERED && last !== null) return { kind: 'answered', content: last.content };
    const stop =
      open !== null ? await answerCalls(talk, open) : last !== null ? await weigh(talk, last) : await ask(talk);
    if (stop !== null) return stop;
  }
}

/** Asks the model once. Its answer is on disk before anything of it is done. */
async function ask(talk: Talk): Promise<Stop | null> {
  const { job, ports, context, transcript } = talk;
  const { sent, copied, turns } = transcript.standing();
  const model = modelOf(talk);
  if (context.signal.aborted) return STOPPED;
  if (turns >= job.maxTurns) return over(exhausted(job.maxTurns));
  context.progress(`turn ${turns + 1}`);
  const changed = (await job.refresh?.()) ?? null;
  if (context.signal.aborted) return STOPPED;
  if (changed !== null) return over(changed);
  const tools = job.tools
    .filter(({ tool }) => job.mayCall(tool.name))
    .map(({ tool }) => tool.known ?? definitionOf(tool));
  const conversation = await fittedInto(talk, model, [...tools, ...goneTools(sent.slice(0, copied), tools)]);
  if (conversation === null || 'kind' in conversation) return conversation;
  const answer = await ports.model.ask(conversation, context.signal);
  if (answer.kind === 'failed' && context.signal.aborted) return STOPPED;
  const wrong = answer.kind === 'failed' ? answer.error : wrongIn(answer.message);
  const next = mayFallBack(wrong?.code) ? modelAfter(model, job.models) : null;
  const said = answer.kind === 'answered' ? [answerLine(answer.message)] : [];
  const fault = await transcript.add([...said, ...(next === null ? [] : [modelLine(next)])]);
  if (fault !== null) return { kind: 'failed', error: fault, isFinal: false };
  if (wrong === null) return null;
  if (next === null) return { kind: 'failed', error: wrong, isFinal: answer.kind === 'answered' };
  context.progress(`${wrong.message} Asking ${next}.`);
  const news = { kind: 'model-changed', from: model, to: next, why: wrong.code, session: transcript.name };
  return (await context.note(news)) ? null : STOPPED;
}

function modelOf({ job, transcript }: Talk): string {
  return transcript.standing().model ?? job.models[0];
}

/** What is sent of the conversation: all, or what its model has room for. What is left out is kept, then noted. Null: it was summed up, and the turn begins anew. */
async function fittedInto(
  talk: Talk,
  model: string,
  tools: Conversation['tools'],
): Promise<Conversation | Stop | null> {
  const { job, context, transcript } = talk;
  const { room } = job;
  const { sent: all, counted, turns, edit: before } = transcript.standing();
  const turn = turns + 1;
  if (room === undefined) return { model, messages: all, tools };
  const space = { limit: room, frame: (job.frame ?? 0) + estimatedTokens(tools) };
  const fit = fitInto(all, counted, space);
  // An edit that was kept before a crash is the one of this turn.
  const isNew = before?.turn !== turn && fit.places.length > 0;
  const fault = isNew ? await transcript.add([editedLine(turn, fit)]) : null;
  if (fault !== null) return { kind: 'failed', error: fault, isFinal: false };
  const { sent, edit } = transcript.standing();
  const isOfNow = edit?.turn === turn;
  if (isOfNow && !(await noteEdit(context, { ...edit, session: transcript.name }))) return STOPPED;
  const tokens = isOfNow ? edit.tokens : fit.tokens;
  if (tokens <= room) return { model, messages: sent, tools };
  const until = isOfNow && edit.messages !== undefined ? null : partToSumUp(sent, fit.factor, space);
  const stop =
    until === null ? undefined : await sumUp(talk, { model, tools, until, turn, tokens, factor: fit.factor });
  return stop === undefined ? { model, messages: sent, tools, isLong: true } : stop;
}

interface SummingUp extends Pick<Conversation, 'model' | 'tools'> {
  readonly until: number;
  readonly turn: number;
  /** Of the conversation. */
  readonly tokens: number;
  readonly factor: number;
}

/** Lets the model sum up the beginning. Undefined where it gave no summary: then the conversation is sent as it is, and counted by who can. */
async function sumUp(
  { ports, context, transcript }: Talk,
  { model, tools, until, turn, tokens: before, factor }: SummingUp,
): Promise<Stop | null | undefined> {
  context.progress('summing up what was said');
  const { sent } = transcript.standing();
  const asked = { model, tools, messages: askedToSumUp(sent, until), isAside: true as const };
  const answer = await ports.model.ask(asked, context.signal);
  if (context.signal.aborted) return STOPPED;
  if (answer.kind === 'failed') return { kind: 'failed', error: answer.error, isFinal: false };
  const judged = judge(answer.message);
  const after = judged.kind === 'text' ? summedUp(sent, until, judged.text) : null;
  if (judged.kind !== 'text' || after === null) return undefined;
  const tokens = Math.round(estimatedTokens(after.map(({ content }) => content)) * factor);
  const line = summaryLine(answer.message, judged.text, { until, turn: turn + 1, before, tokens });
  const fault = await transcript.add([line]);
  return fault === null ? null : { kind: 'failed', error: fault, isFinal: false };
}

/** Once for each turn of a conversation. */
async function noteEdit(context: StepContext, edit: Edit & { readonly session: string }): Promise<boolean> {
  const kind = 'context-edited';
  const isNoted = (one: JsonObject): boolean =>
    one.kind === kind && one.turn === edit.turn && one.session === edit.session;
  return (context.work.news ?? []).some(isNoted) || context.note({ kind, ...edit });
}

function definitionOf({ name, description, inputSchema }: Tool): JsonObject {
  return { name, description, input_schema: inputSchema };
}

/** Why an answer is none; null where it is one, or where the conversation goes on. */
function wrongIn(message: ModelMessage): AttemptError | null {
  if (message.stop === 'tool_use' && message.content.some(({ type }) => type === 'tool_use')) return null;
  const judged = judge(message);
  return judged.kind === 'failed' ? judged.error : null;
}

/** What comes after an answer that calls no tool. */
async function weigh(
  talk: Talk,
  { content, stop }: { readonly content: readonly Block[]; readonly stop: string | null },
): Promise<Stop | null> {
  const { job, transcript } = talk;
  if (stop === 'pause_turn') return endTurn(talk, turnLine());
  const complaint = job.check?.(content, transcript.standing().repairs) ?? null;
  if (complaint === null) return { kind: 'answered', content };
  if (typeof complaint !== 'string') return over(complaint);
  return endTurn(talk, saidLine([{ type: 'text', text: complaint }], true));
}

/** Makes the calls of the last answer that have not ended yet, and ends the turn. */
async function answerCalls(talk: Talk, open: OpenTurn): Promise<Stop | null> {
  const { job, ports, context, transcript } = talk;
  if (transcript.standing().turns >= job.maxTurns && open.began.size === 0) return over(exhausted(job.maxTurns));
  const left = open.calls.filter(({ id }) => !open.results.has(id));
  const watched = await watchTurn(
    ports,
    left.map((call) => offered(job, call)?.reach ?? 'looks'),
  );
  if (!watched.ok) return { kind: 'failed', error: watched.diagnostics[0] ?? unseen(), isFinal: false };
  if (!(await tellKnown(talk, open))) return STOPPED;
  let fault: AttemptError | null = null;
  const ok = await makeCalls(
    left.filter((call) => !isCutOff(job, open, call)),
    {
      job,
      turn: `${transcript.name}.${transcript.standing().turns}`,
      context: toolContext(context),
      nowMs: () => ports.clock.monotonicMs(),
      began: async ({ id }) => (fault = await transcript.add([beganLine(id)])) === null,
      ended: async (call, { block, ...rest }) => {
        const result = { block: ports.mask.json(block), ...rest };
        fault = await transcript.add([resultLine(call.id, result)]);
        return fault === null && context.note(callNews(transcript.standing().turns, call, result));
      },
    },
  );
  const trespass = watched.value === null ? null : await judgeWrites(talk, watched.value);
  if (trespass !== null) return trespass;
  if (fault !== null) return { kind: 'failed', error: fault, isFinal: false };
  if (!ok || context.signal.aborted) return STOPPED;
  return (await endTurn(talk, turnLine())) ?? denial(talk, open);
}

/** All that a tool sees of the step. */
function toolContext({ signal, progress, alive }: StepContext): Omit<ToolContext, 'call'> {
  return {
    signal,
    progress(line) {
      alive?.();
      progress(line);
    },
  };
}

/** Begun before a crash, and nobody knows what of it was done. */
function isCutOff(job: AgentJob, { began, results }: OpenTurn, call: AskedCall): boolean {
  return began.has(call.id) && !results.has(call.id) && offered(job, call)?.goesOn !== true;
}

/** Calls that were begun before a crash are not made again; what ended and was not noted is noted. */
async function tellKnown({ job, context, transcript }: Talk, open: OpenTurn): Promise<boolean> {
  const noted = new Set((context.work.news ?? []).flatMap(({ kind, call }) => (kind === 'tool-ended' ? [call] : [])));
  for (const call of open.calls) {
    const known = open.results.get(call.id) ?? (isCutOff(job, open, call) ? interrupted(call) : undefined);
    if (known === undefined) continue;
    if (!open.results.has(call.id) && (await transcript.add([resultLine(call.id, known)])) !== null) return false;
    if (noted.has(call.id)) continue;
    if (!(await context.note(callNews(transcript.standing().turns, call, known)))) return false;
  }
  return true;
}

/** A write outside of what is allowed is noted, and ends the conversation. */
async function judgeWrites({ job, context, transcript }: Talk, watched: WatchedTurn): Promise<Stop | null> {
  const found = await trespassIn(watched, job.mayWrite);
  if (!found.ok) return { kind: 'failed', error: found.diagnostics[0] ?? unseen(), isFinal: true };
  if (found.value === null) return null;
  const { news, error } = found.value;
  if (!(await context.note({ ...news, turn: transcript.standing().turns }))) return STOPPED;
  return error === null ? null : over(error);
}

/** The line is one, so that a crash cannot come between what ends the turn and what is said next. */
async function endTurn({ context, transcript }: Talk, line: JsonObject): Promise<Stop | null> {
  const fault = await transcript.add([line]);
  if (fault !== null) return { kind: 'failed', error: fault, isFinal: false };
  const { turns: turn, said: messages } = transcript.standing();
  const news = { kind: 'turn-ended', turn, session: transcript.name, messages };
  return (await context.note(news)) ? null : STOPPED;
}

function denial({ job, transcript }: Talk, { calls }: OpenTurn): Stop | null {
  const { denied } = transcript.standing();
  if (denied.length === 0 || job.onDenied === 'continue') return null;
  const names = [...new Set(denied)].map((name) => `\`${name}\``).join(', ');
  const last = calls.at(-1);
  return over(
    problem('STEP_TOOL_DENIED', `The agent asked for what it may not do: a call of ${names} was denied.`, {
      hint: `Allow it under \`permissions\`, or let the model go on without it: \`on-denied: continue\`.${last === undefined ? '' : ' The journal has the call.'}`,
    }),
  );
}

/** Ends the conversation where no later attempt is to go on with it. */
async function ended(talk: Talk, stop: Stop): Promise<AgentEnd> {
  const { context, transcript } = talk;
  if (stop.kind === 'stopped') return stop;
  const totals = (): Omit<Extract<AgentEnd, { kind: 'failed' }>, 'kind' | 'error'> => {
    const { turns, usage, denied } = transcript.standing();
    return { session: transcript.name, model: modelOf(talk), turns, usage, denied };
  };
  if (stop.kind === 'failed' && !stop.isFinal) return { kind: 'failed', error: stop.error, ...totals() };
  const why = stop.kind === 'answered' ? ANSWERED : stop.error.code;
  const fault = transcript.standing().ended === null ? await transcript.add([endLine(why)]) : null;
  if (fault !== null) return { kind: 'failed', error: fault, ...totals() };
  if (!(await context.note({ ...sessionNews('session-ended', transcript), why }))) return { kind: 'stopped' };
  return stop.kind === 'answered'
    ? { kind: 'answered', content: stop.content, ...totals() }
    : { kind: 'failed', error: stop.error, ...totals() };
}

function sessionNews(kind: SessionNews['kind'], { name }: Transcript): SessionNews {
  return { kind, session: name };
}

function exhausted(maxTurns: number): AttemptError {
  return problem('STEP_TURNS_EXHAUSTED', `The agent was not done after ${maxTurns} turn${maxTurns === 1 ? '' : 's'}.`, {
    hint: 'Raise `max-turns`, or ask for less.',
  });
}

function unseen(): AttemptError {
  return problem('STEP_WORKSPACE_UNSEEN', 'Nobody can say what changed in the workspace.');
}
