/** Which steps begin with a saved tree of the workspace, and asks for it. Knows no git. */
import { captureKey } from '../expr/evaluate.ts';
import { isJsonObject, type Json } from '../json.ts';
import type { ActionNode } from '../plan/plan.ts';
import type { Answer } from './evaluation.ts';
import type { Node } from './node.ts';
import { planOf, type Run } from './run.ts';

export const TREE_KEY = captureKey('tree', []);

/** The tree before the step's first attempt under this writer; a null where none is saved. */
export function savedTree(run: Run, node: Node, request: Json): Answer<Json> {
  if (planOf(run).workspace?.save !== true || !mayWrite(node.plan as ActionNode, request)) return NONE; // only actions start
  const tree = node.captured?.get(TREE_KEY);
  if (tree !== undefined) return { kind: 'value', value: tree };
  const refused = node.refused?.get(TREE_KEY);
  if (refused !== undefined) return { kind: 'error', diagnostic: refused };
  return { kind: 'missing', captures: [{ key: TREE_KEY, kind: 'tree', args: [] }] };
}

const NONE: Answer<Json> = { kind: 'value', value: null };

function mayWrite({ action }: ActionNode, request: Json): boolean {
  if (action === 'http') return isJsonObject(request) && (request.save ?? null) !== null;
  return action === 'run' || action === 'write' || action === 'mcp' || action === 'uses';
}
