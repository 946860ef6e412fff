/** Which inputs the texts of a step name, so that a change of one can be said in words. Knows no values. */
import type { Expression, Template } from '../expr/ast.ts';
import { references } from '../expr/references.ts';
import type { ActionNode, OutputSpec } from '../plan/plan.ts';
import type { Run } from './run.ts';

/** Names of the inputs that an action's request or environment reads, each once; found once per node of a plan. */
export function inputsReadBy(run: Run, plan: ActionNode): readonly string[] {
  const known = run.inputsRead.get(plan);
  if (known !== undefined) return known;
  const names = new Set<string>();
  for (const template of [plan.with, ...Object.values(plan.env ?? {})]) collect(template, names);
  const found = [...names].toSorted();
  run.inputsRead.set(plan, found);
  return found;
}

/** Names of the inputs that computed outputs read. */
export function inputsReadIn(outputs: Readonly<Record<string, OutputSpec>> | undefined): readonly string[] {
  const names = new Set<string>();
  for (const { value } of Object.values(outputs ?? {})) collect(value, names);
  return [...names].toSorted();
}

function collect(template: Template, names: Set<string>): void {
  switch (template.kind) {
    case 'literal':
      return;
    case 'value':
      return readIn(template.expression, names);
    case 'text':
      for (const part of template.parts) if (typeof part !== 'string') readIn(part, names);
      return;
    case 'object':
      for (const [, value] of template.entries) collect(value, names);
      return;
    default:
      for (const item of template.items) collect(item, names);
  }
}

function readIn(expression: Expression, names: Set<string>): void {
  for (const { path } of references(expression.expr)) {
    const [context, name] = path;
    if (context?.toLowerCase() === 'inputs' && name !== undefined) names.add(name);
  }
}
