/** Reads durations, sizes and counts of a document, with problems that show the right form. Knows no key. */
import type { Tree } from '../../core/document.ts';
import { parseBytes, parseDuration } from '../../core/units.ts';
import type { Compilation } from './compilation.ts';
import { entryOf, isText, textOf } from './tree.ts';

/** Milliseconds, or undefined after a problem. */
export function durationOf(compilation: Compilation, tree: Tree, key: string): number | undefined {
  if (tree.kind !== 'scalar' || tree.value === null) {
    compilation.malformed(tree.range, `\`${key}\` is a duration, such as \`30s\`.`);
    return undefined;
  }
  const text = textOf(tree);
  const durationMs = isText(tree) ? parseDuration(text) : null;
  if (durationMs !== null) return durationMs;
  compilation.error('PLAN_BAD_DURATION', `\`${key}: ${shorten(text)}\` is not a duration.`, tree.range, {
    hint: /^\d+(\.\d+)?$/.test(text)
      ? `Say the unit: \`${text}s\`, \`${text}m\`.`
      : 'Write units from large to small: `500ms`, `30s`, `1h30m`.',
  });
  return undefined;
}

/** The duration under a key of a map, if it is there. */
export function optionalDuration(compilation: Compilation, map: Tree | undefined, key: string): number | undefined {
  const entry = entryOf(map, key);
  return entry === undefined ? undefined : durationOf(compilation, entry.value, key);
}

/** The duration of a limit: none at all would stop what it limits before it began. */
export function optionalLimit(compilation: Compilation, map: Tree | undefined, key: string): number | undefined {
  const limitMs = optionalDuration(compilation, map, key);
  const entry = entryOf(map, key);
  if (limitMs !== 0 || entry === undefined) return limitMs;
  compilation.error('PLAN_BAD_DURATION', `\`${key}\` leaves no time at all.`, entry.value.range, {
    hint: `Leave \`${key}\` out where there is to be no limit.`,
  });
  return undefined;
}

/** Bytes, or undefined after a problem. */
export function bytesOf(compilation: Compilation, tree: Tree, key: string): number | undefined {
  const text = tree.kind === 'scalar' ? textOf(tree) : '';
  const bytes = tree.kind === 'scalar' ? parseBytes(text) : null;
  if (bytes !== null && bytes > 0) return bytes;
  compilation.error('PLAN_BAD_SIZE', `\`${key}: ${shorten(text)}\` is not a size.`, tree.range, {
    hint: 'Write a number with a unit: `512KB`, `10MiB`.',
  });
  return undefined;
}

/** A whole number from `least` to `most`, or undefined after a problem. */
export function wholeOf(
  compilation: Compilation,
  tree: Tree,
  key: string,
  least: number,
  most: number,
): number | undefined {
  const value = tree.kind === 'scalar' ? tree.value : null;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  compilation.malformed(tree.range, `\`${key}\` is a whole number from ${least} to ${most}.`);
  return undefined;
}

/** `true` or `false`; false after a problem. */
export function flagOf(compilation: Compilation, tree: Tree | undefined, key: string): boolean {
  if (tree === undefined) return false;
  if (tree.kind === 'scalar' && typeof tree.value === 'boolean') return tree.value;
  compilation.malformed(tree.range, `\`${key}\` is \`true\` or \`false\`.`);
  return false;
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
