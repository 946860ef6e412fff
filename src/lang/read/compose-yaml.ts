/** Parses and composes lexical tokens with the `yaml` package, and finds the first error among them. Knows no words for users. */
import { Composer, type ErrorCode, type ParsedNode, Parser } from 'yaml';
import type { Range } from '../../core/document.ts';

/** What `yaml` found wrong first; everything behind it may be its consequence. */
export interface SyntaxProblem {
  readonly code: ErrorCode | 'TOO_DEEP';
  readonly message: string;
  readonly range: Range;
}

/** Enough errors to find the first place among: they do not come in the order of the text. */
const ENOUGH = 50;

/** Ends the composer, which would go on to make an Error with a stack for each of thousands. */
class EnoughErrors extends Error {}

/**
 * The content of the one document; null when there is none, or an error. `failsafe` makes every scalar a text: what a plain one
 * means is decided in resolve-plain.ts. Duplicate keys are left to yaml-tree.ts: the composer compares each key with each.
 */
export function composeYaml(tokens: readonly string[]): ParsedNode | SyntaxProblem | null {
  const parser = new Parser();
  const composer = new Composer({ uniqueKeys: false, keepSourceTokens: false, schema: 'failsafe', logLevel: 'silent' });
  const problems: SyntaxProblem[] = [];
  Object.assign(composer, { onError: collectInto(problems) });
  const documents = [];
  try {
    for (const token of tokens) for (const node of parser.next(token)) documents.push(...composer.next(node));
    for (const node of parser.end()) documents.push(...composer.next(node));
    documents.push(...composer.end());
  } catch (error) {
    // Depth is bounded before; a way to nest that was not thought of must not end the process either.
    if (error instanceof RangeError) return { code: 'TOO_DEEP', message: error.message, range: [0, 0] };
    if (!(error instanceof EnoughErrors)) throw error;
  }
  // What the parser itself cannot place is noted in the document.
  for (const { code, message, pos } of documents.flatMap((one) => one.errors))
    problems.push({ code, message, range: pos });
  const [first] = problems.toSorted((a, b) => a.range[0] - b.range[0]);
  return first ?? documents[0]?.contents ?? null;
}

/** What the composer calls at each error: it names a place, a token or a stretch. */
function collectInto(problems: SyntaxProblem[]) {
  return (source: unknown, code: ErrorCode, message: string, isWarning?: boolean): void => {
    // Tags have a diagnostic of their own.
    if (isWarning === true || code === 'TAG_RESOLVE_FAILED') return;
    problems.push({ code, message, range: rangeOf(source) });
    if (problems.length >= ENOUGH) throw new EnoughErrors();
  };
}

function rangeOf(source: unknown): Range {
  if (typeof source === 'number') return [source, source + 1];
  if (Array.isArray(source)) return [Number(source[0]), Number(source[1])];
  if (typeof source !== 'object' || source === null || !('offset' in source)) return [0, 1];
  const text = 'source' in source && typeof source.source === 'string' ? source.source : ' ';
  return [Number(source.offset), Number(source.offset) + text.length];
}
