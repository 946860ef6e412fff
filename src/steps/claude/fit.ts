/**
 * Makes a conversation fit into the room that its model has for it: results of tools that were told long ago are left out, the oldest
 * first. Pure: says what is to be left out, which the transcript keeps, so that the same is sent again by whatever process.
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

/** A prompt that the API counted: so many messages had so many tokens. */
export interface Counted {
  readonly messages: number;
  readonly tokens: number;
}

/** One result, by its message and its block there. */
export interface Place {
  readonly message: number;
  readonly block: number;
}

export interface Fit {
  /** What is to be left out. */
  readonly places: readonly Place[];
  /** How many tokens there are then; and were before. */
  readonly tokens: number;
  readonly before: number;
}

/** So full is a conversation behind an edit at most: the next turns begin as it does, and the API has them in its cache. */
const TARGET = 0.6;
/** So many results are left out only when nothing else helps. */
const KEPT_RESULTS = 3;
/** What stands for a result is longer than a short one. */
const LEAST_TOKENS = 100;
/** How far the API's own count may be from the estimate, in both directions. */
const MOST_FACTOR = 5;

/** What has to be left out before a turn. Tokens are estimated, and corrected by what the API counted of the turn before. */
export function fitInto(sent: readonly Message[], counted: Counted | null, { limit, frame }: Room): Fit {
  const sizes = sent.map(({ content }) => estimatedTokens(content));
  const factor = counted === null ? 1 : factorOf(counted, frame + sum(sizes.slice(0, counted.messages)));
  const before = (frame + sum(sizes)) * factor;
  let tokens = before;
  const places: Place[] = [];
  const leaveOut = (some: readonly Place[], target: number): void => {
    for (const place of some) {
      if (tokens <= target) return;
      const block = sent[place.message]?.content[place.block];
      if (block === undefined) continue;
      tokens -= (estimatedTokens(block) - estimatedTokens(standIn(block))) * factor;
      places.push(place);
    }
  };
  if (before > limit) {
    const all = resultsIn(sent.slice(0, -1));
    leaveOut(all.slice(0, -KEPT_RESULTS), limit * TARGET);
    leaveOut(all.slice(-KEPT_RESULTS), limit);
  }
  return { places, tokens: Math.round(tokens), before: Math.round(before) };
}

function factorOf({ tokens }: Counted, estimate: number): number {
  return Math.min(MOST_FACTOR, Math.max(1 / MOST_FACTOR, tokens / Math.max(1, estimate)));
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((all, one) => all + one, 0);
}

/** The conversation without what stands in these places; null where one of them holds no result. */
export function withoutResults(
  sent: readonly Message[],
  places: readonly Place[],
): { readonly messages: readonly Message[]; readonly thoughts: number } | null {
  const messages = [...sent];
  for (const { message: at, block } of places) {
    const message = messages[at];
    if (message?.content[block]?.type !== 'tool_result') return null;
    messages[at] = { ...message, content: message.content.map((one, index) => (index === block ? standIn(one) : one)) };
  }
  const from = Math.min(...places.map(({ message }) => message));
  let thoughts = 0;
  for (const [at, message] of messages.entries()) {
    if (at <= from || message.role !== 'assistant') continue;
    const content = message.content.filter(({ type }) => !THOUGHTS.has(type));
    thoughts += message.content.length - content.length;
    if (content.length < message.content.length)
      messages[at] = { ...message, content: content.length === 0 ? [{ type: 'text', text: '(thinking)' }] : content };
  }
  return { messages, thoughts };
}

const THOUGHTS: ReadonlySet<string> = new Set(['thinking', 'redacted_thinking']);

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

function standIn(result: Block): Block {
  const content: Json = result.content ?? null;
  const bytes = Buffer.byteLength(JSON.stringify(content));
  const text = `(This result, ${bytes} bytes with the digest ${digest(content).slice(0, 12)}, was left out to make room. If it is needed again, look again.)`;
  return { ...result, content: [{ type: 'text', text }] };
}
