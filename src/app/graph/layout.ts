/** Places the steps of a graph in layers: each below all that it waits for, groups around what is inside. Knows sizes, no drawing. */
import type { GraphEdge, GraphNode, GraphScope, PlanGraph } from '../../core/plan/graph.ts';
import { detailOf, oneLine } from './labels.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly detail: string;
  /** A group's frame is drawn behind what it holds; a `part` is the frame of a branch or of `finally`. */
  readonly kind: 'step' | 'group' | 'part';
}

export interface Line {
  readonly from: readonly [x: number, y: number];
  readonly to: readonly [x: number, y: number];
  readonly kind: GraphEdge['kind'];
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Outer boxes before those inside them. */
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
}

const CHARACTER = 7.5;
const STEP_HEIGHT = 44;
const PADDING = 16;
const TITLE_HEIGHT = 40;
const GAP_X = 24;
const GAP_Y = 40;
const MAX_ROW = 12;

export function layOut(graph: PlanGraph): Layout {
  const parts = graph.scopes.map((scope) => {
    const inner = layOutScope(scope);
    return scope.label === null ? inner : framed([inner], scope.label, '', 'part');
  });
  const stacked = stack(parts, GAP_Y);
  return moved(stacked, PADDING, PADDING, { width: stacked.width + 2 * PADDING, height: stacked.height + 2 * PADDING });
}

function layOutScope(scope: GraphScope): Layout {
  const layouts = new Map(scope.nodes.map((node) => [node.path, layOutNode(node)] as const));
  const rows = layersOf(scope).flatMap(inRows);
  const places = new Map<string, { readonly x: number; readonly y: number; readonly layout: Layout }>();
  const rowWidth = (row: readonly string[]): number =>
    row.reduce((width, path) => width + (layouts.get(path)?.width ?? 0) + GAP_X, -GAP_X);
  const width = rows.reduce((widest, row) => Math.max(widest, rowWidth(row)), 0);
  let y = 0;
  for (const row of rows) {
    let x = (width - rowWidth(row)) / 2;
    let height = 0;
    for (const path of row) {
      const layout = layouts.get(path);
      if (layout === undefined) continue;
      places.set(path, { x, y, layout });
      x += layout.width + GAP_X;
      height = Math.max(height, layout.height);
    }
    y += height + GAP_Y;
  }
  const inner = [...places.values()].map(({ x, y, layout }) => moved(layout, x, y));
  const lines = scope.edges.flatMap((edge): readonly Line[] => {
    const from = places.get(edge.from);
    const to = places.get(edge.to);
    if (from === undefined || to === undefined) return [];
    return [
      {
        from: [from.x + from.layout.width / 2, from.y + from.layout.height],
        to: [to.x + to.layout.width / 2, to.y],
        kind: edge.kind,
      },
    ];
  });
  return {
    width,
    height: Math.max(0, y - GAP_Y),
    boxes: inner.flatMap((layout) => layout.boxes),
    lines: [...lines, ...inner.flatMap((layout) => layout.lines)],
  };
}

function layOutNode(node: GraphNode): Layout {
  const detail = detailOf(node);
  if (node.scopes.length > 0) {
    const parts = node.scopes.map((scope) =>
      scope.label === null ? layOutScope(scope) : framed([layOutScope(scope)], oneLine(scope.label), '', 'part'),
    );
    return framed(parts, node.id, detail, 'group');
  }
  const width = textWidth(node.id, detail) + 2 * PADDING;
  return {
    width,
    height: STEP_HEIGHT,
    boxes: [{ x: 0, y: 0, width, height: STEP_HEIGHT, title: node.id, detail, kind: 'step' }],
    lines: [],
  };
}

function framed(parts: readonly Layout[], title: string, detail: string, kind: 'group' | 'part'): Layout {
  const inner = stack(parts, GAP_Y / 2);
  const width = Math.max(inner.width, textWidth(title, detail)) + 2 * PADDING;
  const height = inner.height + TITLE_HEIGHT + PADDING;
  const placed = moved(inner, (width - inner.width) / 2, TITLE_HEIGHT);
  return {
    width,
    height,
    boxes: [{ x: 0, y: 0, width, height, title, detail, kind }, ...placed.boxes],
    lines: placed.lines,
  };
}

function stack(parts: readonly Layout[], gap: number): Layout {
  const width = parts.reduce((widest, part) => Math.max(widest, part.width), 0);
  let y = 0;
  const placed = parts.map((part) => {
    const at = moved(part, (width - part.width) / 2, y);
    y += part.height + gap;
    return at;
  });
  return {
    width,
    height: Math.max(0, y - gap),
    boxes: placed.flatMap((part) => part.boxes),
    lines: placed.flatMap((part) => part.lines),
  };
}

function moved(
  layout: Layout,
  dx: number,
  dy: number,
  size: { readonly width: number; readonly height: number } = layout,
): Layout {
  return {
    width: size.width,
    height: size.height,
    boxes: layout.boxes.map((box) => ({ ...box, x: box.x + dx, y: box.y + dy })),
    lines: layout.lines.map(({ from, to, kind }) => ({
      from: [from[0] + dx, from[1] + dy],
      to: [to[0] + dx, to[1] + dy],
      kind,
    })),
  };
}

function textWidth(...texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, Array.from(text).length * CHARACTER), 40);
}

/** A layer of many steps takes several rows: a picture must fit somewhere. */
function inRows(layer: readonly string[]): readonly (readonly string[])[] {
  const rows: (readonly string[])[] = [];
  for (let at = 0; at < layer.length; at += MAX_ROW) rows.push(layer.slice(at, at + MAX_ROW));
  return rows;
}

/** Each step one layer below the lowest that it waits for. Edges of a plan never form a ring, so the waits run out. */
function layersOf(scope: GraphScope): readonly (readonly string[])[] {
  const dependants = new Map<string, string[]>();
  const open = new Map<string, number>();
  for (const { from, to } of scope.edges) {
    const known = dependants.get(from);
    if (known === undefined) dependants.set(from, [to]);
    else known.push(to);
    open.set(to, (open.get(to) ?? 0) + 1);
  }
  const layers: string[][] = [];
  let layer = scope.nodes.flatMap((node) => (open.has(node.path) ? [] : [node.path]));
  while (layer.length > 0) {
    layers.push(layer);
    const next: string[] = [];
    for (const path of layer) {
      for (const dependant of dependants.get(path) ?? []) {
        const left = (open.get(dependant) ?? 0) - 1;
        open.set(dependant, left);
        if (left === 0) next.push(dependant);
      }
    }
    layer = next;
  }
  return layers;
}
