/** Draws a laid-out graph as an SVG picture that needs nothing else: no script, no font, no link. */
import type { PlanGraph } from '../../core/plan/graph.ts';
import { oneLine } from './labels.ts';
import { type Box, type Line, layOut } from './layout.ts';

const STYLE = [
  'text { font: 13px ui-sans-serif, system-ui, sans-serif; fill: #1f2937; }',
  '.detail { font-size: 11px; fill: #6b7280; }',
  '.step { fill: #ffffff; stroke: #4b5563; }',
  '.group { fill: #f3f4f6; stroke: #9ca3af; }',
  '.part { fill: none; stroke: #9ca3af; stroke-dasharray: 2 3; }',
  'path { fill: none; stroke: #4b5563; marker-end: url(#tip); }',
  '.order { stroke-dasharray: 5 4; stroke: #9ca3af; }',
].join(' ');

export function drawSvg(graph: PlanGraph): string {
  const { width, height, boxes, lines } = layOut(graph);
  const size = `${number(width)} ${number(height)}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size}" width="${number(width)}" height="${number(height)}" role="img">`,
    `<title>${escape(oneLine(graph.name))}</title>`,
    `<style>${STYLE}</style>`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" style="fill:#4b5563;stroke:none;marker-end:none"/></marker></defs>',
    ...boxes.map(drawBox),
    ...lines.map(drawLine),
    '</svg>\n',
  ].join('\n');
}

function drawBox({ x, y, width, height, title, detail, kind }: Box): string {
  const middle = number(x + width / 2);
  const rectangle = `<rect class="${kind}" x="${number(x)}" y="${number(y)}" width="${number(width)}" height="${number(height)}" rx="6"/>`;
  const text = (line: string, top: number, name: string): string =>
    line === ''
      ? ''
      : `<text class="${name}" x="${middle}" y="${number(y + top)}" text-anchor="middle">${escape(line)}</text>`;
  return `${rectangle}${text(title, 18, 'title')}${text(detail, 34, 'detail')}`;
}

function drawLine({ from, to, kind }: Line): string {
  const bend = Math.max(16, (to[1] - from[1]) / 2);
  const points = [from[0], from[1], from[0], from[1] + bend, to[0], to[1] - bend, to[0], to[1]].map(number);
  return `<path class="${kind}" d="M${points[0]} ${points[1]} C${points.slice(2).join(' ')}"/>`;
}

function number(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
