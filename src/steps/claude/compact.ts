/**
 * Sums up the beginning of a conversation that is too long although old results were left out: which part, by what question, and what
 * stands in its place. Pure. The question itself stays word for word, and so does the last turn, whose results nobody has answered to yet.
 */
import type { Block, Message } from './conversation.ts';
import { estimatedTokens } from './estimate.ts';
import { withoutThoughts } from './fallback.ts';
import type { Room } from './fit.ts';

/** What is summed up is itself sent, with an answer beside it. */
const FILL = 0.9;

const ASKED =
  'The conversation is about to become too long. Sum up all of it that is needed to go on: what was found out with its places and exact values, what was changed, what was tried and did not work, what remains to be done. Call no tool, and write only the summary: what is not in it will be forgotten.';
const PREFACE = 'What was said and done since was summed up, to make room:';

/** How many messages are to be summed up, the question among them; null where that would help nobody. `factor`: tokens by the estimate of one. */
export function partToSumUp(sent: readonly Message[], factor: number, { limit, frame }: Room): number | null {
  let tokens = frame * factor;
  let found: number | null = null;
  for (const [at, { role, content }] of sent.entries()) {
    if (role === 'assistant' && at > 2 && tokens <= limit * FILL) found = at;
    tokens += estimatedTokens(content) * factor;
  }
  return found;
}

/** The part, and what is asked of it. */
export function askedToSumUp(sent: readonly Message[], until: number): readonly Message[] {
  const last = sent[until - 1];
  return [...sent.slice(0, until - 1), ...(last === undefined ? [] : [withText(last, ASKED)])];
}

/** The conversation with the summary in the place of what was summed up; null where there is no such part. */
export function summedUp(sent: readonly Message[], until: number, summary: string): readonly Message[] | null {
  const [question] = sent;
  if (question?.role !== 'user' || sent[until]?.role !== 'assistant') return null;
  return [withText(question, `${PREFACE}\n\n${summary}`), ...withoutThoughts(sent.slice(until))];
}

function withText(message: Message, words: string): Message {
  const block: Block = { type: 'text', text: words };
  return { ...message, content: [...message.content, block] };
}
