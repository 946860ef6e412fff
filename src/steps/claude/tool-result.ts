/** What a tool gave, as the model and the journal are told. Pure. */
import { digest, type Json, type JsonObject } from '../../core/json.ts';
import type { ToolAnswer, ToolContent } from '../tool.ts';
import type { Block } from './conversation.ts';
import type { AskedCall, CallResult } from './transcript.ts';

/** Characters of all texts of one result that the model gets. */
const MAX_TEXT = 200_000;
/** Characters of all images of one result, as base64. */
const MAX_IMAGES = 8_000_000;
/** Characters of arguments that the journal holds; of longer ones it holds what they come to. */
const MAX_ARGUMENTS = 8_192;

const IMAGES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

export function resultBlock(id: string, { verdict, content, structured }: ToolAnswer): Block {
  const shown =
    content.length === 0 && structured !== undefined
      ? [{ type: 'text' as const, text: JSON.stringify(structured) }]
      : content;
  const blocks = bounded(shown);
  return {
    type: 'tool_result',
    tool_use_id: id,
    content: blocks.length === 0 ? [{ type: 'text', text: '(nothing)' }] : blocks,
    ...(verdict !== 'ok' && { is_error: true }),
  };
}

function bounded(content: readonly ToolContent[]): readonly Block[] {
  let text = MAX_TEXT;
  let images = MAX_IMAGES;
  return content.map((item): Block => {
    if (item.type === 'image') {
      images -= item.data.length;
      if (images < 0 || !IMAGES.has(item.mediaType))
        return { type: 'text', text: `(an image, ${item.mediaType}, is not shown)` };
      return { type: 'image', source: { type: 'base64', media_type: item.mediaType, data: item.data } };
    }
    const room = Math.max(0, text);
    text -= item.text.length;
    const isWhole = item.text.length <= room;
    return {
      type: 'text',
      text: isWhole ? item.text || ' ' : `${item.text.slice(0, room)}\n(cut: ${item.text.length} characters)`,
    };
  });
}

/** What the journal notes of a call. */
export function callNews(
  turn: number,
  { id, name, args }: AskedCall,
  { block, verdict, durationMs }: CallResult,
): JsonObject {
  const content = block.content ?? null;
  return {
    kind: 'tool-ended',
    turn,
    call: id,
    tool: name,
    arguments: shortArguments(args),
    digest: digest(content),
    bytes: Buffer.byteLength(JSON.stringify(content)),
    'duration-ms': durationMs,
    verdict,
  };
}

function shortArguments(args: JsonObject): Json {
  const text = JSON.stringify(args);
  return text.length <= MAX_ARGUMENTS
    ? args
    : { cut: text.slice(0, 1_000), characters: text.length, digest: digest(args) };
}
