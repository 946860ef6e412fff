/** Which ways of a workflow its tests have taken: conditions both ways, branches, catches, hooks and ends. Knows plans and journals, no tests. */
import { bodyLabel } from '../../core/plan/graph.ts';
import { COMPENSATE_HOOK, isComposite, type Plan, type PlanNode, partsOf } from '../../core/plan/plan.ts';
import type { Path, Recorded } from '../../core/run/event.ts';
import { barePath, staticPathIn } from '../../core/run/plan-paths.ts';
import { partOf } from '../../core/run/scope.ts';

export interface Coverage {
  readonly taken: number;
  readonly all: number;
  /** Ways that no test has taken, in words. */
  readonly missed: readonly string[];
}

/** Owned and changed by one file of tests. */
export interface Ways {
  /** In words, by a key of the way. */
  readonly all: ReadonlyMap<string, string>;
  readonly taken: Set<string>;
  /** Paths of steps with a condition of their own. */
  readonly conditional: ReadonlySet<Path>;
}

export function newCoverage(plan: Plan): Ways {
  const all = new Map<string, string>();
  const conditional = new Set<Path>();
  const visit = (path: Path, node: PlanNode): void => {
    const source = node.if?.expression.source;
    if (source !== undefined && source !== 'always()') {
      conditional.add(path);
      all.set(`${path} true`, `\`${path}\` whose \`if: ${source}\` holds`);
      all.set(`${path} false`, `\`${path}\` whose \`if: ${source}\` does not hold`);
    }
    for (const [slot, part] of partsOf(node)) {
      const label = labelOf(path, node, slot);
      if (label !== null) all.set(`${path} ${slot}`, label);
      for (const member of part.nodes) visit(barePath(staticPathIn(path, node, slot, member.id)), member); // as deep as groups nest
    }
  };
  visit('', plan.root);
  return { all, taken: new Set(), conditional };
}

const ENDS = ['', 'the `on-failure` of the run', '', 'the `on-success` of the run'];

/** Null for a part that is always done. */
function labelOf(path: Path, node: PlanNode, slot: number): string | null {
  if (path === '') return ENDS[slot] || null;
  if (slot >= 0 && (!isComposite(node) || node.kind === 'group')) return null;
  const label = bodyLabel(node, slot);
  return label === null || partOf(node, slot) === 'end' ? null : `\`${path}\`, ${label}`;
}

export function observeCoverage(ways: Ways, journal: readonly Recorded[]): void {
  for (const event of journal) {
    const undone = 'node' in event ? /^(.+?)\/compensate(?:\/|$)/.exec(event.node)?.[1] : undefined;
    if (undone !== undefined) ways.taken.add(`${barePath(undone)} ${COMPENSATE_HOOK}`);
    if (event.type === 'scope.opened') ways.taken.add(`${barePath(event.node)} ${event.slot}`);
    if (!('node' in event) || !ways.conditional.has(barePath(event.node))) continue;
    const path = barePath(event.node);
    if (event.type !== 'step.settled') ways.taken.add(`${path} true`);
    else if (event.cause.kind === 'condition-false') ways.taken.add(`${path} false`);
    else if (event.result !== 'skipped' && event.result !== 'cancelled') ways.taken.add(`${path} true`);
  }
}

export function coverageOf({ all, taken }: Ways): Coverage {
  const missed = [...all].filter(([way]) => !taken.has(way)).map(([, words]) => words);
  return { taken: all.size - missed.length, all: all.size, missed };
}
