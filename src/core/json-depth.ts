/** How deep JSON nests, told without recursion: asked before anything walks into a value of somebody else. */
import type { Json } from './json.ts';

/** How deep the lists and maps may nest that people and servers give a run. */
export const MAX_GIVEN_DEPTH = 128;

/** Levels of lists and objects in a JSON text. Of a text that is no JSON, some number. */
export function depthOfText(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inText = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (inText && c === '\\') i++;
    else if (c === '"') inText = !inText;
    else if (inText) continue;
    else if (c === '{' || c === '[') deepest = Math.max(deepest, ++depth);
    else if (c === '}' || c === ']') depth--;
  }
  return deepest;
}

/** Whether a value nests deeper than so many levels. */
export function isDeeper(value: Json, levels: number): boolean {
  let level: readonly Json[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levels) return true;
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
  return false;
}
