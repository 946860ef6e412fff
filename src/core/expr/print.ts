/** Writes an expression as text again, for messages. Parsing what it writes gives the same expression. */
import { unreachable } from '../json.ts';
import type { BinaryOperator, Expr } from './ast.ts';

const PRECEDENCE: Readonly<Record<BinaryOperator, number>> = {
  '??': 2,
  '||': 3,
  '&&': 4,
  '==': 5,
  '!=': 5,
  '<': 6,
  '<=': 6,
  '>': 6,
  '>=': 6,
  '+': 7,
  '-': 7,
  '*': 8,
  '/': 8,
  '%': 8,
};
const CHOICE = 1;
const UNARY = 9;
const ACCESS = 10;

export function print(expr: Expr): string {
  return printNode(expr, 0);
}

/** The text of a node, in parentheses if it binds weaker than its place asks for. */
function printNode(node: Expr, least: number): string {
  const text = printBare(node);
  return precedenceOf(node) < least ? `(${text})` : text;
}

function printBare(node: Expr): string {
  switch (node.kind) {
    case 'literal':
      return typeof node.value === 'string' ? quote(node.value) : String(node.value);
    case 'name':
      return node.name;
    case 'member':
      return `${printNode(node.of, ACCESS)}.${node.name}`;
    case 'index':
      return `${printNode(node.of, ACCESS)}[${printNode(node.index, 0)}]`;
    case 'wildcard':
      return `${printNode(node.of, ACCESS)}.*`;
    case 'unary':
      return `${node.op}${printNode(node.of, UNARY)}`;
    case 'binary':
      return printBinary(node);
    case 'choice':
      return `${printNode(node.test, CHOICE + 1)} ? ${printNode(node.yes, 0)} : ${printNode(node.no, CHOICE)}`;
    case 'call':
      return `${node.name}(${node.args.map((argument) => printNode(argument, 0)).join(', ')})`;
    case 'lambda': {
      const names = node.params.join(', ');
      const params = node.params.length === 1 ? names : `(${names})`;
      return `${params} => ${printNode(node.body, 0)}`;
    }
    case 'list':
      return `[${node.items.map((item) => printNode(item, 0)).join(', ')}]`;
    case 'object':
      return `{ ${node.entries.map(([key, value]) => `${printKey(key)}: ${printNode(value, 0)}`).join(', ')} }`;
    default:
      return unreachable(node);
  }
}

function printBinary({ op, left, right }: Expr & { kind: 'binary' }): string {
  const own = PRECEDENCE[op];
  const isChain = op === '||' || op === '&&' || op === '??';
  // `??` beside `||` and `&&` is refused without parentheses.
  const leftLeast = op === '??' && isLogic(left) ? ACCESS : own;
  const rightLeast = op === '??' && isLogic(right) ? ACCESS : isChain ? own : own + 1;
  return `${printNode(left, leftLeast)} ${op} ${printNode(right, rightLeast)}`;
}

function isLogic(node: Expr): boolean {
  return node.kind === 'binary' && (node.op === '||' || node.op === '&&');
}

function precedenceOf(node: Expr): number {
  if (node.kind === 'binary') return PRECEDENCE[node.op];
  if (node.kind === 'choice') return CHOICE;
  if (node.kind === 'unary') return UNARY;
  return node.kind === 'literal' ? UNARY : ACCESS;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function printKey(key: string): string {
  return /^[A-Za-z_][\w-]*$/.test(key) ? key : quote(key);
}
