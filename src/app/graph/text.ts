/** Draws a graph as a tree of lines: one step a line, with what it waits for. */
import type { GraphEdge, GraphNode, GraphScope, PlanGraph } from '../../core/plan/graph.ts';
import { detailOf, oneLine } from './labels.ts';

interface Line {
  readonly left: string;
  readonly right: string;
}

const MAX_COLUMN = 40;

export function drawText(graph: PlanGraph): string {
  const lines: Line[] = [];
  for (const scope of graph.scopes) {
    if (scope.label !== null) lines.push({ left: scope.label, right: '' });
    addScope(lines, scope, '');
  }
  const widest = Math.min(
    MAX_COLUMN,
    lines.reduce((width, line) => Math.max(width, line.right === '' ? 0 : line.left.length), 0),
  );
  const body = lines.map(({ left, right }) => (right === '' ? left : `${left.padEnd(widest)}  ${right}`));
  return `${[`${oneLine(graph.name)} (${oneLine(graph.file, 200)})`, ...body].join('\n')}\n`;
}

function addScope(lines: Line[], scope: GraphScope, indent: string): void {
  const incoming = edgesByTarget(scope.edges);
  for (const [index, node] of scope.nodes.entries()) {
    const isLast = index === scope.nodes.length - 1;
    lines.push({
      left: `${indent}${isLast ? '└─' : '├─'} ${node.id}`,
      right: detailOf(node) + waitsFor(incoming.get(node.path) ?? []),
    });
    addInner(lines, node, `${indent}${isLast ? '  ' : '│ '} `);
  }
}

function addInner(lines: Line[], node: GraphNode, indent: string): void {
  for (const [index, scope] of node.scopes.entries()) {
    if (scope.label === null) {
      addScope(lines, scope, indent);
      continue;
    }
    const isLast = index === node.scopes.length - 1;
    lines.push({ left: `${indent}${isLast ? '└─' : '├─'} ${oneLine(scope.label)}`, right: '' });
    addScope(lines, scope, `${indent}${isLast ? '  ' : '│ '} `);
  }
}

function waitsFor(edges: readonly GraphEdge[]): string {
  const names = (kind: GraphEdge['kind']): string =>
    edges.flatMap((edge) => (edge.kind === kind ? [edge.from.slice(edge.from.lastIndexOf('/') + 1)] : [])).join(', ');
  const needs = names('need');
  const after = names('order');
  return `${needs === '' ? '' : ` ← ${needs}`}${after === '' ? '' : ` · after ${after}`}`;
}

function edgesByTarget(edges: readonly GraphEdge[]): ReadonlyMap<string, readonly GraphEdge[]> {
  const byTarget = new Map<string, GraphEdge[]>();
  for (const edge of edges) {
    const known = byTarget.get(edge.to);
    if (known === undefined) byTarget.set(edge.to, [edge]);
    else known.push(edge);
  }
  return byTarget;
}
