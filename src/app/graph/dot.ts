/** Draws a graph in the language of Graphviz. */
import type { GraphNode, GraphScope, PlanGraph } from '../../core/plan/graph.ts';
import { detailOf, oneLine } from './labels.ts';

interface Drawing {
  readonly lines: string[];
  /** Nodes and clusters are numbered: the paths of steps in two branches of a `choose` may be the same. */
  nodes: number;
  clusters: number;
}

/** A drawn step: its node, and for a group the cluster around what is inside. */
interface Drawn {
  readonly node: string;
  readonly cluster: number | null;
}

export function drawDot(graph: PlanGraph): string {
  const drawing: Drawing = { lines: [], nodes: 0, clusters: 0 };
  drawing.lines.push(
    `digraph ${quote(oneLine(graph.name))} {`,
    '  compound=true; rankdir=TB; node [shape=box, style=rounded]; edge [arrowsize=0.7];',
  );
  for (const scope of graph.scopes) {
    if (scope.label === null) addScope(drawing, scope, '  ');
    else addCluster(drawing, scope.label, scope, '  ');
  }
  drawing.lines.push('}');
  return `${drawing.lines.join('\n')}\n`;
}

function addScope(drawing: Drawing, scope: GraphScope, indent: string): void {
  const drawn = new Map(scope.nodes.map((node) => [node.path, addNode(drawing, node, indent)] as const));
  for (const edge of scope.edges) {
    const from = drawn.get(edge.from);
    const to = drawn.get(edge.to);
    if (from === undefined || to === undefined) continue;
    const attributes = [
      ...(edge.kind === 'order' ? ['style=dashed'] : []),
      ...(from.cluster === null ? [] : [`ltail=cluster_${from.cluster}`]),
      ...(to.cluster === null ? [] : [`lhead=cluster_${to.cluster}`]),
    ];
    const suffix = attributes.length === 0 ? '' : ` [${attributes.join(', ')}]`;
    drawing.lines.push(`${indent}${from.node} -> ${to.node}${suffix};`);
  }
}

/** Edges of Graphviz join nodes, not clusters: an invisible one in the cluster stands for the group. */
function addNode(drawing: Drawing, node: GraphNode, indent: string): Drawn {
  drawing.nodes += 1;
  const name = `n${drawing.nodes}`;
  if (node.scopes.length === 0) {
    drawing.lines.push(`${indent}${name} [label=${label(node)}];`);
    return { node: name, cluster: null };
  }
  const cluster = openCluster(drawing, label(node), indent);
  drawing.lines.push(`${indent}  ${name} [shape=point, style=invis];`);
  for (const scope of node.scopes) {
    if (scope.label === null) addScope(drawing, scope, `${indent}  `);
    else addCluster(drawing, scope.label, scope, `${indent}  `);
  }
  drawing.lines.push(`${indent}}`);
  return { node: name, cluster };
}

function addCluster(drawing: Drawing, text: string, scope: GraphScope, indent: string): void {
  openCluster(drawing, quote(oneLine(text)), indent);
  addScope(drawing, scope, `${indent}  `);
  drawing.lines.push(`${indent}}`);
}

function openCluster(drawing: Drawing, text: string, indent: string): number {
  const number = drawing.clusters++;
  drawing.lines.push(`${indent}subgraph cluster_${number} {`, `${indent}  label=${text};`);
  return number;
}

function label(node: GraphNode): string {
  // The line break of a label is written `\n`, inside the quotes.
  return `${quote(node.id).slice(0, -1)}\\n${quote(detailOf(node)).slice(1)}`;
}

function quote(text: string): string {
  return `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"`;
}
