/** Draws a graph in Mermaid's flowchart language. Ids are numbers of our own, so no text of the file is ever syntax. */
import type { GraphNode, GraphScope, PlanGraph } from '../../core/plan/graph.ts';
import { detailOf, oneLine } from './labels.ts';

interface Drawing {
  readonly lines: string[];
  /** The paths of steps in two branches of a `choose` may be the same, so steps are numbered. */
  count: number;
}

export function drawMermaid(graph: PlanGraph): string {
  const drawing: Drawing = { lines: ['flowchart TD'], count: 0 };
  for (const [index, scope] of graph.scopes.entries()) {
    if (scope.label === null) addScope(drawing, scope, '  ');
    else addCluster(drawing, `part${index}`, scope.label, scope, '  ');
  }
  return `${drawing.lines.join('\n')}\n`;
}

function addScope(drawing: Drawing, scope: GraphScope, indent: string): void {
  const ids = new Map(scope.nodes.map((node) => [node.path, addNode(drawing, node, indent)] as const));
  for (const edge of scope.edges) {
    const arrow = edge.kind === 'need' ? '-->' : '-.->';
    drawing.lines.push(`${indent}${ids.get(edge.from)} ${arrow} ${ids.get(edge.to)}`);
  }
}

function addNode(drawing: Drawing, node: GraphNode, indent: string): string {
  drawing.count += 1;
  const id = `n${drawing.count}`;
  const label = `${escape(node.id)}<br/>${escape(detailOf(node))}`;
  if (node.scopes.length === 0) {
    drawing.lines.push(`${indent}${id}["${label}"]`);
    return id;
  }
  drawing.lines.push(`${indent}subgraph ${id}["${label}"]`);
  for (const [index, scope] of node.scopes.entries()) {
    if (scope.label === null) addScope(drawing, scope, `${indent}  `);
    else addCluster(drawing, `${id}b${index}`, scope.label, scope, `${indent}  `);
  }
  drawing.lines.push(`${indent}end`);
  return id;
}

function addCluster(drawing: Drawing, id: string, label: string, scope: GraphScope, indent: string): void {
  drawing.lines.push(`${indent}subgraph ${id}["${escape(oneLine(label))}"]`);
  addScope(drawing, scope, `${indent}  `);
  drawing.lines.push(`${indent}end`);
}

/** Everything but letters, digits and harmless marks becomes a character code, as Mermaid reads them. */
function escape(text: string): string {
  return text.replace(/[^\p{L}\p{N} ._,:·…/()[\]=!+-]/gu, (character) => `#${character.codePointAt(0)};`);
}
