/** The key for the Messages API: it is hidden like a secret, from every step of a run that asks models. Knows no client. */
import type { Template } from '../core/expr/ast.ts';
import { memberOf, serversIn } from '../core/plan/member-of.ts';
import { type Plan, type PlanNode, partsOf } from '../core/plan/plan.ts';

/** Variables of giga's own environment that hold the key. */
const KEYS = ['ANTHROPIC_API_KEY'] as const;

/** Names that no step inherits, and their values; none where the plan asks no model. A step that names one in `secrets` has it all the same. */
export function claudeKeys(plan: Plan, env: NodeJS.ProcessEnv): ReadonlyMap<string, string> {
  if (!asksModels(plan.root)) return NONE;
  return new Map(KEYS.flatMap((name) => (env[name] ? [[name, env[name]] as const] : [])));
}

const NONE: ReadonlyMap<string, string> = new Map();

function asksModels(node: PlanNode): boolean {
  const isOne = node.kind === 'action' && (node.action === 'claude' || (node.action === 'mcp' && maySample(node.with)));
  return isOne || partsOf(node).some(([, scope]) => scope.nodes.some(asksModels));
}

/** Whether the server of a request may ask for model calls. */
function maySample(request: Template): boolean {
  return serversIn(request).some((server) => memberOf(server, 'sampling') !== null);
}
