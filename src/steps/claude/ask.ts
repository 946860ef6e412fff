/** Asks a model until there is an answer, or a failure that does not pass by itself. Knows no schemas and no fallbacks. */

import type { ModelClient, ModelEnd, ModelMessage, ModelUsage } from '../../core/claude/model-client.ts';
import { factsOf, type KnownModels } from '../../core/claude/models.ts';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Clock, StepContext } from '../../core/ports.ts';
import type { AttemptError } from '../../core/run/event.ts';
import { type Judged, judge } from './answer.ts';
import { estimatedTokens } from './estimate.ts';
import type { Meter, Purse } from './pay.ts';

/** What a step has asked and used so far. */
export interface Asking {
  readonly client: ModelClient;
  readonly clock: Clock;
  readonly context: StepContext;
  readonly meter: Meter;
  readonly purse?: Purse;
  /** Of all calls of this attempt. */
  usage: ModelUsage;
  /** Who gave answers that nobody was asked for now; null where all were. */
  by: NonNullable<Extract<ModelEnd, { kind: 'answered' }>['by']> | null;
  /** Facts of models, of the configuration. */
  readonly known?: KnownModels;
  /** Tokens that a prompt may have beside what its model can hold. */
  readonly room?: number;
  /** The schema that answers are held against. */
  readonly wanted?: JsonObject;
  /** What is to be done once the step has its answer. */
  readonly keeps: (() => void)[];
}

export type Answered =
  | { readonly kind: 'text'; readonly text: string; readonly message: ModelMessage; readonly body: JsonObject }
  | { readonly kind: 'failed'; readonly error: AttemptError }
  | { readonly kind: 'stopped' };

/** Tries of one question; the pause before the second, which doubles; and the longest that a server may ask for. */
const MOST_TRIES = 4;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** How often a model may stop in the middle of one answer. */
const MOST_PAUSES = 10;
/** What passes by itself. */
const PASSING: ReadonlySet<string> = new Set([
  'STEP_CLAUDE_RATE_LIMIT',
  'STEP_CLAUDE_OVERLOADED',
  'STEP_CLAUDE_CONNECTION',
  'STEP_CLAUDE_CUT',
]);

/** The answer to a body; where the model stops in the middle it goes on from what it said. */
export async function ask(asking: Asking, body: JsonObject): Promise<Answered> {
  let sent = body;
  for (let pauses = 0; pauses <= MOST_PAUSES; pauses++) {
    const end = await askPatiently(asking, sent);
    if (end.kind !== 'judged') return end;
    const { judged, message } = end;
    if (judged.kind === 'failed') return judged;
    if (judged.kind === 'text') return { kind: 'text', text: judged.text, message, body: sent };
    sent = withMessages(sent, { role: 'assistant', content: message.content });
  }
  const message = `The model stopped ${MOST_PAUSES} times in the middle of its answer, and did not come to an end.`;
  return { kind: 'failed', error: problem('STEP_CLAUDE_ANSWER', message) };
}

export function withMessages(body: JsonObject, ...more: readonly JsonObject[]): JsonObject {
  const messages = Array.isArray(body.messages) ? body.messages : [];
  return { ...body, messages: [...messages, ...more] };
}

type Judgement =
  | { readonly kind: 'judged'; readonly judged: Judged; readonly message: ModelMessage }
  | Exclude<Answered, { kind: 'text' }>;

/** The answer to a body, of whatever kind it is; what passes by itself is waited for. */
export async function askPatiently(asking: Asking, body: JsonObject, isLong = false): Promise<Judgement> {
  const tooLong = await overflow(asking, body, isLong);
  if (tooLong !== null) return { kind: 'failed', error: tooLong };
  for (let tries = 1; ; tries++) {
    const end = await askOnce(asking, body);
    if (end.kind !== 'failed' || !PASSING.has(end.error.code) || tries >= MOST_TRIES) return end;
    const pauseMs = Math.max(end.error.retryAfterMs ?? 0, FIRST_PAUSE_MS * 2 ** (tries - 1));
    if (pauseMs > LONGEST_PAUSE_MS) return end; // the retry of the step may wait so long
    asking.context.progress(`${end.error.message} Trying again in ${Math.ceil(pauseMs / 1_000)} s.`);
    if (!(await pause(asking, pauseMs))) return { kind: 'stopped' };
  }
}

/** Said before anything is paid. What may be too long by an estimate is counted; where nobody counts, the estimate has to do. */
async function overflow(
  { client, context, purse, room }: Asking,
  body: JsonObject,
  isLong: boolean,
): Promise<AttemptError | null> {
  const model = String(body.model);
  const most = Math.min(room ?? Number.POSITIVE_INFINITY, factsOf(model)?.context ?? Number.POSITIVE_INFINITY);
  const estimate = estimatedTokens(body);
  // Nobody pays for answers that come from elsewhere than models.
  if (purse === undefined || (!isLong && estimate <= most)) return null;
  const counted = await client.count(body, context.signal);
  if (counted !== null && counted <= most) return null;
  const tokens = counted === null ? `about ${estimate} tokens, by an estimate` : `${counted} tokens`;
  const whose = most === room ? '`context` allows' : `${model} can hold`;
  return {
    ...problem('STEP_CLAUDE_CONTEXT', `The conversation has ${tokens}, and ${whose} ${most}. Nothing was sent.`, {
      hint: 'Send fewer or shorter `files`, or split the step.',
    }),
    retryable: false,
  };
}

async function askOnce(asking: Asking, body: JsonObject): Promise<Judgement> {
  const { client, context } = asking;
  if (context.signal.aborted) return { kind: 'stopped' };
  const end = await client.send(body, listener(context), context.signal, asking.wanted);
  if (end.kind === 'failed') return context.signal.aborted ? { kind: 'stopped' } : end;
  const { message, by, keep } = end;
  if (by === undefined) asking.usage = sumOf(asking.usage, message.usage);
  else asking.by = by;
  if (keep !== undefined) asking.keeps.push(keep);
  return { kind: 'judged', judged: judge(message), message };
}

/** The last line of what comes, for the screen. */
function listener(context: StepContext): (text: string) => void {
  let line = '';
  return (text) => {
    context.alive?.();
    if (text === '') return;
    line = `${line}${text}`.split('\n').findLast((part) => part.trim() !== '') ?? '';
    line = line.slice(-SHOWN_CHARACTERS);
    context.progress(line.trim());
  };
}

const SHOWN_CHARACTERS = 200;

/** False when it was stopped meanwhile. */
function pause({ clock, context: { signal } }: Asking, pauseMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = (): void => {
      takeBack();
      resolve(false);
    };
    const takeBack = clock.after(pauseMs, () => {
      signal.removeEventListener('abort', stop);
      resolve(true);
    });
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

export const NO_USAGE: ModelUsage = { input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };

function sumOf(a: ModelUsage, b: ModelUsage): ModelUsage {
  return {
    input: a.input + b.input,
    output: a.output + b.output,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite5m: a.cacheWrite5m + b.cacheWrite5m,
    cacheWrite1h: a.cacheWrite1h + b.cacheWrite1h,
  };
}
