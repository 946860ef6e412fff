/** How taint passes through an expression: what its value may hold of the texts that it reads. Knows nodes and functions, no steps. */
import type { Expr, Expression, Template } from '../expr/ast.ts';
import { unreachable } from '../json.ts';
import { callFlow } from './call-flow.ts';
import { anyMember, asText, join, listOf, member, parts, type Taint } from './taint.ts';

export interface Sources {
  /** What is known of a context, by its name in lower case. */
  context(name: string): Taint;
  /** A function that reads a file was given this path. */
  readPath?(path: Taint): void;
}

/** Parameters of the lambdas around a node. */
export type Bound = ReadonlyMap<string, Taint>;
const NONE: Bound = new Map();

export function flowOfTemplate(template: Template, sources: Sources): Taint {
  switch (template.kind) {
    case 'literal':
      return null;
    case 'value':
      return flowOf(template.expression, sources);
    case 'text':
      return join(...template.parts.map((part) => (typeof part === 'string' ? null : asText(flowOf(part, sources)))));
    case 'list':
    case 'argv':
      return listOf(join(...template.items.map((item) => flowOfTemplate(item, sources))));
    case 'object':
      return parts(template.entries.map(([name, value]) => [name, flowOfTemplate(value, sources)] as const));
    default:
      return unreachable(template);
  }
}

export function flowOf({ expr }: Expression, sources: Sources): Taint {
  return flow(expr, sources, NONE);
}

/** What a condition chooses by says nothing of the value that is chosen: only texts themselves are followed. */
function flow(node: Expr, sources: Sources, bound: Bound): Taint {
  switch (node.kind) {
    case 'literal':
      return null;
    case 'name':
      return bound.has(node.name) ? (bound.get(node.name) ?? null) : sources.context(node.name.toLowerCase());
    case 'member':
    case 'index':
    case 'wildcard':
      return flowOfAccess(node, sources, bound);
    case 'unary':
      flow(node.of, sources, bound);
      return null;
    case 'binary':
      return flowOfBinary(node, sources, bound);
    case 'choice':
      flow(node.test, sources, bound);
      return join(flow(node.yes, sources, bound), flow(node.no, sources, bound));
    case 'call':
      return callFlow(node, sources, bound, flow);
    case 'lambda':
      return flow(node.body, sources, bound);
    case 'list':
      return listOf(join(...node.items.map((item) => flow(item, sources, bound))));
    case 'object':
      return parts(node.entries.map(([name, value]) => [name, flow(value, sources, bound)] as const));
    default:
      return unreachable(node);
  }
}

function flowOfAccess(node: Expr & { kind: 'member' | 'index' | 'wildcard' }, sources: Sources, bound: Bound): Taint {
  const of = flow(node.of, sources, bound);
  // Access to what came of `.*` reaches into the items.
  const isSpread = isOfWildcard(node.of);
  const container = isSpread ? anyMember(of) : of;
  const read = memberOf(node, container, sources, bound);
  return isSpread || node.kind === 'wildcard' ? listOf(read) : read;
}

function memberOf(
  node: Expr & { kind: 'member' | 'index' | 'wildcard' },
  of: Taint,
  sources: Sources,
  bound: Bound,
): Taint {
  if (node.kind === 'wildcard') return anyMember(of);
  if (node.kind === 'member') return member(of, node.name);
  const { index } = node;
  if (index.kind === 'literal') return member(of, String(index.value));
  // By whatever text it is looked up, what is found is a member.
  flow(index, sources, bound);
  return anyMember(of);
}

function isOfWildcard(node: Expr): boolean {
  if (node.kind === 'wildcard') return true;
  return (node.kind === 'member' || node.kind === 'index') && isOfWildcard(node.of);
}

function flowOfBinary(node: Expr & { kind: 'binary' }, sources: Sources, bound: Bound): Taint {
  const left = flow(node.left, sources, bound);
  const right = flow(node.right, sources, bound);
  if (node.op === '+') return join(asText(left), asText(right));
  if (node.op === '||' || node.op === '??') return join(left, right);
  // Of the left side `&&` gives only what counts as false, which holds no text.
  return node.op === '&&' ? right : null;
}
