/** Looks over the lexical tokens of a YAML text before it is parsed: limits, and what giga's YAML leaves out. Knows no keys. */
import { CST, Lexer } from 'yaml';
import type { Code } from '../../core/diagnostic/catalog.ts';
import type { Range } from '../../core/document.ts';
import { MAX_ALIASES, MAX_DEPTH, MAX_PROBLEMS, MAX_TOKENS } from './limits.ts';

/** A problem found among the tokens. `isFatal`: the text must not be parsed. */
export interface TokenProblem {
  readonly code: Code;
  readonly message: string;
  readonly range: Range;
  readonly hint?: string;
  readonly label?: string;
  readonly isFatal?: true;
}

export interface TokenScan {
  /** As the parser takes them. */
  readonly tokens: readonly string[];
  readonly problems: readonly TokenProblem[];
}

interface Scan {
  readonly problems: TokenProblem[];
  /** Columns of the block collections that are open. */
  readonly columns: number[];
  flowDepth: number;
  /** Keys since the last comma or bracket. */
  colons: number;
  column: number;
  documents: number;
  hasContent: boolean;
  aliases: number;
  /** The last two tokens, to see `$` `{` `{`. */
  before: string;
  beforeThat: string;
}

/** Lexes `text` from `offset` on. The parser recurses and allocates per level and token, so it is never given more than the limits. */
export function scanTokens(text: string, offset: number): TokenScan {
  const tokens: string[] = [];
  const scan: Scan = {
    problems: [],
    columns: [],
    flowDepth: 0,
    colons: 0,
    column: 0,
    documents: 0,
    hasContent: false,
    aliases: 0,
    before: '',
    beforeThat: '',
  };
  let at = offset;
  let isScalar = false;
  for (const token of new Lexer().lex(text)) {
    tokens.push(token);
    if (token === CST.SCALAR || token === CST.DOCUMENT || token === CST.FLOW_END) {
      isScalar = token === CST.SCALAR;
      continue; // a mark of the lexer, no part of the text
    }
    look(scan, isScalar ? 'scalar' : CST.tokenType(token), token, at);
    if (tokens.length > MAX_TOKENS) scan.problems.push(limit(`more than ${MAX_TOKENS} tokens`, [at, at + 1]));
    if (scan.problems.at(-1)?.isFatal === true || scan.problems.length >= MAX_PROBLEMS) break;
    isScalar = false;
    at += token.length;
  }
  return { tokens, problems: scan.problems };
}

/** Where the last quoted scalar begins, from the beginning of the tokens; null when there is none. */
export function lastQuote(tokens: readonly string[]): number | null {
  let at = 0;
  let found: number | null = null;
  for (const [index, token] of tokens.entries()) {
    if (token === CST.SCALAR || token === CST.DOCUMENT || token === CST.FLOW_END) continue;
    if (/^["']/.test(token) && tokens[index - 1] !== CST.SCALAR) found = at;
    at += token.length;
  }
  return found;
}

function limit(what: string, range: Range): TokenProblem {
  return { code: 'DOC_LIMIT', message: `The document has ${what}.`, range, isFatal: true };
}

function look(scan: Scan, type: CST.TokenType | null, source: string, at: number): void {
  const range: Range = [at, at + source.length];
  const next = lookAt(scan, type, source, range);
  if (next !== null) scan.problems.push(next);
  const newline = source.lastIndexOf('\n');
  scan.column = newline === -1 ? scan.column + source.length : source.length - newline - 1;
  if (type === 'newline' || type === 'space' || type === 'comment') return;
  if (type === 'comma' || type?.startsWith('flow-') === true) scan.colons = 0;
  scan.beforeThat = scan.before;
  scan.before = type === 'scalar' || type?.endsWith('-start') === true ? source : '';
}

/** The problem that one token brings, if any; keeps count of depth, documents and aliases. */
function lookAt(scan: Scan, type: CST.TokenType | null, source: string, range: Range): TokenProblem | null {
  if (type === 'flow-map-start' || type === 'flow-seq-start') return openFlow(scan, source, range);
  if (type === 'flow-map-end' || type === 'flow-seq-end') scan.flowDepth = Math.max(0, scan.flowDepth - 1);
  else if (type === 'seq-item-ind' || type === 'explicit-key-ind' || type === 'map-value-ind')
    return openBlock(scan, range);
  else if (type === 'tag') return tag(source, range);
  else if (type === 'alias' && ++scan.aliases > MAX_ALIASES) return limit(`more than ${MAX_ALIASES} aliases`, range);
  else if (type === 'directive-line') return directive(range);
  else if (type === 'doc-start' || type === 'doc-end') return marker(scan, type, range);
  if (type !== 'newline' && type !== 'space' && type !== 'comment' && type !== 'byte-order-mark')
    scan.hasContent = true;
  return null;
}

function openFlow(scan: Scan, source: string, range: Range): TokenProblem | null {
  scan.hasContent = true;
  scan.flowDepth++;
  if (scan.flowDepth + scan.columns.length > MAX_DEPTH) return limit(`more than ${MAX_DEPTH} levels`, range);
  if (source !== '{' || scan.before !== '{' || !scan.beforeThat.endsWith('$')) return null;
  // `$` `{` `{` one behind the other; at the top level of a block value the three are one word.
  return {
    code: 'DOC_UNQUOTED_TEMPLATE',
    message: 'A template inside `{ }` or `[ ]` must be quoted.',
    range: [range[0] - 2, range[1]],
    label: 'YAML takes these braces for its own',
    hint: 'Quote it: `"${{ … }}"`.',
    isFatal: true,
  };
}

/** Counts levels of block collections by their columns: a deeper column opens one, a lesser one closes those behind it. */
function openBlock(scan: Scan, range: Range): TokenProblem | null {
  scan.hasContent = true;
  // Within brackets only `a: b: c: …` can nest; a comma or a bracket ends it.
  if (scan.flowDepth > 0) return ++scan.colons > MAX_DEPTH ? limit(`more than ${MAX_DEPTH} levels`, range) : null;
  while ((scan.columns.at(-1) ?? -1) > scan.column) scan.columns.pop();
  if (scan.columns.at(-1) !== scan.column) scan.columns.push(scan.column);
  return scan.columns.length > MAX_DEPTH * 2 ? limit(`more than ${MAX_DEPTH} levels`, range) : null;
}

function tag(source: string, range: Range): TokenProblem {
  const hint = source.startsWith('!!')
    ? 'Remove the tag; quotes make a text of any value.'
    : `To negate, write \`\${{ ${source} }}\`; to mean this text, quote it.`;
  return { code: 'DOC_TAG', message: `\`${source}\` is a tag in YAML, and tags are not used here.`, range, hint };
}

function directive(range: Range): TokenProblem {
  const message = 'YAML directives (lines that begin with `%`) are not used here.';
  return { code: 'DOC_YAML_SYNTAX', message, range, hint: 'Remove the line.', isFatal: true };
}

/** The first `---` may stand before all content; each later marker begins or ends another document. */
function marker(scan: Scan, type: 'doc-start' | 'doc-end', range: Range): TokenProblem | null {
  scan.columns.length = 0;
  scan.flowDepth = 0;
  const isFirst = type === 'doc-start' && scan.documents === 0 && !scan.hasContent;
  if (type === 'doc-start') scan.documents++;
  if (isFirst) return null;
  return {
    code: 'DOC_MULTIPLE_DOCUMENTS',
    message: 'A file holds one document, and this line begins or ends another.',
    range,
    hint: 'Put each document in a file of its own.',
    isFatal: true,
  };
}
