/**
 * Which calls of MCP servers a resume makes again: what a stateful server knew of them went with the process that asked it. Knows plans and
 * runs that were folded; starts nothing.
 */
import type { Template } from '../core/expr/ast.ts';
import type { Json } from '../core/json.ts';
import { memberOf } from '../core/plan/member-of.ts';
import type { Plan, PlanNode } from '../core/plan/plan.ts';
import type { Path } from '../core/run/event.ts';
import { barePath } from '../core/run/plan-paths.ts';
import type { Run } from '../core/run/run.ts';
import { planSteps } from './commands/plan-steps.ts';

/** The steps that succeeded and whose server has further calls to come: all of them, from the first on. */
export function lostCalls(run: Run, plan: Plan): readonly Path[] {
  const byServer = new Map<string, Set<Path>>();
  for (const { path, node } of planSteps(plan).values()) {
    const server = statefulServer(node);
    if (server !== null) byServer.set(server, (byServer.get(server) ?? new Set()).add(barePath(path)));
  }
  const hasEndedWell = run.status === 'finished' && run.verdict !== 'failed' && run.verdict !== 'cancelled';
  if (byServer.size === 0 || hasEndedWell) return [];
  const results = resultsOf(run);
  return [...byServer.values()].flatMap((calls) => {
    const isThrough = [...calls].every((path) => results.get(path)?.isOpen === false);
    return isThrough ? [] : [...calls].filter((path) => results.get(path)?.isDone === true);
  });
}

interface Results {
  /** Some of it is still to be done, or to be done again. */
  readonly isOpen: boolean;
  readonly isDone: boolean;
}

/** Of all times that a step was done together. What stood in groups that are over is known by what they left to be kept. */
function resultsOf(run: Run): ReadonlyMap<Path, Results> {
  const results = new Map<Path, Results>();
  const add = (path: Path, isOpen: boolean, isDone: boolean): void => {
    const bare = barePath(path);
    const known = results.get(bare);
    results.set(bare, { isOpen: isOpen || known?.isOpen === true, isDone: isDone || known?.isDone === true });
  };
  for (const [path, { success }] of run.memory ?? []) add(path, success === null, success !== null);
  for (const { path, state, result, cause } of run.byPath.values()) {
    const isDone = state === 'settled' && (result === 'succeeded' || result === 'kept');
    // What was skipped since another failed has its turn yet.
    add(path, !isDone && !(result === 'skipped' && cause?.kind === 'condition-false'), isDone);
  }
  return results;
}

/** The name of the server that a step asks, where that is stateful. */
function statefulServer(node: PlanNode): string | null {
  if (node.kind !== 'action' || node.action !== 'mcp') return null;
  const server = memberOf(node.with, 'server');
  if (server === null || literalOf(memberOf(server, 'stateful')) !== true) return null;
  return String(literalOf(memberOf(server, 'name')));
}

function literalOf(template: Template | null): Json {
  return template?.kind === 'literal' ? template.value : null;
}
