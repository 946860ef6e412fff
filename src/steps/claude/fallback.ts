/** Another model takes over: when, and what it is told. Pure: thoughts are bound to the model that had them, so the new one gets none. */
import type { JsonObject } from '../../core/json.ts';
import type { Block, Message } from './conversation.ts';

/** What a failure of one model is that another may not have. */
const FALLS_BACK: ReadonlySet<string> = new Set([
  'STEP_CLAUDE_REFUSED',
  'STEP_CLAUDE_OVERLOADED',
  'STEP_CLAUDE_RATE_LIMIT',
  'STEP_CLAUDE_REQUEST',
]);

export function mayFallBack(code: string | undefined): boolean {
  return code !== undefined && FALLS_BACK.has(code);
}

/** Who is asked after `model`; null where nobody is left. */
export function modelAfter(model: string, models: readonly string[]): string | null {
  return models[models.indexOf(model) + 1] ?? null;
}

const PREFACE =
  'Another assistant has begun this task and cannot go on. What follows is all that it said and did, with what its calls gave. All of it is done: go on from there, and do not repeat calls that changed something.';

/** A conversation as one message: the question, and what was said and done since as text. */
export function retold(messages: readonly Message[]): Message {
  const [question, ...since] = messages;
  const told = since.flatMap(({ role, content }) => content.flatMap((block) => retoldBlock(role, block)));
  return {
    role: 'user',
    content: [...(question?.content ?? []), ...(told.length === 0 ? [] : [text(PREFACE), ...told])],
  };
}

function retoldBlock(role: Message['role'], block: Block): readonly Block[] {
  switch (block.type) {
    case 'text':
      return [text(`${role === 'assistant' ? 'It said' : 'It was told'}:\n${textIn(block)}`)];
    case 'tool_use':
      return [text(`It called \`${nameIn(block)}\` (${idOf(block.id)}) with ${JSON.stringify(block.input ?? {})}.`)];
    case 'tool_result': {
      const how = block.is_error === true ? 'failed, and gave' : 'gave';
      return [text(`The call ${idOf(block.tool_use_id)} ${how}:`), ...contentOf(block)];
    }
    case 'image':
    case 'document':
      return [block];
    default:
      return []; // thoughts
  }
}

function contentOf({ content }: Block): readonly Block[] {
  if (typeof content === 'string') return [text(content)];
  if (!Array.isArray(content)) return [];
  return content.flatMap((item) =>
    typeof item === 'object' && item !== null && !Array.isArray(item) && typeof item.type === 'string'
      ? [item as Block] // its type is looked at just before
      : [],
  );
}

function textIn(block: JsonObject): string {
  return typeof block.text === 'string' ? block.text : '';
}

function nameIn(block: JsonObject): string {
  return typeof block.name === 'string' ? block.name : '';
}

function idOf(id: unknown): string {
  return typeof id === 'string' ? id : '';
}

function text(value: string): Block {
  return { type: 'text', text: value };
}

/** What was said, for another model than the one whose thoughts are in it. */
export function withoutThoughts(messages: readonly Message[]): readonly Message[] {
  return messages
    .map(({ role, content }) => ({ role, content: content.filter(({ type }) => !THOUGHTS.has(type)) }))
    .filter(({ content }) => content.length > 0);
}

const THOUGHTS: ReadonlySet<string> = new Set(['thinking', 'redacted_thinking']);
