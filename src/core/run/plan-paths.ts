/** The paths of all steps of a plan, as a run would address them. Knows no run. */
import { type Plan, type PlanNode, partsOf } from '../plan/plan.ts';
import type { Path } from './event.ts';
import { pathIn } from './scope.ts';

/** Every step with its path, each before what is in it, in document order. */
export function planPaths(plan: Plan): ReadonlyMap<Path, PlanNode> {
  const paths = new Map<Path, PlanNode>();
  walk('', plan.root, paths);
  paths.delete('');
  return paths;
}

/** The steps of a path: more than one where branches have steps of the same name. */
export function nodesAt(plan: Plan, path: Path): readonly PlanNode[] {
  const wanted = staticPath(path);
  const found: PlanNode[] = [];
  const look = (at: Path, node: PlanNode): void => {
    if (at === wanted) found.push(node);
    for (const [slot, part] of partsOf(node))
      for (const member of part.nodes) look(staticPathIn(at, node, slot, member.id), member);
  };
  look('', plan.root);
  return found;
}

/** As deep as groups nest, which the compiler bounds. */
function walk(path: Path, node: PlanNode, paths: Map<Path, PlanNode>): void {
  if (!paths.has(path)) paths.set(path, node);
  for (const [slot, part] of partsOf(node))
    for (const member of part.nodes) walk(staticPathIn(path, node, slot, member.id), member, paths);
}

/** Where a member stands in the plan: `fix#` is any iteration of `fix`. */
export function staticPathIn(owner: Path, node: PlanNode, slot: number, id: string): Path {
  return staticPath(pathIn(owner, node, slot, id));
}

/** A path without items and iterations: `deploy/upload` for `deploy[eu]/upload`. Names the step in all of them. */
export function barePath(path: Path): Path {
  return /[[#]/.test(path) ? path.replace(/\[[^\]]*\]|#\d*/g, '') : path;
}

/** Whether a step belongs to what follows a success or a failure: of a step, a `try` or the run. Ids cannot be these words there. */
export function isAfterwards(path: Path): boolean {
  return /(?:^|\/)(?:on-success|on-failure|catch|finally)\/|\/compensate(?:\/|$)/.test(path);
}

/** The place in the plan of a step that a run may hold many times: `fix#/edit` for `fix#3/edit`. */
export function staticPath(path: Path): Path {
  return /[[#]/.test(path) ? path.replace(/\[[^\]]*\]/g, '[]').replace(/#\d+/g, '#') : path;
}

/** Whether a path is one of these, or lies inside one of them: as many looks as it has parts, however many they are. */
export function isAtOrIn(paths: ReadonlySet<Path>, path: Path): boolean {
  if (paths.has(path)) return true;
  for (let end = path.length - 1; end > 0; end--)
    if ('/[#'.includes(path.charAt(end)) && paths.has(path.slice(0, end))) return true;
  return false;
}
