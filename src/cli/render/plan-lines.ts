/** Tells in words what a plan would run. Pure. */
import { awaitedText, bodyLabel, filesText, once } from '../../core/plan/graph.ts';
import { type InputSpec, type Plan, type PlanNode, type PlanScope, partsOf } from '../../core/plan/plan.ts';
import { valueText } from './cause.ts';
import { harmless, type Paint, widthOf } from './text.ts';
import { duration } from './time.ts';

export function planLines(plan: Plan, hash: string, paint: Paint): string[] {
  const lines = [
    `${paint('bold', harmless(plan.name))} · ${harmless(plan.file)} · ${plan.concurrency} at once${timeOf(plan)} · plan ${hash.slice(0, 12)}`,
  ];
  if (plan.description) lines.push(paint('dim', harmless(plan.description)));
  for (const [name, input] of Object.entries(plan.inputs)) lines.push(`input  ${harmless(name)}: ${inputText(input)}`);
  if (plan.secrets.length > 0) lines.push(`secret ${plan.secrets.map(harmless).join(', ')}`);
  const titles = ['steps', 'on-failure', 'finally', 'on-success'] as const;
  plan.root.bodies.forEach((body, slot) => {
    if (body) lines.push(paint('dim', `${titles[slot]}:`), ...scopeLines(body, 1));
  });
  for (const name of Object.keys(plan.outputs)) lines.push(`output ${harmless(name)}`);
  return lines;
}

function timeOf({ root }: Plan): string {
  return root.timeoutMs === undefined ? '' : ` · timeout ${duration(root.timeoutMs)}`;
}

function inputText({ type, required, default: fallback, description }: InputSpec): string {
  const parts = [type, required ? 'required' : fallback === undefined ? 'optional' : `default ${valueText(fallback)}`];
  return `${parts.join(', ')}${description ? ` · ${harmless(description)}` : ''}`;
}

function scopeLines(scope: PlanScope, depth: number): string[] {
  const indent = '  '.repeat(depth);
  const widest = Math.min(32, Math.max(...scope.nodes.map(({ id }) => widthOf(id))));
  return scope.nodes.flatMap((node) => {
    const [inner, times] = once(node);
    const remarks = [kindOf(inner), ...times.map(harmless), ...remarksOf(node, inner, scope)];
    const line = `${indent}${node.id.padEnd(widest)}  ${remarks.join(' · ')}`;
    const parts = [...partsOf(inner), ...(inner === node ? [] : partsOf(node).filter(([slot]) => slot < 0))];
    const inside = parts.flatMap(([slot, body]) => {
      const label = bodyLabel(inner, slot);
      if (label === null) return scopeLines(body, depth + 1);
      return [`${indent}  ${harmless(label)}`, ...scopeLines(body, depth + 2)];
    });
    return [line, ...inside];
  });
}

function kindOf(node: PlanNode): string {
  if (node.kind === 'await') return harmless(awaitedText(node.what));
  if (node.kind === 'workflow') return harmless(filesText(node));
  return node.kind === 'action' ? node.action : node.kind;
}

function remarksOf(node: PlanNode, inner: PlanNode, scope: PlanScope): string[] {
  const remarks: string[] = [];
  const needs = node.needs.flatMap((index) => scope.nodes[index]?.id ?? []);
  if (needs.length > 0)
    remarks.push(`needs ${needs.join(', ')}${node.join && node.join !== 'all-succeeded' ? ` (${node.join})` : ''}`);
  else if ((node.after ?? 0) > 0) remarks.push(`after ${scope.nodes[(node.after ?? 0) - 1]?.id ?? ''}`);
  if (node.if) remarks.push(`if ${harmless(node.if.expression.source)}`);
  if (inner.retry) remarks.push(`${inner.retry.attempts} attempts`);
  if ('timeoutMs' in inner && inner.timeoutMs !== undefined) remarks.push(`timeout ${duration(inner.timeoutMs)}`);
  if ('totalTimeoutMs' in node && node.totalTimeoutMs !== undefined)
    remarks.push(`total-timeout ${duration(node.totalTimeoutMs)}`);
  if (node.allowFailure) remarks.push('may fail');
  if (node.continueOnError) remarks.push('continues on error');
  return remarks;
}
