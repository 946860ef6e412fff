/** Finds comparisons by `==` and `!=` whose sides can never be equal. Knows types, not where values come from. */
import type { Expr } from '../../core/expr/ast.ts';
import { toNumber, upper } from '../../core/expr/coerce.ts';
import { print } from '../../core/expr/print.ts';
import { references } from '../../core/expr/references.ts';
import { alternatives, describeType, type Type } from '../../core/expr/type.ts';
import { nearest } from '../../core/nearest.ts';
import { lengthOf } from './extent.ts';
import type { ExpressionProblem } from './parse.ts';

type Comparison = Expr & { kind: 'binary' };

/** GitHub's words for how a step ended, and giga's. */
const OTHER_WORDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['success', ['succeeded']],
  ['succeeded', ['success']],
  ['ok', ['succeeded', 'success']],
  ['passed', ['succeeded', 'success']],
  ['failure', ['failed']],
  ['failed', ['failure']],
  ['error', ['failed', 'failure']],
  ['canceled', ['cancelled']],
]);

/** The problem of a comparison, or null. */
export function checkComparison(node: Comparison, left: Type, right: Type): ExpressionProblem | null {
  if (left.kind === 'secret' || right.kind === 'secret') return checkSecret(node);
  // Between constants nobody can have been mistaken about a value.
  if (references(node).length === 0) return null;
  const canBeEqual = alternatives(left).some((a) => alternatives(right).some((b) => areComparable(a, b, node)));
  if (canBeEqual) return null;
  const [shown, known, type] =
    node.right.kind === 'literal' ? [node.right, node.left, left] : [node.left, node.right, right];
  const other = shown === node.right ? right : left;
  const never = node.op === '==' ? 'never true' : 'always true';
  const message = `This comparison is ${never}: \`${print(known)}\` is ${describe(type)}, not ${describe(other)}.`;
  return problemOf('EXPR_IMPOSSIBLE_COMPARISON', shown, message, hintFor(type, other, known, node));
}

function checkSecret(node: Comparison): ExpressionProblem | null {
  const isAllowed = [node.left, node.right].some((side) => side.kind === 'literal' && side.value === '');
  if (isAllowed) return null;
  return problemOf('EXPR_SECRET', node, "A secret can only be compared with ''.");
}

function areComparable(left: Type, right: Type, node: Comparison): boolean {
  // Whatever is known only at run time may be null then.
  if (left.kind === 'any' || right.kind === 'any' || left.kind === 'null' || right.kind === 'null') return true;
  if (left.kind === 'string' && right.kind === 'string') return shareWord(left.words, right.words);
  const isComposite = [left, right].some(({ kind }) => kind === 'list' || kind === 'object');
  if (isComposite) return left.kind === right.kind;
  // Kinds that differ are compared as numbers, and what is no number (NaN) is equal to nothing.
  const numbers = numbersOf(right, node.right);
  return numbersOf(left, node.left).some((a) =>
    numbers.some((b) => (a === '?' ? isNumber(b) : b === '?' ? isNumber(a) : a === b)),
  );
}

function isNumber(number: number | '?'): boolean {
  return !Number.isNaN(number);
}

function shareWord(left: readonly string[] | undefined, right: readonly string[] | undefined): boolean {
  if (!left || !right) return true;
  const words = new Set(left.map(upper));
  return right.some((word) => words.has(upper(word)));
}

/** The numbers that a primitive is compared as where the kinds differ; `?` for any. */
function numbersOf(type: Type, node: Expr): readonly (number | '?')[] {
  if (node.kind === 'literal') return [toNumber(node.value)];
  if (type.kind === 'boolean') return [0, 1];
  return type.kind === 'string' && type.words ? type.words.map(toNumber) : ['?'];
}

function hintFor(type: Type, other: Type, known: Expr, node: Comparison): string | undefined {
  const [word] = other.kind === 'string' ? (other.words ?? []) : [];
  if (type.kind === 'string' && type.words && word !== undefined) {
    const { words } = type;
    const meant =
      OTHER_WORDS.get(word.toLowerCase())?.find((candidate) => words.includes(candidate)) ?? nearest(word, words);
    return meant === null ? `It is one of ${words.map((w) => `'${w}'`).join(', ')}.` : `Write '${meant}'.`;
  }
  if (type.kind === 'boolean') {
    const isYes = (word ?? '').toLowerCase() !== 'false';
    return `It is true or false: write \`${isYes === (node.op === '==') ? '' : '!'}${print(known)}\`.`;
  }
  return type.kind === 'list' ? `To look for an item, write \`contains(${print(known)}, …)\`.` : undefined;
}

function describe(type: Type): string {
  if (type.kind !== 'string' || !type.words) return describeType(type);
  const words = type.words.map((word) => `'${word.length > 40 ? `${word.slice(0, 40)}…` : word}'`);
  return words.length === 1 ? (words[0] ?? '') : `one of ${words.join(', ')}`;
}

function problemOf(code: ExpressionProblem['code'], node: Expr, message: string, hint?: string): ExpressionProblem {
  return { code, message, at: node.at, length: lengthOf(node), ...(hint === undefined ? {} : { hint }) };
}
