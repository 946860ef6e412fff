/** Checks what only the text of a document shows: values left empty, and text that YAML took for a comment. Knows few keys. */
import type { MapEntry, MapTree, ScalarTree, Tree } from '../../core/document.ts';
import { type ShapeProblem, shorten } from './shape-words.ts';

interface Walk {
  readonly text: string;
  readonly problems: ShapeProblem[];
}

/** All such problems of a document. Recursion is bounded by the depth that the readers allow. */
export function checkScalars(root: MapTree, text: string): readonly ShapeProblem[] {
  const walk: Walk = { text, problems: [] };
  // What stands under `on` is not read yet, and elsewhere it is often left empty.
  for (const entry of root.entries) if (entry.key !== 'on') check(walk, entry.value, entry, false);
  return walk.problems;
}

/** `entry` is the nearest key above the tree; `mayBeEmpty` holds for the values of `env`. */
function check(walk: Walk, tree: Tree, entry: MapEntry, mayBeEmpty: boolean): void {
  if (tree.kind === 'list') {
    for (const item of tree.items) check(walk, item, entry, false);
  } else if (tree.kind === 'map') {
    for (const inner of tree.entries) check(walk, inner.value, inner, entry.key === 'env' && entry.value === tree);
  } else if (tree.style === 'plain') {
    checkPlain(walk, tree, entry, mayBeEmpty);
  }
}

function checkPlain(walk: Walk, scalar: ScalarTree, entry: MapEntry, mayBeEmpty: boolean): void {
  if (scalar.source === '') {
    if (!mayBeEmpty) walk.problems.push(emptyValue(scalar, entry));
    return;
  }
  if (typeof scalar.value !== 'string') return;
  const comment = commentBehind(walk.text, scalar.range[1]);
  if (comment === null || !isLost(scalar.value, comment, entry.key)) return;
  const end = scalar.range[1];
  walk.problems.push({
    code: 'DOC_LOST_COMMENT',
    message: `YAML takes \`${shorten(comment)}\` for a comment, so it is not part of \`${entry.key}\`.`,
    range: [walk.text.indexOf('#', end), walk.text.indexOf('#', end) + comment.length],
    label: 'this would be lost',
    hint: 'Quote the whole text or use `|`; a comment goes on a line of its own.',
  });
}

/** The comment on the line of a value that ends at `at`, without its line break. */
function commentBehind(text: string, at: number): string | null {
  let from = at;
  while (text[from] === ' ' || text[from] === '\t') from++;
  if (from === at || text[from] !== '#') return null;
  const newline = text.indexOf('\n', from);
  return text.slice(from, newline === -1 ? text.length : newline).trimEnd();
}

/** In `run` every `#` is suspicious. Elsewhere a template is, unless the value is one whole `${{ }}` and the comment holds none of it. */
function isLost(value: string, comment: string, key: string): boolean {
  if (key === 'run') return true;
  const isInComment = comment.includes('${{') || comment.includes('}}');
  const isWhole = value.startsWith('${{') && value.indexOf('}}') === value.length - 2;
  return isInComment || (value.includes('${{') && !isWhole);
}

function emptyValue(scalar: ScalarTree, entry: MapEntry): ShapeProblem {
  const isValue = entry.value === scalar;
  return {
    code: 'DOC_EMPTY_VALUE',
    message: isValue ? `\`${entry.key}\` has no value.` : `A member of \`${entry.key}\` is empty.`,
    range: isValue ? entry.keyRange : [scalar.range[0] - 1, scalar.range[0]],
    label: 'nothing follows',
    hint: "Give it a value (its lines must be indented deeper), or remove it. An empty text is written `''`.",
  };
}
