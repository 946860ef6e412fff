/** The steps of a plan by their paths, with what each needs. Knows no run. */
import { type Plan, type PlanNode, partsOf } from '../../core/plan/plan.ts';
import type { Path } from '../../core/run/event.ts';
import { staticPath, staticPathIn } from '../../core/run/plan-paths.ts';
import { CHILD_SLOTS, partOf } from '../../core/run/scope.ts';

export interface PlanStep {
  readonly path: Path;
  readonly node: PlanNode;
  /** Paths of what it needs, in its own scope. */
  readonly needs: readonly Path[];
  /** The document that it stands in, as the plan names it. */
  readonly file: string;
  /** It belongs to what a workflow, a child of it or a step does at its end. */
  readonly isEnding: boolean;
}

const NO_NEEDS: readonly Path[] = [];

/**
 * In document order, each step before what is in it. Where branches share an id, the first counts. What is done many times has one
 * path for all of them: `fix#` is each iteration of `fix`.
 */
export function planSteps(plan: Plan): ReadonlyMap<Path, PlanStep> {
  const steps = new Map<Path, PlanStep>();
  const visit = (owner: Path, composite: PlanNode, around: string, ends: boolean): void => {
    for (const [slot, { nodes: members }] of partsOf(composite)) {
      const file = fileOf(composite, slot) ?? around;
      const isWhole = composite === plan.root || composite.kind === 'workflow';
      const isEnding = ends || slot < 0 || (isWhole && partOf(composite, slot) !== 'body');
      const pathOf = (node: PlanNode): Path => staticPathIn(owner, composite, slot, node.id);
      for (const node of members) {
        const path = pathOf(node);
        const needs =
          node.needs.length === 0
            ? NO_NEEDS
            : node.needs.flatMap((index) => (members[index] ? [pathOf(members[index])] : []));
        if (!steps.has(path)) steps.set(path, { path, node, needs, file, isEnding });
        visit(path, node, file, isEnding); // as deep as groups nest, which the compiler bounds
      }
    }
  };
  visit('', plan.root, plan.file, false);
  return steps;
}

/** The file that the steps of a slot stand in, where it is another. */
function fileOf(node: PlanNode, slot: number): string | undefined {
  const files = slot >= 0 && 'child' in node ? node.child?.files : undefined;
  return files?.[Math.floor(slot / CHILD_SLOTS)]?.file;
}

/** The step that a path of a run means. */
export function stepAt(steps: ReadonlyMap<Path, PlanStep>, path: Path): PlanStep | undefined {
  return steps.get(path) ?? steps.get(staticPath(path));
}

/** The paths of a run in the order of its plan: those that the plan names, and in their place those of each time that a step was done. */
export function pathsOfRun(
  plan: Plan | null,
  known: Iterable<Path>,
  steps: ReadonlyMap<Path, PlanStep> = plan === null ? new Map() : planSteps(plan),
): readonly Path[] {
  const byPlace = new Map<Path, Path[]>();
  for (const path of known) {
    const end = path.search(/[[#]/);
    if (end < 0) continue;
    const place = path.slice(0, end);
    const times = byPlace.get(place);
    if (times === undefined) byPlace.set(place, [path]);
    else times.push(path);
  }
  const all = new Set<Path>();
  for (const path of steps.keys()) {
    if (staticMark.test(path)) continue;
    all.add(path);
    for (const time of grouped(byPlace.get(path) ?? [])) all.add(time);
  }
  for (const path of known) all.add(path);
  all.delete('');
  return [...all];
}

const staticMark = /[[#]/;

/** What belongs to one time stands together: the steps of parallel items mix in the journal. */
function grouped(paths: readonly Path[]): readonly Path[] {
  const times = new Map<string, Path[]>();
  for (const path of paths) {
    const time = /^[^[#]*(?:\[[^\]]*\]|#\d+)/.exec(path)?.[0] ?? path;
    const same = times.get(time);
    if (same === undefined) times.set(time, [path]);
    else if (path === time) same.unshift(path);
    else same.push(path);
  }
  return [...times.values()].flat();
}
