/** Text of expressions and templates to the nodes of core/expr/ast.ts, with offsets into the text. Knows no contexts and no functions. */
import { type Code, isCode } from '../../core/diagnostic/catalog.ts';
import type { Expr, Expression } from '../../core/expr/ast.ts';
import { type Options, type Outcome, parse } from '../generated/expr.js';
import { readPlainReference } from './plain-reference.ts';
import { describeSyntaxError, UNCLOSED_TEXT } from './syntax-error.ts';

/** GitHub's limit on the length of an expression, in UTF-16 units. */
const MAX_EXPRESSION_LENGTH = 21_000;
/** Problems that are reported of one template. */
const MAX_PROBLEMS = 20;
/** How deep brackets and `?:` may nest; the depth of the expression itself is bounded by the grammar. */
const MAX_NESTING = 100;

/** What is wrong in an expression, by offset and length in the text that was given. */
export interface ExpressionProblem {
  readonly code: Code;
  readonly message: string;
  readonly at: number;
  readonly length: number;
  readonly hint?: string;
}

/** `start` and `end` are the bounds of `value.source` in the text: blanks around it are not part of it. */
export type ParsedExpression =
  | { readonly ok: true; readonly value: Expression; readonly start: number; readonly end: number }
  | { readonly ok: false; readonly error: ExpressionProblem };

/** An expression inside a text: `start` and `end` are the bounds of its source (without `${{`, blanks and `}}`). */
export type EmbeddedExpression = Expression & { readonly start: number; readonly end: number };

export type ParsedTemplate =
  | { readonly ok: true; readonly parts: readonly (string | EmbeddedExpression)[] }
  | { readonly ok: false; readonly errors: readonly ExpressionProblem[] };

/** Reads a text that is an expression and nothing else. */
export function parseExpression(text: string): ParsedExpression {
  const start = skipBlanks(text, 0);
  if (text.length - start > MAX_EXPRESSION_LENGTH) return { ok: false, error: tooLong(start) };
  const source = text.slice(start).trimEnd();
  if (source === '') return { ok: false, error: empty(0, text.length) };
  const plain = readPlainReference(source, 0);
  if (plain?.end === source.length)
    return { ok: true, value: { source, expr: plain.expr }, start, end: start + source.length };
  const read = readWith(wholeRule, source);
  if (!read.ok) return { ok: false, error: { ...read.error, at: read.error.at + start } };
  return { ok: true, value: { source, expr: read.value }, start, end: start + source.length };
}

/**
 * Reads the value of a key that is always an expression (`if`, `until`, …), where `${{ }}` around it may be left out.
 * Text beside `${{ }}` is an error: GitHub would take it for a text, which is always true.
 */
export function parseExpressionKey(text: string): ParsedExpression {
  const start = skipBlanks(text, 0);
  if (!text.startsWith('${{', start)) return parseExpression(text);
  const embedded = readEmbedded(text, start);
  if (!embedded.ok) return embedded;
  const { value, next } = embedded;
  const rest = text.slice(next).trim();
  if (rest !== '') return { ok: false, error: textBeside(start, text.trimEnd().length - start) };
  const { start: from, end, ...expression } = value;
  return { ok: true, value: expression, start: from, end };
}

/** Splits a text into its plain pieces and its `${{ }}`. Reports a problem of each `${{ }}` that has one. */
export function parseTemplate(text: string): ParsedTemplate {
  const parts: (string | EmbeddedExpression)[] = [];
  const errors: ExpressionProblem[] = [];
  let from = 0;
  while (from < text.length && errors.length < MAX_PROBLEMS) {
    const open = text.indexOf('${{', from);
    if (open > from || open < 0) parts.push(text.slice(from, open < 0 ? text.length : open));
    if (open < 0) break;
    const embedded = readEmbedded(text, open);
    if (embedded.ok) parts.push(embedded.value);
    else errors.push(embedded.error);
    from = embedded.ok ? embedded.next : closeOf(text, open + 3);
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, parts };
}

type Embedded =
  | { readonly ok: true; readonly value: EmbeddedExpression; readonly next: number }
  | { readonly ok: false; readonly error: ExpressionProblem };

/** Reads the `${{ … }}` at `open`; it ends at the `}}` that the grammar accepts, not at one inside a text or an object. */
function readEmbedded(text: string, open: number): Embedded {
  const start = skipBlanks(text, open + 3);
  if (text.startsWith('}}', start)) return { ok: false, error: empty(open, start + 2 - open) };
  const plain = readPlainReference(text, start);
  const close = plain ? skipBlanks(text, plain.end) : -1;
  if (plain && text.startsWith('}}', close)) {
    const { expr, end } = plain;
    return { ok: true, value: { source: text.slice(start, end), expr, start, end }, next: close + 2 };
  }
  const isCut = text.length - start > MAX_EXPRESSION_LENGTH;
  const read = readWith(embeddedRule, text.slice(start, start + MAX_EXPRESSION_LENGTH));
  if (!read.ok) {
    const wantsMore = read.stoppedAt >= MAX_EXPRESSION_LENGTH || read.error.message === UNCLOSED_TEXT;
    if (isCut && wantsMore) return { ok: false, error: tooLong(start) };
    if (start + read.stoppedAt >= text.length) return { ok: false, error: unclosed(open) };
    return { ok: false, error: { ...read.error, at: start + read.error.at } };
  }
  const end = start + read.value.end;
  const source = text.slice(start, end);
  return { ok: true, value: { source, expr: read.value.value, start, end }, next: skipBlanks(text, end) + 2 };
}

type Read<T> =
  | { readonly ok: true; readonly value: T }
  /** `stoppedAt` is how far the grammar came; the length of the text if it wanted more. */
  | { readonly ok: false; readonly error: ExpressionProblem; readonly stoppedAt: number };

/** Reads by a rule of the grammar. */
function readWith<T>(rule: (text: string, options: Options) => Outcome<T>, source: string): Read<T> {
  const deepest = findDeepNesting(source);
  if (deepest !== null) return { ok: false, error: tooDeep(deepest), stoppedAt: deepest };
  const reports: ExpressionProblem[] = [];
  const report = (code: string, at: number, length: number, message: string): void => {
    if (isCode(code)) reports.push({ code, message, at, length, ...hintOf(code) });
  };
  const outcome = rule(source, { peg$library: true, report });
  const isRest = rule === wholeRule && outcome.peg$currPos < source.length;
  if (outcome.peg$result === outcome.peg$FAILED || isRest) {
    const stoppedAt = outcome.peg$maxFailPos;
    return { ok: false, error: describeSyntaxError(source, stoppedAt), stoppedAt };
  }
  const [first] = reports;
  return first ? { ok: false, error: first, stoppedAt: first.at } : { ok: true, value: outcome.peg$result };
}

function wholeRule(text: string, options: Options): Outcome<Expr> {
  return parse(text, { ...options, startRule: 'Expression' });
}

function embeddedRule(text: string, options: Options): Outcome<{ readonly value: Expr; readonly end: number }> {
  return parse(text, { ...options, startRule: 'Embedded' });
}

/**
 * The offset where brackets and open `?` nest too deep for the recursive parser, or null. A `}` that closes nothing
 * ends the scan: there the expression inside a template is over.
 */
function findDeepNesting(source: string): number | null {
  const open: string[] = [];
  for (let i = 0; i < source.length; i++) {
    const char = source.charAt(i);
    if (char === "'") {
      i = source.indexOf("'", i + 1);
      if (i < 0) return null;
    } else if (char === '(' || char === '[' || char === '{') {
      open.push(char);
    } else if (char === '?' && source.charAt(i + 1) === '?') {
      i++;
    } else if (char === '?') {
      open.push(char);
    } else if (char === ':') {
      if (open.at(-1) === '?') open.pop();
    } else if (char === ')' || char === ']' || char === '}') {
      while (open.at(-1) === '?') open.pop();
      if (open.pop() === undefined && char === '}') return null;
    }
    if (open.length > MAX_NESTING) return i;
  }
  return null;
}

/** Where to go on reading after a broken `${{`: behind its `}}` (texts in quotes on the way are skipped), or at the next one. */
function closeOf(text: string, from: number): number {
  const pattern = /'[^'\n]*'|\}\}+|\$\{\{/g;
  pattern.lastIndex = from;
  for (let found = pattern.exec(text); found; found = pattern.exec(text)) {
    if (found[0].startsWith('}')) return pattern.lastIndex;
    if (found[0] === '${{') return found.index;
  }
  return text.length;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n\u00a0'.includes(text.charAt(at))) at++;
  return at;
}

function hintOf(code: string): { hint?: string } {
  if (code === 'EXPR_MIXED_OPERATORS') return { hint: 'Put parentheses around the part that comes first.' };
  if (code === 'EXPR_TOO_DEEP') return { hint: 'Compute a part of it in a step with `set`, and use its output.' };
  return {};
}

function tooLong(at: number): ExpressionProblem {
  return {
    code: 'EXPR_TOO_LONG',
    message: `The expression is longer than ${MAX_EXPRESSION_LENGTH} characters.`,
    at,
    length: 1,
    hint: 'Give large values by `inputs`, `env` or a file.',
  };
}

function tooDeep(at: number): ExpressionProblem {
  return {
    code: 'EXPR_TOO_DEEP',
    message: `Brackets and \`?\` nest deeper than ${MAX_NESTING} levels.`,
    at,
    length: 1,
    ...hintOf('EXPR_TOO_DEEP'),
  };
}

function empty(at: number, length: number): ExpressionProblem {
  return {
    code: 'EXPR_EMPTY',
    message: 'There is no expression here.',
    at,
    length,
    hint: 'Write one, such as `inputs.name`, or take the key away.',
  };
}

function unclosed(at: number): ExpressionProblem {
  return {
    code: 'EXPR_UNCLOSED',
    message: '`${{` is not closed.',
    at,
    length: 3,
    hint: 'Write `}}` behind the expression.',
  };
}

function textBeside(at: number, length: number): ExpressionProblem {
  return {
    code: 'EXPR_TEXT_BESIDE',
    message: 'There is text beside `${{ }}`: the whole would be a text, which is always true.',
    at,
    length,
    hint: 'Write one expression, with or without `${{ }}` around all of it.',
  };
}
