/**
 * The loop of an agent: a model answers, the tools that it calls are called, it is told what they gave, until it is done. Each turn is on
 * disk before the next begins, so that another process goes on where this one was ended. Knows no HTTP, no prices and no files.
 */
import type { ModelMessage } from '../../core/claude/model-client.ts';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { JsonObject } from '../../core/json.ts';
import type { StepContext } from '../../core/ports.ts';
import type { AttemptError } from '../../core/run/event.ts';
import type { ToolContext } from '../tool.ts';
import type { AgentEnd, AgentJob, AgentPorts, SessionNews } from './agent-types.ts';
import { judge } from './answer.ts';
import { NO_USAGE } from './ask.ts';
import { goneTools } from './continued.ts';
import type { Block, Conversation } from './conversation.ts';
import { interrupted, makeCalls, offered } from './tool-calls.ts';
import { callNews } from './tool-result.ts';
import {
  answerLine,
  beganLine,
  endLine,
  type OpenTurn,
  openedLine,
  resultLine,
  saidLine,
  turnLine,
} from './transcript.ts';
import { ANSWERED, openTranscript, type Transcript } from './transcript-writer.ts';

/** Never rejects, unless giga has a bug. */
export async function runAgent(job: AgentJob, ports: AgentPorts, context: StepContext): Promise<AgentEnd> {
  const opened = await openTranscript(ports.sessions, context.work);
  if (!opened.ok) return { kind: 'failed', error: { ...opened.error, retryable: false }, ...NOTHING_DONE };
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
async function ask({ job, ports, context, transcript }: Talk): Promise<Stop | null> {
  const { messages, copied, turns } = transcript.standing();
  if (context.signal.aborted) return STOPPED;
  if (turns >= job.maxTurns) return over(exhausted(job.maxTurns));
  context.progress(`turn ${turns + 1}`);
  const tools = job.tools
    .filter(({ tool }) => job.mayCall(tool.name))
    .map(({ tool }) => ({ name: tool.name, description: tool.description, input_schema: tool.inputSchema }));
  const conversation: Conversation = { messages, tools: [...tools, ...goneTools(messages.slice(0, copied), tools)] };
  const answer = await ports.model.ask(conversation, context.signal);
  if (answer.kind === 'failed')
    return context.signal.aborted ? STOPPED : { kind: 'failed', error: answer.error, isFinal: false };
  const { message } = answer;
  const wrong = wrongIn(message);
  const fault = await transcript.add([answerLine(message)]);
  if (fault !== null) return { kind: 'failed', error: fault, isFinal: false };
  return wrong === null ? null : { kind: 'failed', error: wrong, isFinal: true };
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
  const guarded = left.some((call) => offered(job, call)?.reach === 'acts') ? ports.guard : undefined;
  const before = await guarded?.save();
  if (before?.ok === false) return { kind: 'failed', error: before.diagnostics[0] ?? unseen(), isFinal: false };
  if (!(await tellKnown(talk, open))) return STOPPED;
  let fault: AttemptError | null = null;
  const ok = await makeCalls(
    left.filter(({ id }) => !open.began.has(id)),
    {
      job,
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
  const reverted = before === undefined ? null : await putBack(talk, before.value);
  if (reverted !== null) return reverted;
  if (fault !== null) return { kind: 'failed', error: fault, isFinal: false };
  if (!ok || context.signal.aborted) return STOPPED;
  return (await endTurn(talk, turnLine())) ?? denial(talk, open);
}

/** All that a tool sees of the step. */
function toolContext({ signal, progress, alive }: StepContext): ToolContext {
  return {
    signal,
    progress(line) {
      alive?.();
      progress(line);
    },
  };
}

/** Calls that were begun before a crash are not made again; what ended and was not noted is noted. */
async function tellKnown({ context, transcript }: Talk, open: OpenTurn): Promise<boolean> {
  const noted = new Set((context.work.news ?? []).flatMap(({ kind, call }) => (kind === 'tool-ended' ? [call] : [])));
  for (const call of open.calls) {
    const known = open.results.get(call.id) ?? (open.began.has(call.id) ? interrupted(call) : undefined);
    if (known === undefined) continue;
    if (!open.results.has(call.id) && (await transcript.add([resultLine(call.id, known)])) !== null) return false;
    if (noted.has(call.id)) continue;
    if (!(await context.note(callNews(transcript.standing().turns, call, known)))) return false;
  }
  return true;
}

/** A write outside of what is allowed is put back, noted, and ends the conversation. */
async function putBack({ job, ports, context, transcript }: Talk, before: string): Promise<Stop | null> {
  const done = await ports.guard?.putBack(before, job.mayWrite);
  if (done === undefined) return null;
  if (!done.ok) return { kind: 'failed', error: done.diagnostics[0] ?? unseen(), isFinal: true };
  const { files, after } = done.value;
  if (files.length === 0) return null;
  const turn = transcript.standing().turns;
  if (!(await context.note({ kind: 'write-reverted', turn, files: files.slice(0, MAX_FILES), after }))) return STOPPED;
  const named = files
    .slice(0, 5)
    .map((file) => `\`${file}\``)
    .join(', ');
  const more = files.length > 5 ? ` and ${files.length - 5} more` : '';
  return over(
    problem(
      'STEP_WRITE_OUTSIDE',
      `While tools of the agent ran, ${named}${more} changed, which it may not write. It was put back.`,
      {
        hint: `Allow it (\`permissions: { write: [...] }\`), or keep other steps from writing at the same time. What it was is kept as the git tree ${after}.`,
      },
    ),
  );
}

const MAX_FILES = 1_000;

/** The line is one, so that a crash cannot come between what ends the turn and what is said next. */
async function endTurn({ context, transcript }: Talk, line: JsonObject): Promise<Stop | null> {
  const fault = await transcript.add([line]);
  if (fault !== null) return { kind: 'failed', error: fault, isFinal: false };
  const { turns: turn, messages } = transcript.standing();
  const news = { kind: 'turn-ended', turn, session: transcript.name, messages: messages.length };
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
async function ended({ context, transcript }: Talk, stop: Stop): Promise<AgentEnd> {
  if (stop.kind === 'stopped') return stop;
  const totals = (): Omit<Extract<AgentEnd, { kind: 'failed' }>, 'kind' | 'error'> => {
    const { turns, usage, denied } = transcript.standing();
    return { session: transcript.name, turns, usage, denied };
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
