/** Finds steps that wait for each other, and says along which path. Works in time linear in edges; a list's order costs one edge a step. */
import type { Compilation } from '../compile/compilation.ts';
import { edgesOf, type ScopeDraft, type StepDraft } from '../compile/draft.ts';
import { entryOf } from '../compile/tree.ts';

/**
 * The order of a list would be n² edges. Node `n + i` stands for "all members before i": it waits for member i - 1 and for node `n + i - 1`,
 * and a step without `needs` waits for its own.
 */
interface WaitGraph {
  readonly steps: readonly StepDraft[];
  readonly waits: readonly (readonly number[])[];
}

/** More knots of one scope than these are not told: mending one often mends others. */
const MAX_RINGS = 10;
const MAX_TRIED = 20;

/** Whether an earlier list member's end is awaited: `needs` replaces that order. */
export function followsList(step: StepDraft): boolean {
  return step.scope.ordered && step.index > 0 && entryOf(step.tree, 'needs') === undefined;
}

export function checkCycles(compilation: Compilation, scopes: readonly ScopeDraft[]): void {
  for (const scope of scopes) {
    if (!mayHaveCycle(scope)) continue;
    const graph = waitGraph(scope);
    const left = unresolved(graph);
    for (const ring of ringsOf(graph, left)) report(compilation, graph, ring);
  }
}

/** Edges that all point backwards cannot close a ring. */
function mayHaveCycle(scope: ScopeDraft): boolean {
  return scope.steps.some((step) => [...edgesOf(step).keys()].some((need) => need >= step.index));
}

function waitGraph(scope: ScopeDraft): WaitGraph {
  const count = scope.steps.length;
  const waits: number[][] = scope.steps.map((step) =>
    followsList(step) ? [...edgesOf(step).keys(), count + step.index] : [...edgesOf(step).keys()],
  );
  if (scope.ordered) {
    for (let index = 0; index < count; index++) waits.push(index === 0 ? [] : [index - 1, count + index - 1]);
  }
  return { steps: scope.steps, waits };
}

/** Kahn's algorithm: what is left when everything that can be ordered is taken away. */
function unresolved({ waits }: WaitGraph): ReadonlySet<number> {
  const dependants: number[][] = waits.map(() => []);
  const open = waits.map((of) => of.length);
  for (const [node, of] of waits.entries()) for (const need of of) dependants[need]?.push(node);
  const ready = open.flatMap((count, node) => (count === 0 ? [node] : []));
  for (const node of ready) {
    for (const dependant of dependants[node] ?? []) {
      const count = (open[dependant] ?? 0) - 1;
      open[dependant] = count;
      if (count === 0) ready.push(dependant);
    }
  }
  return new Set(open.flatMap((count, node) => (count > 0 ? [node] : [])));
}

/**
 * One ring of each knot: walks along the waits from each node that was not walked yet until the walk meets itself (a ring)
 * or an earlier walk (nothing new). Each node is walked once.
 */
function ringsOf(graph: WaitGraph, left: ReadonlySet<number>): readonly (readonly number[])[] {
  const walkOf = new Map<number, number>();
  const rings: (readonly number[])[] = [];
  for (const start of left) {
    const trail: number[] = [];
    let at: number | undefined = start;
    while (at !== undefined && !walkOf.has(at)) {
      walkOf.set(at, start);
      trail.push(at);
      at = (graph.waits[at] ?? []).find((need) => left.has(need));
    }
    if (at === undefined || walkOf.get(at) !== start) continue;
    rings.push(shorten(graph, left, trail.slice(trail.indexOf(at))));
    if (rings.length === MAX_RINGS) break;
  }
  return rings;
}

/** The shortest ring through one of the first members of a ring: what a person can follow. */
function shorten(graph: WaitGraph, left: ReadonlySet<number>, ring: readonly number[]): readonly number[] {
  let shortest = ring;
  for (const member of ring.slice(0, MAX_TRIED)) {
    const found = shortestThrough(graph, left, member);
    if (found.length < shortest.length) shortest = found;
  }
  return shortest;
}

function shortestThrough({ waits }: WaitGraph, left: ReadonlySet<number>, start: number): readonly number[] {
  const cameFrom = new Map<number, number>();
  const queue = [start];
  for (const at of queue) {
    for (const need of waits[at] ?? []) {
      if (need === start) return trailTo(at, start, cameFrom);
      if (!left.has(need) || cameFrom.has(need)) continue;
      cameFrom.set(need, at);
      queue.push(need);
    }
  }
  return [start];
}

function trailTo(end: number, start: number, cameFrom: ReadonlyMap<number, number>): readonly number[] {
  const trail = [end];
  for (let at: number | undefined = end; at !== undefined && at !== start; ) {
    at = cameFrom.get(at);
    if (at !== undefined) trail.push(at);
  }
  return trail.toReversed();
}

function report(compilation: Compilation, { steps }: WaitGraph, ring: readonly number[]): void {
  const members = ring.flatMap((node) => steps[node] ?? []);
  const smallest = members.reduce(
    (least, step, index) => (step.index < (members[least]?.index ?? 0) ? index : least),
    0,
  );
  const turned = [...members.slice(smallest), ...members.slice(0, smallest)];
  const first = turned[0];
  if (first === undefined) return;
  const next = turned[1] ?? first;
  const usesListOrder = turned.some((step, index) => !edgesOf(step).has((turned[index + 1] ?? first).index));
  const path = [...turned, first].map((step) => `\`${step.id}\``);
  const shown = path.length > 12 ? [...path.slice(0, 6), `… ${path.length - 11} more …`, ...path.slice(-5)] : path;
  compilation.error(
    'PLAN_CYCLE',
    message(first, turned.length, shown),
    edgesOf(first).get(next.index) ?? first.idRange,
    {
      hint: usesListOrder
        ? 'In a list each step waits for those before it: move the step that is read up, or give the reader `needs:` of its own.'
        : 'One of these steps must not wait for the next.',
      related: turned.slice(1, 6).map((step, index) => {
        const after = turned[index + 2] ?? first;
        const range = edgesOf(step).get(after.index) ?? step.idRange;
        return { message: `\`${step.id}\` waits for \`${after.id}\``, at: compilation.locator.span(range) };
      }),
    },
  );
}

function message(first: StepDraft, length: number, path: readonly string[]): string {
  if (length === 1) return `The step \`${first.id}\` waits for itself: ${path.join(' → ')}.`;
  return `These steps wait for each other, so none of them can start: ${path.join(' → ')}.`;
}
