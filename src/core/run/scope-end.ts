/** The end of a scope: what all its members come to, and what it declares as outputs, evaluated inside it. Knows no rules. */
import { isComposite } from '../plan/plan.ts';
import { evaluateOutputs, outputSpecs } from './computed-outputs.ts';
import { askEnsured } from './ensures.ts';
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
  const specs = (result === 'succeeded' && outputSpecs(node, scope.slot)) || {};
  const answer = evaluateOutputs(run, node, specs, insideOf(node, scope));
  if (answer.kind === 'missing') return captureFor(run, node, answer);
  if (answer.kind === 'error') return { ...at, result: 'failed', outputs: {}, error: answer.diagnostic };
  const ensured = mustHold(node, scope, result) ? askEnsured(run, node, answer.value) : null;
  if (ensured?.kind === 'ask') return ensured.event;
  if (ensured?.kind === 'stopped') return { ...at, result: 'cancelled', outputs: {} };
  if (ensured?.kind === 'fails') return { ...at, result: 'failed', outputs: {}, error: ensured.error };
  return { ...at, result, outputs: answer.value };
}

/** Whether a success now is the success of the node, which ensures something; of the run also that nothing ran. */
function mustHold({ plan, scope: around, stop }: Node, { slot }: Scope, result: StepResult): boolean {
  if (plan.ensures === undefined || !isComposite(plan)) return false;
  const part = partOf(plan, slot);
  const rethrows = plan.rethrow === true || plan.kind === 'workflow';
  if (part === 'end' || part === 'sequel' || (part === 'answer' && rethrows)) return false;
  return result === 'succeeded' || (around === null && result === 'skipped' && stop === null);
}

/** All members skipped is skipped; a failure weighs more than a cancel, and that more than a success. */
export function scopeResult(scope: Scope): StepResult {
  if (scope.failed > 0) return 'failed';
  if (scope.cancelled > 0) return 'cancelled';
  return scope.succeeded > 0 ? 'succeeded' : 'skipped';
}
