/** Which steps of a run can do their work twice because a process is killed, and where. Knows plans and journals; runs nothing. */
import type { Json } from '../../core/json.ts';
import type { Plan, PlanNode } from '../../core/plan/plan.ts';
import type { AttemptWork } from '../../core/run/effect.ts';
import type { Path, Recorded } from '../../core/run/event.ts';
import { barePath, planPaths, staticPath } from '../../core/run/plan-paths.ts';

/** A step that may be cut off between two records, and is done again. */
export interface Repeat {
  /** Without items and iterations. */
  readonly step: Path;
  /** The first of its attempts: exactly which step, and the records of its beginning and its end. */
  readonly first: Path;
  readonly started: number;
  readonly ended: number;
  /** How many items, iterations and attempts were begun. */
  readonly attempts: number;
  readonly line: number;
}

export interface Attempted {
  readonly plan: Plan;
  readonly journal: readonly Recorded[];
  /** What steps were asked to do, by path. */
  readonly works: ReadonlyMap<Path, AttemptWork>;
}

/** In the order in which they begin. What is declared, and what does no harm by its kind, is left out. */
export function repeatsOf({ plan, journal, works }: Attempted): readonly Repeat[] {
  const nodes = planPaths(plan);
  const starts = new Map<number, number>();
  const repeats = new Map<Path, Repeat>();
  for (const record of journal) {
    if (record.type === 'attempt.started') starts.set(record.op, record.seq);
    const started = record.type === 'attempt.ended' ? starts.get(record.op) : undefined;
    if (record.type !== 'attempt.ended' || started === undefined) continue;
    const node = nodes.get(staticPath(record.node));
    const work = works.get(record.node);
    if (node === undefined || work === undefined || isHarmless(work) || isDeclared(node)) continue;
    const step = barePath(record.node);
    const known = repeats.get(step);
    const first = { step, first: record.node, started, ended: record.seq, attempts: 1, line: node.at.line };
    repeats.set(step, known === undefined ? first : { ...known, attempts: known.attempts + 1 });
  }
  return [...repeats.values()].toSorted((a, b) => a.started - b.started);
}

/** Asking twice changes nothing, the same file is the same, and a service begins anew in every process. */
function isHarmless({ action, request }: AttemptWork): boolean {
  if (action === 'write' || action === 'service') return true;
  if (action === 'mcp') return !callsTool(request);
  return action === 'http' && ['GET', 'HEAD'].includes(methodOf(request));
}

export function methodOf(request: Json): string {
  const method = typeof request === 'object' && request !== null && 'method' in request ? request.method : undefined;
  return typeof method === 'string' ? method.toUpperCase() : 'GET';
}

/** Of an `mcp` step: reading a resource or getting a prompt changes nothing. */
export function callsTool(request: Json): boolean {
  return typeof request === 'object' && request !== null && 'tool' in request;
}

/** Whether its author has said what a second time does: no harm, or so much that it is asked about first. */
export function isDeclared(node: PlanNode): boolean {
  return node.kind === 'action' && node.idempotent !== undefined;
}
