/** Makes content blocks of files: text, PDF, images. Pure; the order is that of what it is given, the prompt last. */
import type { Attachment } from '../../core/claude/attachments.ts';
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import type { JsonObject } from '../../core/json.ts';

/** By the first bytes: what a name says of its content may be wrong. */
const IMAGES: readonly { readonly mediaType: string; readonly magic: readonly number[]; readonly at?: number }[] = [
  { mediaType: 'image/png', magic: [0x89, 0x50, 0x4e, 0x47] },
  { mediaType: 'image/jpeg', magic: [0xff, 0xd8, 0xff] },
  { mediaType: 'image/gif', magic: [0x47, 0x49, 0x46, 0x38] },
  { mediaType: 'image/webp', magic: [0x57, 0x45, 0x42, 0x50], at: 8 },
];
const PDF = [0x25, 0x50, 0x44, 0x46];

export function fileBlock({ path, bytes }: Attachment): JsonObject | Diagnostic {
  if (beginsWith(bytes, PDF, 0)) {
    const source = { type: 'base64', media_type: 'application/pdf', data: Buffer.from(bytes).toString('base64') };
    return { type: 'document', title: path, source };
  }
  const text = textOf(bytes);
  if (text === null) return unfit(path, 'is neither text in UTF-8 nor a PDF');
  return { type: 'document', title: path, source: { type: 'text', media_type: 'text/plain', data: text } };
}

export function imageBlock({ path, bytes }: Attachment): JsonObject | Diagnostic {
  const kind = IMAGES.find(({ magic, at = 0 }) => beginsWith(bytes, magic, at));
  if (kind === undefined) return unfit(path, 'is no PNG, JPEG, GIF or WebP');
  const data = Buffer.from(bytes).toString('base64');
  return { type: 'image', source: { type: 'base64', media_type: kind.mediaType, data } };
}

function beginsWith(bytes: Uint8Array, magic: readonly number[], at: number): boolean {
  return magic.every((byte, index) => bytes[at + index] === byte);
}

/** Null for what is no UTF-8, or holds a NUL. An empty text cannot be sent. */
function textOf(bytes: Uint8Array): string | null {
  if (bytes.length === 0 || bytes.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function unfit(path: string, what: string): Diagnostic {
  return problem('STEP_CLAUDE_FILES', `\`${path}\` ${what}, or is empty.`, {
    hint: 'Name it under `images` if it is one, or leave it out.',
  });
}
