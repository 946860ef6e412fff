/** How many tokens something may have, where nobody has counted it. An estimate: of plain English and code it is a little too much. */
import { isJsonObject, type Json } from '../../core/json.ts';

/** The tokenizer of current models makes a token of three to four bytes. */
const BYTES_A_TOKEN = 3;
/** An image has at most a few thousand, however many bytes it has; a page of a PDF about as many in 50 KB. */
const IMAGE_TOKENS = 2_500;
const PDF_BYTES_A_TOKEN = 20;

export function estimatedTokens(value: Json): number {
  const { text, tokens } = parts(value);
  return Math.ceil(text / BYTES_A_TOKEN) + tokens;
}

function parts(value: Json): { readonly text: number; readonly tokens: number } {
  let [text, tokens] = [0, 0];
  const left: Json[] = [value];
  for (let one = left.pop(); one !== undefined; one = left.pop()) {
    if (Array.isArray(one)) left.push(...one);
    else if (!isJsonObject(one)) text += typeof one === 'string' ? Buffer.byteLength(one) : 4;
    else if (one.type === 'base64' && typeof one.data === 'string')
      tokens += String(one.media_type).startsWith('image/') ? IMAGE_TOKENS : one.data.length / PDF_BYTES_A_TOKEN;
    else for (const [key, inner] of Object.entries(one)) left.push(key, inner);
  }
  return { text, tokens: Math.ceil(tokens) };
}
