/** The types of nodes, with what is certainly wrong in them. Knows no calls (infer-call.ts) and no documents. */
import type { Expr } from '../../core/expr/ast.ts';
import { print } from '../../core/expr/print.ts';
import {
  ANY,
  alternatives,
  BOOLEAN,
  closedObject,
  describeType,
  listOf,
  NULL,
  NUMBER,
  STRING,
  type Type,
  unionOf,
  wordOf,
} from '../../core/expr/type.ts';
import { unreachable } from '../../core/json.ts';
import { similarHint } from '../../core/nearest.ts';
import type { ExprTypes } from './check.ts';
import { checkComparison } from './compare.ts';
import { lengthOf } from './extent.ts';
import { inferCall } from './infer-call.ts';
import { readMember } from './member.ts';
import type { ExpressionProblem } from './parse.ts';

/** A check under way. */
export interface Check {
  readonly types: ExprTypes;
  readonly problems: ExpressionProblem[];
  /** Nodes whose list came of `.*`: access to them reaches into the items. */
  readonly wildcards: Set<Expr>;
}
/** Parameters of the lambdas around a node. */
export type Bound = ReadonlyMap<string, Type>;

export function report(
  check: Check,
  code: ExpressionProblem['code'],
  node: Expr,
  message: string,
  hint?: string,
): void {
  const length = node.kind === 'call' ? node.name.length : lengthOf(node);
  check.problems.push({ code, message, at: node.at, length, ...(hint === undefined ? {} : { hint }) });
}

/** The type of a node; its problems are added to the check. */
export function infer(node: Expr, check: Check, bound: Bound): Type {
  switch (node.kind) {
    case 'literal':
      return typeOfLiteral(node.value);
    case 'name':
      return withoutSecret(node, inferName(node, check, bound), check);
    case 'member':
    case 'index':
    case 'wildcard':
      return withoutSecret(node, inferAccess(node, check, bound), check);
    case 'unary': {
      const of = infer(node.of, check, bound);
      if (node.op !== '!') checkNumber(node.op, node.of, of, check);
      return node.op === '!' ? BOOLEAN : NUMBER;
    }
    case 'binary':
      return inferBinary(node, check, bound);
    case 'choice':
      infer(node.test, check, bound);
      return unionOf(infer(node.yes, check, bound), infer(node.no, check, bound));
    case 'call':
      return inferCall(node, check, bound);
    case 'lambda':
      report(check, 'EXPR_LAMBDA', node, 'A lambda can only be an argument of a function that takes one.');
      return ANY;
    case 'list':
      return listOf(unionOf(...node.items.map((item) => infer(item, check, bound))));
    case 'object':
      return closedObject(new Map(node.entries.map(([key, value]) => [key, infer(value, check, bound)])));
    default:
      return unreachable(node);
  }
}

function typeOfLiteral(value: null | boolean | number | string): Type {
  if (value === null) return NULL;
  if (typeof value === 'string') return wordOf(value);
  return typeof value === 'number' ? NUMBER : BOOLEAN;
}

function inferName(node: Expr & { kind: 'name' }, check: Check, bound: Bound): Type {
  if (node.name === 'NaN' || node.name === 'Infinity') return NUMBER;
  const { contexts } = check.types;
  const type = bound.get(node.name) ?? contexts.get(node.name) ?? findContext(node.name, contexts);
  if (type) return type;
  const { hint = contextHint(node.name) } = similarHint('a context', node.name, [...bound.keys(), ...contexts.keys()]);
  report(check, 'EXPR_UNKNOWN_CONTEXT', node, `There is nothing named "${node.name}" here.`, hint);
  return ANY;
}

export function findContext(name: string, contexts: ReadonlyMap<string, Type>): Type | undefined {
  const wanted = name.toLowerCase();
  for (const [candidate, type] of contexts) if (candidate.toLowerCase() === wanted) return type;
  return undefined;
}

function contextHint(name: string): string {
  if (name.toLowerCase() === 'github') return 'What GitHub keeps in `github` is in `git`, `run` and `workflow`.';
  return `A text stands in single quotes: '${name}'.`;
}

/** Reports a secret where none may be; goes on as if it were a text, so that it is reported once. */
function withoutSecret(node: Expr, type: Type, check: Check): Type {
  if (type.kind !== 'secret' || check.types.secrets) return type;
  const hint = 'Name it under `secrets:` of the step, or use it in `env` or `run`.';
  report(check, 'EXPR_SECRET', node, `\`${print(node)}\` is a secret and cannot be used here.`, hint);
  return ANY;
}

function inferAccess(node: Expr & { kind: 'member' | 'index' | 'wildcard' }, check: Check, bound: Bound): Type {
  const of = infer(node.of, check, bound);
  const by = node.kind === 'index' ? infer(node.index, check, bound) : null;
  if (of.kind === 'secret' || by?.kind === 'secret') {
    report(check, 'EXPR_SECRET', node, 'A secret has no members and is no index.');
    return ANY;
  }
  const isSpread = check.wildcards.has(node.of) && of.kind === 'list';
  if (isSpread || node.kind === 'wildcard') check.wildcards.add(node);
  const container = isSpread ? of.of : of;
  const read = readMember(node, container);
  if (read.problem) check.problems.push(read.problem);
  return isSpread && node.kind !== 'wildcard' ? listOf(read.type) : read.type;
}

function inferBinary(node: Expr & { kind: 'binary' }, check: Check, bound: Bound): Type {
  const left = infer(node.left, check, bound);
  const right = infer(node.right, check, bound);
  switch (node.op) {
    case '||':
    case '&&':
      return unionOf(left, right);
    case '??':
      return unionOf(...alternatives(left).filter((type) => type.kind !== 'null'), right);
    case '==':
    case '!=': {
      const problem = checkComparison(node, left, right);
      if (problem) check.problems.push(problem);
      return BOOLEAN;
    }
    case '<':
    case '<=':
    case '>':
    case '>=':
      for (const [operand, type] of [
        [node.left, left],
        [node.right, right],
      ] as const)
        refuseSecret(node.op, operand, type, check);
      return BOOLEAN;
    case '+':
      return inferSum(node, left, right, check);
    case '-':
    case '*':
    case '/':
    case '%':
      checkNumber(node.op, node.left, left, check);
      checkNumber(node.op, node.right, right, check);
      return NUMBER;
    default:
      return unreachable(node.op);
  }
}

function inferSum(node: Expr & { kind: 'binary' }, left: Type, right: Type, check: Check): Type {
  if (left.kind === 'secret' || right.kind === 'secret') return { kind: 'secret' };
  const kinds = new Set([left.kind, right.kind]);
  const isKnown = !kinds.has('any') && !kinds.has('union');
  const isSame = kinds.size === 1 && (kinds.has('number') || kinds.has('string'));
  if (isKnown && !isSame) {
    const message = `\`+\` joins two texts or adds two numbers; here are ${describeType(left)} and ${describeType(right)}.`;
    report(check, 'EXPR_OPERANDS', node, message, "Use `format('{0}{1}', a, b)`, `string(a)` or `float(a)`.");
  }
  return kinds.has('number') ? NUMBER : kinds.has('string') ? STRING : ANY;
}

function checkNumber(op: string, node: Expr, type: Type, check: Check): void {
  if (refuseSecret(op, node, type, check)) return;
  const canBeNumber = alternatives(type).some(({ kind }) => kind === 'any' || kind === 'number');
  if (canBeNumber) return;
  const message = `\`${op}\` takes numbers; here is ${describeType(type)}.`;
  report(check, 'EXPR_OPERANDS', node, message, 'Turn a text into a number with `float(a)` or `int(a)`.');
}

function refuseSecret(op: string, node: Expr, type: Type, check: Check): boolean {
  if (type.kind !== 'secret') return false;
  report(
    check,
    'EXPR_SECRET',
    node,
    `\`${op}\` cannot be used on a secret.`,
    "A secret can be joined to a text, and compared with ''.",
  );
  return true;
}
