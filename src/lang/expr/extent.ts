/** How much of the source a node covers, for underlining it. Nodes hold where they begin, not where they end. */
import type { Expr } from '../../core/expr/ast.ts';
import { print } from '../../core/expr/print.ts';
import { unreachable } from '../../core/json.ts';

/** Characters from a node's first one; never beyond its end, though blanks and brackets may make it longer. At least 1. */
export function lengthOf(node: Expr): number {
  return Math.max(1, endOf(node) - node.at);
}

function endOf(node: Expr): number {
  switch (node.kind) {
    case 'literal':
      return node.at + (typeof node.value === 'number' ? digitsOf(node.value) : print(node).length);
    case 'name':
      return node.at + node.name.length;
    case 'member':
      return node.nameAt === undefined ? endOf(node.of) : node.nameAt + node.name.length;
    case 'wildcard':
      return endOf(node.of) + '.*'.length;
    case 'unary':
      return endOf(node.of);
    case 'index':
      return endOf(node.index) + 1;
    case 'binary':
      return endOf(node.right);
    case 'choice':
      return endOf(node.no);
    case 'call':
      return endOfLast(node.args, node.at + node.name.length + 1);
    case 'lambda':
      return endOf(node.body);
    case 'list':
      return endOfLast(node.items, node.at + 1);
    case 'object':
      return endOfLast(
        node.entries.map(([, value]) => value),
        node.at + 1,
      );
    default:
      return unreachable(node);
  }
}

/** Behind the bracket that closes the nodes, or an empty pair that opens before `inside`. */
function endOfLast(nodes: readonly Expr[], inside: number): number {
  const last = nodes.at(-1);
  return (last ? endOf(last) : inside) + 1;
}

/** The fewest characters that a number can have been written with: `.5`, `1e3` and `0x7` are not known any more. */
function digitsOf(value: number): number {
  return Number.isInteger(value) && Math.abs(value) < 1_000 ? String(Math.abs(value)).length : 1;
}
