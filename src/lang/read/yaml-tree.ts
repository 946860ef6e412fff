/** Turns the nodes of the `yaml` package into a Tree, and says what giga's YAML does not allow in them. Knows no keys. */
import {
  type Alias,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type ParsedNode,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Diagnostic } from '../../core/diagnostic/diagnostic.ts';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { Locator, MapEntry, MapTree, Range, ScalarTree, Tree } from '../../core/document.ts';
import { MAX_EXPANDED_NODES, MAX_PROBLEMS } from './limits.ts';
import { resolvePlain } from './resolve-plain.ts';

/** What the conversion of one document keeps: the text, what was found, and the values that anchors mark. */
interface Conversion {
  readonly text: string;
  /** Where the YAML begins in the text: nodes count from there. */
  readonly base: number;
  readonly locator: Locator;
  readonly diagnostics: Diagnostic[];
  /** By anchor: the value and the number of nodes in it; null while the value is still being read. */
  readonly anchors: Map<string, { readonly tree: Tree; readonly size: number } | null>;
  size: number;
  expanded: number;
}

/** The tree of a document's content. A value that an alias stands for is shared, with the place of its anchor. */
export function toTree(
  node: ParsedNode,
  source: { readonly text: string; readonly base: number; readonly locator: Locator },
): { readonly tree: Tree; readonly diagnostics: readonly Diagnostic[] } {
  const conversion: Conversion = { ...source, diagnostics: [], anchors: new Map(), size: 0, expanded: 0 };
  const tree = convert(conversion, node);
  return { tree, diagnostics: conversion.diagnostics };
}

/** Recursion is bounded: the tokens were counted before. */
function convert(conversion: Conversion, node: ParsedNode | null, place = 0): Tree {
  if (node === null) return emptyScalar(place);
  if (isAlias(node)) return resolveAlias(conversion, node);
  const { anchor } = node;
  const before = conversion.size++;
  if (anchor !== undefined) conversion.anchors.set(anchor, null);
  const tree = isMap(node)
    ? convertMap(conversion, node)
    : isSeq(node)
      ? convertList(conversion, node)
      : convertScalar(conversion, node);
  if (anchor !== undefined) conversion.anchors.set(anchor, { tree, size: conversion.size - before });
  return tree;
}

function emptyScalar(at: number): ScalarTree {
  return { kind: 'scalar', range: [at, at], value: null, source: '', style: 'plain' };
}

/** An empty value stands right behind its colon or dash, not behind the blanks that follow. */
function behindMark({ text }: Conversion, place: number): number {
  let at = place;
  while (text[at - 1] === ' ' || text[at - 1] === '\t') at--;
  return at;
}

const STYLES = {
  PLAIN: 'plain',
  QUOTE_SINGLE: 'single',
  QUOTE_DOUBLE: 'double',
  BLOCK_LITERAL: 'literal',
  BLOCK_FOLDED: 'folded',
} as const;

function convertScalar(conversion: Conversion, node: Scalar): ScalarTree {
  const style = STYLES[(node.type ?? 'PLAIN') as keyof typeof STYLES]; // parsed scalars have one of these types
  const range = rangeOf(conversion, node);
  const source = style === 'plain' ? (node.source ?? '') : String(node.value);
  if (style === 'literal' || style === 'folded')
    return { kind: 'scalar', range: trimmed(conversion, range), value: source, source, style };
  if (style !== 'plain') return { kind: 'scalar', range, value: source, source, style };
  if (source === '' && node.tag === undefined) return emptyScalar(behindMark(conversion, range[0]));
  // A tag was reported; what it stands before is not empty as well.
  if (source === '') return { kind: 'scalar', range, value: String(node.tag), source: String(node.tag), style };
  const value = resolvePlain(source);
  if (typeof value !== 'number' || Number.isFinite(value)) return { kind: 'scalar', range, value, source, style };
  report(
    conversion,
    'DOC_BAD_NUMBER',
    `\`${source}\` is no number that can be stored.`,
    range,
    'Quote it to make it text.',
  );
  return { kind: 'scalar', range, value: source, source, style };
}

function rangeOf(conversion: Conversion, node: { readonly range?: readonly number[] | null }): Range {
  const [start = 0, end = start] = node.range ?? [];
  return [start + conversion.base, end + conversion.base];
}

/** A block without the blank lines at its end, so that a caret never stands below it. */
function trimmed({ text }: Conversion, [start, end]: Range): Range {
  let last = end;
  while (last > start + 1 && ' \n\r\t'.includes(text.charAt(last - 1))) last--;
  while (last < end && !'\n\r'.includes(text.charAt(last))) last++;
  return [start, last];
}

function convertList(conversion: Conversion, node: YAMLSeq): Tree {
  const [start, end] = rangeOf(conversion, node);
  const items = node.items.map((item) => {
    const tree = isNode(item) ? convert(conversion, item) : convertPair(conversion, item, start);
    return tree;
  });
  const last = items.at(-1);
  return { kind: 'list', range: [start, node.flow === true || last === undefined ? end : last.range[1]], items };
}

function isNode(value: unknown): value is ParsedNode {
  return isAlias(value) || isMap(value) || isSeq(value) || isScalar(value);
}

function asNode(value: unknown): ParsedNode | null {
  return isNode(value) ? value : null;
}

/** `[a: b]` is a list of a map of one key. */
function convertPair(conversion: Conversion, item: unknown, place: number): Tree {
  const entry = isPair(item) ? convertEntry(conversion, item, place) : null;
  const entries = entry === null ? [] : [entry];
  const range: Range = entry === null ? [place, place] : [entry.keyRange[0], entry.value.range[1]];
  return { kind: 'map', range, entries };
}

function convertMap(conversion: Conversion, node: YAMLMap): MapTree {
  const [start, end] = rangeOf(conversion, node);
  const entries: MapEntry[] = [];
  const seen = new Map<string, Range>();
  for (const pair of node.items) {
    const entry = convertEntry(conversion, pair, start);
    if (entry === null) continue;
    const first = seen.get(entry.key);
    if (first !== undefined) reportDuplicate(conversion, entry, first);
    else {
      seen.set(entry.key, entry.keyRange);
      entries.push(entry);
    }
  }
  const last = entries.at(-1);
  return { kind: 'map', range: [start, node.flow === true || last === undefined ? end : last.value.range[1]], entries };
}

/** One key with its value; null where the key cannot be one. */
function convertEntry(
  conversion: Conversion,
  pair: { readonly key: unknown; readonly value: unknown },
  place: number,
): MapEntry | null {
  const key = convertKey(conversion, asNode(pair.key), place);
  const value = convert(conversion, asNode(pair.value), key?.keyRange[1] ?? place);
  return key === null ? null : { ...key, value };
}

function convertKey(
  conversion: Conversion,
  node: ParsedNode | null,
  place: number,
): { readonly key: string; readonly keyRange: Range } | null {
  if (node === null || !isScalar(node)) {
    const range: Range = node === null ? [place, place + 1] : rangeOf(conversion, node);
    const what = node === null ? 'nothing' : isAlias(node) ? 'an alias' : isMap(node) ? 'a map' : 'a list';
    const message = `A key must be text, and this one is ${what}.`;
    report(
      conversion,
      'DOC_KEY_NOT_TEXT',
      message,
      range,
      isMap(node) ? 'To mean a text with braces, quote it.' : undefined,
    );
    return null;
  }
  const scalar = convertScalar(conversion, node);
  if (node.anchor !== undefined) conversion.anchors.set(node.anchor, { tree: scalar, size: 1 });
  if (scalar.value === '<<' && scalar.style === 'plain') {
    report(
      conversion,
      'DOC_MERGE_KEY',
      'The merge key `<<` is not part of YAML 1.2.',
      scalar.range,
      'Write the keys out.',
    );
    return null;
  }
  if (typeof scalar.value === 'string') return { key: scalar.value, keyRange: scalar.range };
  const kind = scalar.value === null ? 'nothing' : `a ${typeof scalar.value}`;
  const shown = scalar.source === '' ? 'This key' : `The key \`${scalar.source}\``;
  report(
    conversion,
    'DOC_KEY_NOT_TEXT',
    `${shown} is ${kind} in YAML, and keys must be text.`,
    scalar.range,
    `Quote it: \`'${scalar.source}'\`.`,
  );
  return { key: scalar.source, keyRange: scalar.range };
}

function resolveAlias(conversion: Conversion, node: Alias): Tree {
  const range = rangeOf(conversion, node);
  const target = conversion.anchors.get(node.source);
  if (target === undefined || target === null) {
    const message =
      target === null
        ? `The alias \`*${node.source}\` stands inside its own anchor.`
        : `No anchor \`&${node.source}\` stands before this alias.`;
    report(conversion, 'DOC_UNKNOWN_ALIAS', message, range, `To mean the text, quote it: \`'*${node.source}'\`.`);
    return { kind: 'scalar', range, value: `*${node.source}`, source: `*${node.source}`, style: 'plain' };
  }
  conversion.size += target.size;
  conversion.expanded += target.size;
  if (conversion.expanded <= MAX_EXPANDED_NODES) return target.tree;
  if (conversion.expanded - target.size <= MAX_EXPANDED_NODES) {
    report(
      conversion,
      'DOC_LIMIT',
      `The aliases of the document stand for more than ${MAX_EXPANDED_NODES} values.`,
      range,
    );
  }
  return { kind: 'scalar', range, value: `*${node.source}`, source: `*${node.source}`, style: 'plain' };
}

function report(conversion: Conversion, code: Diagnostic['code'], message: string, range: Range, hint?: string): void {
  if (conversion.diagnostics.length >= MAX_PROBLEMS) return;
  const at = conversion.locator.span(range);
  conversion.diagnostics.push(problem(code, message, hint === undefined ? { at } : { at, hint }));
}

function reportDuplicate(conversion: Conversion, entry: MapEntry, first: Range): void {
  const { locator } = conversion;
  if (conversion.diagnostics.length >= MAX_PROBLEMS) return;
  conversion.diagnostics.push(
    problem('DOC_DUPLICATE_KEY', `The key \`${entry.key}\` stands twice in this map.`, {
      at: locator.span(entry.keyRange),
      label: 'again here',
      hint: 'Remove one of them, or give it another name.',
      related: [{ message: 'first here', at: locator.span(first) }],
    }),
  );
}
