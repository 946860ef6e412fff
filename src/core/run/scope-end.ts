/** The end of a scope: what all its members come to, and what it declares as outputs, evaluated inside it. Knows no rules. */
import type { OutputSpec } from '../plan/plan.ts';
import { evaluateOutputs } from './computed-outputs.ts';
import type { RunEvent, StepResult } from './event.ts';
import { askIterationEnd } from './iteration-end.ts';
import { scopeTimeout } from './late.ts';
import type { Node } from './node.ts';
import type { Run } from './run.ts';
import { insideOf } from './scene.ts';
import { partOf, type Scope } from './scope.ts';
import { captureFor } from './waiting.ts';

export function askScopeEnd(run: Run, node: Node, scope: Scope): RunEvent | null {
  const result = node.slots?.winner == null ? scopeResult(scope) : 'succeeded'; // who won has won, whatever became of the others
  const at = { type: 'scope.closed', node: node.path, slot: scope.slot } as const;
  const late = scopeTimeout(node, scope, result);
  if (late !== null) return { ...at, result: 'failed', outputs: {}, error: late };
  if (node.plan.kind === 'loop') return askIterationEnd(run, node, scope, { ...at, result, outputs: {} });
  const specs = result === 'succeeded' ? outputsOf(node, scope.slot) : undefined;
  if (specs === undefined) return { ...at, result, outputs: {} };
  const answer = evaluateOutputs(run, node, specs, insideOf(node, scope));
  if (answer.kind === 'missing') return captureFor(run, node, answer);
  if (answer.kind === 'error') return { ...at, result: 'failed', outputs: {}, error: answer.diagnostic };
  return { ...at, result, outputs: answer.value };
}

/** All members skipped is skipped; a failure weighs more than a cancel, and that more than a success. */
export function scopeResult(scope: Scope): StepResult {
  if (scope.failed > 0) return 'failed';
  if (scope.cancelled > 0) return 'cancelled';
  return scope.succeeded > 0 ? 'succeeded' : 'skipped';
}

function outputsOf(node: Node, slot: number): Readonly<Record<string, OutputSpec>> | undefined {
  const { plan } = node;
  if (plan.kind === 'choose') return plan.bodyOutputs?.[slot] ?? plan.outputs;
  const part = partOf(plan, slot);
  if (plan.kind === 'workflow') return part === 'body' ? node.slots?.child?.file.outputs : undefined;
  // A catch that answers a failure gives the outputs in the place of the body.
  return part === 'end' ? undefined : plan.outputs;
}
