/** Texts of a drawn step that every format shares. */
import type { GraphNode } from '../../core/plan/graph.ts';

const MAX_CONDITION = 60;
// Control characters and the marks that turn the direction of text would let a file's text change what the drawing seems to say.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu;

/** A text of the workflow on one line, cut to `max` characters. */
export function oneLine(text: string, max = MAX_CONDITION): string {
  const line = text.replace(UNPRINTABLE, ' ').replace(/ {2,}/g, ' ').trim();
  const characters = Array.from(line);
  return characters.length > max ? `${characters.slice(0, max - 1).join('')}…` : line;
}

/** `run`, or `run · if inputs.deploy`. */
export function detailOf(node: GraphNode): string {
  return node.condition === null ? node.action : `${node.action} · if ${oneLine(node.condition)}`;
}
