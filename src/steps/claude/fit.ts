/**
 * Makes a conversation fit into the room that its model has for it: results of tools that were told long ago are left out, the oldest
 * first. Pure, and a fold over the turns as they were asked: the same conversation is sent in the same shape again, by whatever process.
 *
 * Never left out: the question, what the model said and called, and results that it has not answered to yet. What was left out makes the
 * beginning of the conversation another one, to which the thinking behind it is no longer bound: the API refuses such, so it goes as well.
 */
import { digest, type Json } from '../../core/json.ts';
import type { Block, Message } from './conversation.ts';
import { estimatedTokens } from './estimate.ts';

export interface Room {
  /** Tokens of a prompt. */
  readonly limit: number;
  /** What is sent beside the messages, such as tools. */
  readonly frame: number;
}

export interface Fitted {
  readonly messages: readonly Message[];
  /** How many tokens they have: by what the API counted of the turns before, where it did. */
  readonly tokens: number;
  readonly fits: boolean;
  /** What was left out of the last turn for the first time; null where nothing was. */
  readonly edit: Edit | null;
}

export interface Edit {
  readonly results: number;
  readonly thoughts: number;
  readonly tokens: number;
}

/** So full is a conversation behind an edit at most: the next turns begin as it does, and the API has them in its cache. */
const TARGET = 0.6;
/** So many results are left out only when nothing else helps. */
const KEPT_RESULTS = 3;
/** What stands for a result is longer than a short one. */
const LEAST_TOKENS = 100;
/** How far the API's own count may be from the estimate, in both directions. */
const MOST_FACTOR = 5;

/** `counted`: the tokens of each prompt so far, as the API said with its answer; 0 where it did not. */
export function fitted(whole: readonly Message[], counted: readonly number[], room: Room): Fitted {
  const state: State = { messages: [], sizes: [], factor: 1, room };
  let asked = 0;
  for (const [at, message] of whole.entries()) {
    if (message.role === 'assistant') {
      edited(state);
      const real = counted[asked++] ?? 0;
      const estimate = tokensOf(state) / state.factor;
      if (real > 0) state.factor = Math.min(MOST_FACTOR, Math.max(1 / MOST_FACTOR, real / estimate));
    }
    put(state, at, message);
  }
  const edit = edited(state);
  const tokens = Math.round(tokensOf(state));
  return { messages: state.messages, tokens, fits: tokens <= room.limit, edit };
}

interface State {
  readonly messages: Message[];
  /** Estimated, one for each message. */
  readonly sizes: number[];
  /** What the API counts for what is estimated as one. */
  factor: number;
  readonly room: Room;
}

function put(state: State, at: number, message: Message): void {
  state.messages[at] = message;
  state.sizes[at] = estimatedTokens(message.content);
}

function tokensOf({ sizes, factor, room }: State): number {
  return (room.frame + sizes.reduce((sum, size) => sum + size, 0)) * factor;
}

/** Before a turn: leaves out what has to be. */
function edited(state: State): Edit | null {
  const before = tokensOf(state);
  const { limit } = state.room;
  if (before <= limit) return null;
  const places = resultsIn(state.messages.slice(0, -1));
  const usual = leaveOut(state, places.slice(0, -KEPT_RESULTS), limit * TARGET);
  const last = leaveOut(state, places.slice(-KEPT_RESULTS), limit);
  const from = usual.from ?? last.from;
  if (from === null) return null;
  const thoughts = dropThoughts(state, from);
  return { results: usual.count + last.count, thoughts, tokens: Math.round(before - tokensOf(state)) };
}

interface Place {
  readonly message: number;
  readonly block: number;
}

/** Results that are worth leaving out, oldest first. */
function resultsIn(messages: readonly Message[]): readonly Place[] {
  return messages.flatMap(({ role, content }, message) =>
    role === 'user'
      ? content.flatMap((one, block) =>
          one.type === 'tool_result' && estimatedTokens(one.content ?? null) > LEAST_TOKENS ? [{ message, block }] : [],
        )
      : [],
  );
}

/** Until so many tokens are left. `from`: the first message that is another one now. */
function leaveOut(state: State, places: readonly Place[], target: number) {
  let count = 0;
  let from: number | null = null;
  for (const { message: at, block } of places) {
    if (tokensOf(state) <= target) break;
    const message = state.messages[at];
    if (message === undefined) continue;
    const content = message.content.map((one, index) => (index === block ? standIn(one) : one));
    put(state, at, { ...message, content });
    from ??= at;
    count += 1;
  }
  return { count, from };
}

function standIn(result: Block): Block {
  const content: Json = result.content ?? null;
  const bytes = Buffer.byteLength(JSON.stringify(content));
  const text = `(This result, ${bytes} bytes with the digest ${digest(content).slice(0, 12)}, was left out to make room. If it is needed again, look again.)`;
  return { ...result, content: [{ type: 'text', text }] };
}

const THOUGHTS: ReadonlySet<string> = new Set(['thinking', 'redacted_thinking']);

function dropThoughts(state: State, from: number): number {
  let count = 0;
  for (const [at, message] of state.messages.entries()) {
    if (at <= from || message.role !== 'assistant') continue;
    const content = message.content.filter(({ type }) => !THOUGHTS.has(type));
    if (content.length === message.content.length) continue;
    count += message.content.length - content.length;
    put(state, at, { ...message, content: content.length === 0 ? [{ type: 'text', text: '(thinking)' }] : content });
  }
  return count;
}
