/** Draws a plan as text, Mermaid, DOT or SVG. Knows the formats, not where the drawing goes. */

import { unreachable } from '../../core/json.ts';
import { planGraph } from '../../core/plan/graph.ts';
import type { Plan } from '../../core/plan/plan.ts';
import { drawDot } from './dot.ts';
import { drawMermaid } from './mermaid.ts';
import { drawSvg } from './svg.ts';
import { drawText } from './text.ts';

export const GRAPH_FORMATS = ['text', 'mermaid', 'dot', 'svg'] as const;
export type GraphFormat = (typeof GRAPH_FORMATS)[number];

/** The drawing, ending in a newline. */
export function renderGraph(plan: Plan, format: GraphFormat): string {
  const graph = planGraph(plan);
  switch (format) {
    case 'text':
      return drawText(graph);
    case 'mermaid':
      return drawMermaid(graph);
    case 'dot':
      return drawDot(graph);
    case 'svg':
      return drawSvg(graph);
    default:
      return unreachable(format);
  }
}
