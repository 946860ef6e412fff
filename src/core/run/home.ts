/** Where a text stands among child workflows: whose inputs it reads, and where its sight ends. Knows scopes, no rules. */
import type { JsonObject } from '../json.ts';
import type { Plan } from '../plan/plan.ts';
import type { Path } from './event.ts';
import type { Child, Node } from './node.ts';
import { planOf, type Run } from './run.ts';
import type { Scope } from './scope.ts';

/** What stands around a child workflow is not seen inside it. */
export function isEdge({ owner, slot }: Scope): boolean {
  return owner.plan.kind === 'workflow' && slot >= 0; // its hooks are texts of the workflow around
}

/** The step that runs the innermost child workflow or fragment around. */
function ownerAround(from: Scope | null): Node | null {
  for (let scope = from; scope !== null; scope = scope.owner.scope) if (isEdge(scope)) return scope.owner;
  return null;
}

export function childAround(from: Scope | null): Child | null {
  return ownerAround(from)?.slots?.child ?? null;
}

/** A step as the file calls it that the text stands in: a workflow says the same wherever it is run. */
export function pathSeen(from: Scope | null, path: Path): Path {
  const owner = ownerAround(from);
  return owner !== null && path.startsWith(`${owner.path}/`) ? path.slice(owner.path.length + 1) : path;
}

export function inputsAt(run: Run, from: Scope | null): JsonObject {
  return childAround(from)?.inputs ?? run.inputs;
}

/** The workflow that a text belongs to. A fragment is part of the workflow that includes it. */
export interface Home extends Pick<Plan, 'name' | 'file' | 'secrets' | 'vars'> {
  readonly hash: string;
}

export function homeAt(run: Run, from: Scope | null): Home {
  for (let scope = from; scope !== null; scope = scope.owner.scope) {
    const { slots } = scope.owner;
    if (isEdge(scope) && !isFragment(scope.owner) && slots?.child) return slots.child.file;
  }
  const { name, file, secrets, vars } = planOf(run);
  return { name, file, secrets, vars, hash: run.planHash };
}

export function isFragment({ plan }: Node): boolean {
  return plan.kind === 'workflow' && plan.child?.isFragment === true;
}
