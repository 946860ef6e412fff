/** What a step of a run needs, by path: looked up in its plan. Knows no run. */
import { type Plan, type PlanNode, partsOf } from '../core/plan/plan.ts';
import type { Path } from '../core/run/event.ts';
import { staticPath, staticPathIn } from '../core/run/plan-paths.ts';

export interface Edges {
  readonly node: PlanNode;
  readonly needs: readonly { readonly path: Path; readonly isAllowed: boolean }[];
}

interface Place {
  readonly node: PlanNode;
  readonly beside: readonly PlanNode[];
}

const PLACES = new WeakMap<Plan, ReadonlyMap<Path, Place>>();

/** Null where the path names no step, or several of which nobody can say which is meant. */
export function edgesOf(plan: Plan, path: Path): Edges | null {
  const places = PLACES.get(plan) ?? placesOf(plan);
  PLACES.set(plan, places);
  const place = places.get(staticPath(path));
  if (place === undefined) return null;
  const { node, beside } = place;
  const around = path.slice(0, path.length - node.id.length);
  if (node.needs.length > 0 && !path.endsWith(node.id)) return null;
  const needs = node.needs.flatMap((index) => {
    const need = beside[index];
    if (need === undefined) return [];
    const isAllowed = need.continueOnError === true || need.allowFailure === true;
    return [{ path: around + need.id, isAllowed }];
  });
  return { node, needs };
}

function placesOf(plan: Plan): ReadonlyMap<Path, Place> {
  const places = new Map<Path, Place>();
  const twice = new Set<Path>();
  const walk = (owner: Path, node: PlanNode): void => {
    for (const [slot, { nodes }] of partsOf(node))
      for (const member of nodes) {
        const path = staticPathIn(owner, node, slot, member.id);
        if (places.has(path)) twice.add(path);
        places.set(path, { node: member, beside: nodes });
        walk(path, member);
      }
  };
  walk('', plan.root);
  for (const path of twice) places.delete(path);
  return places;
}
