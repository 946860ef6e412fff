/** Whether a resume has to look for calls that stateful MCP servers have forgotten. Knows plans; what it takes to look is loaded late. */
import { type Plan, type PlanNode, partsOf } from '../../core/plan/plan.ts';
import type { Path } from '../../core/run/event.ts';
import type { Run } from '../../core/run/run.ts';
import type { ResumeOptions } from './resume.ts';

/** What stateful servers knew is gone; where somebody chose steps, or a verdict is given on what there is, that is their affair. */
export async function forgottenCalls(
  state: Run,
  plan: Plan,
  { asIs, only = [] }: Pick<ResumeOptions, 'asIs' | 'only'>,
): Promise<readonly Path[]> {
  if (asIs === true || only.length > 0 || !asksServers(plan.root)) return [];
  return (await import('../stateful-calls.ts')).lostCalls(state, plan);
}

/** Few plans have MCP servers at all: what else is asked about them is loaded only then. */
function asksServers(root: PlanNode): boolean {
  const left: PlanNode[] = [root];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (node.kind === 'action' && node.action === 'mcp') return true;
    for (const [, part] of partsOf(node)) for (const member of part.nodes) left.push(member);
  }
  return false;
}
