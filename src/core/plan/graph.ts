/** A plan as people look at it: steps inside groups, with the edges that say something. Knows no drawing. */
import { known } from '../known.ts';
import { BODY_SLOT, CHILD_SLOTS, COMPENSATE_ID, FINALLY_SLOT, pathIn } from '../run/scope.ts';
import {
  type Awaited,
  COMPENSATE_HOOK,
  type CompositeNode,
  type EachSpec,
  isComposite,
  isRepeated,
  ON_FAILURE_HOOK,
  ON_SUCCESS_HOOK,
  type Plan,
  type PlanNode,
  type PlanScope,
  partsOf,
} from './plan.ts';

/** What waits for what: a `need` passes success on, an `order` only the turn. */
export interface GraphEdge {
  /** Paths of the two steps, which stand in the same scope. */
  readonly from: string;
  readonly to: string;
  readonly kind: 'need' | 'order';
}

export interface GraphNode {
  /** `deploy/upload`. */
  readonly path: string;
  readonly id: string;
  readonly name: string | null;
  /** The action (`run`, `set`) or the kind of group (`steps`, `parallel`, `choose`), and how often it is done. */
  readonly action: string;
  readonly condition: string | null;
  /** Empty for a step that is no group. */
  readonly scopes: readonly GraphScope[];
}

export interface GraphScope {
  /** `if …`, `else`, `catch …`, `on-success`, `on-failure`, `finally`; null where there is only one scope. */
  readonly label: string | null;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export interface PlanGraph {
  readonly name: string;
  readonly file: string;
  /** The steps, then `on-failure` and `finally` where the workflow has them. */
  readonly scopes: readonly GraphScope[];
}

const ON_SUCCESS = 'on-success/';
const ON_FAILURE = 'on-failure/';
const FINALLY = 'finally/';
const AT_END = /(?:^|\/)(?:on-failure|catch|finally)\/$/;

export function planGraph(plan: Plan): PlanGraph {
  const [main, onFailure, last, onSuccess] = plan.root.bodies;
  const parts: readonly (readonly [PlanScope | null | undefined, string | null, string])[] = [
    [main, null, ''],
    [onSuccess, 'on-success', ON_SUCCESS],
    [onFailure, 'on-failure', ON_FAILURE],
    [last, 'finally', FINALLY],
  ];
  const scopes = parts.flatMap(([scope, label, prefix]) => (scope ? [graphScope(scope, label, prefix)] : []));
  return { name: plan.name, file: plan.file, scopes };
}

/** Recursion is bounded by the nesting of groups, which the compiler limits. */
function graphScope(scope: PlanScope, label: string | null, prefix: string): GraphScope {
  const nodes = scope.nodes.map((node) => graphNode(node, prefix));
  return { label, nodes, edges: edgesOf(scope, prefix) };
}

function graphNode(node: PlanNode, prefix: string): GraphNode {
  const path =
    prefix.endsWith(`/${COMPENSATE_ID}/`) && node.id === COMPENSATE_ID ? prefix.slice(0, -1) : prefix + node.id;
  const source = node.if?.expression.source ?? null;
  // What the steps of `on-failure`, `catch` and `finally` have by default says nothing.
  const condition = source === 'always()' && AT_END.test(prefix) ? null : source;
  const own = { path, id: node.id, name: node.name ?? null, condition };
  const [inner, times] = once(node);
  const action = [actionOf(inner), ...times].join(' · ');
  const hooks = inner === node ? [] : partsOf(node).filter(([slot]) => slot < 0); // those of the whole step
  const scopes = [...inOrder(inner), ...hooks].map(([slot, scope]) =>
    graphScope(scope, bodyLabel(inner, slot), prefixOf(path, inner, slot)),
  );
  return { ...own, action, scopes };
}

/** The parts of a step in the order in which they may come: `finally` of a `try` after every `catch`, hooks last. */
function inOrder(node: PlanNode): ReturnType<typeof partsOf> {
  if (node.kind !== 'try') return partsOf(node);
  const rank = (slot: number): number => (slot === FINALLY_SLOT ? 1 : slot < 0 ? 2 : 0);
  return partsOf(node).toSorted(([a], [b]) => rank(a) - rank(b));
}

/** What the paths of a body's members begin with. */
function prefixOf(path: string, node: PlanNode, slot: number): string {
  return pathIn(path, node, slot, ' ').trimEnd();
}

const HOOK_LABELS: ReadonlyMap<number, string> = new Map([
  [ON_SUCCESS_HOOK, 'on-success'],
  [ON_FAILURE_HOOK, 'on-failure'],
  [COMPENSATE_HOOK, 'compensate'],
]);

/** What stands over a part: `if …` of a branch, `catch …` and `finally` of a `try`, the name of a hook; null for the only body. */
export function bodyLabel(node: PlanNode, index: number): string | null {
  if (index < 0) return known(HOOK_LABELS.get(index));
  if (node.kind === 'try') return partLabel(node, index);
  if (node.kind === 'workflow') return childLabel(node, index);
  if (node.kind !== 'choose') return null;
  const condition = node.conditions?.[index] ?? null;
  return condition === null ? 'else' : `if ${condition.source}`;
}

function partLabel(node: CompositeNode, slot: number): string | null {
  if (slot === BODY_SLOT) return null;
  if (slot === FINALLY_SLOT) return 'finally';
  const condition = node.conditions?.[slot] ?? null;
  return condition === null ? 'catch' : `catch ${condition.source}`;
}

/** `finally` of a file, and where there are several, which one. */
function childLabel({ child }: CompositeNode, slot: number): string | null {
  const part = known(['', 'on-failure', 'finally', 'on-success'][slot % CHILD_SLOTS]);
  const { key = '' } = (child?.pick && child.files[Math.floor(slot / CHILD_SLOTS)]) || {};
  return [key, part].filter((text) => text !== '').join(' · ') || null;
}

/** A step as it is done once, and in words how often it is. */
export function once(node: PlanNode): readonly [node: PlanNode, times: readonly string[]] {
  if (!isComposite(node) || !isRepeated(node)) return [node, []];
  const [innermost, times] = once(known(node.bodies[0]?.nodes[0]));
  return [innermost, [...timesOf(node), ...times]];
}

function timesOf({ loop, each }: CompositeNode): readonly string[] {
  if (each !== undefined) return [eachText(each)];
  const { max, ...spec } = known(loop);
  const tests = [spec.while && `while ${spec.while.source}`, spec.until && `until ${spec.until.source}`];
  return [['loop', ...tests.filter((test) => test !== undefined), `at most ${max} times`].join(' ')];
}

function eachText({ from, max }: EachSpec): string {
  const atOnce = max === undefined ? '' : `, ${max} at once`;
  if (from.kind === 'matrix') return `matrix ${from.axes.map(([name]) => name).join(' × ')}${atOnce}`;
  const { items } = from;
  if (items.kind === 'value') return `for each of ${items.expression.source}${atOnce}`;
  const count =
    items.kind === 'literal' && typeof items.value === 'object' ? Object.keys(items.value ?? {}).length : null;
  return `for each of ${count === null ? 'a list' : `${count} items`}${atOnce}`;
}

/** What a step waits for: `wait until …`, `wait event go`. */
export function awaitedText(what: Awaited): string {
  switch (what.kind) {
    case 'condition':
      return `wait until ${what.until.source}`;
    case 'probe':
      return `wait until ${what.source}`;
    case 'event':
      return `wait event ${what.name}${what.match === undefined ? '' : ` if ${what.match.source}`}`;
    default:
      return what.path.kind === 'literal' ? `wait file ${String(what.path.value)}` : 'wait file';
  }
}

function actionOf(node: PlanNode): string {
  if (node.kind === 'action') return node.action;
  if (node.kind === 'await') return awaitedText(node.what);
  if (node.kind === 'workflow') return filesText(node);
  if (node.kind === 'compensate') return `compensate ${node.undoes?.join(', ') ?? 'all'}`;
  if (node.kind !== 'group') return node.kind;
  const members = known(node.bodies[0]).nodes;
  const isSequence = members.some((member) => member.after !== undefined || member.needs.length > 0);
  return isSequence || members.length < 2 ? 'steps' : 'parallel';
}

/** `workflow lib/deploy.yaml` */
export function filesText({ child }: CompositeNode): string {
  const { files, isFragment } = known(child);
  return `${isFragment ? 'include' : 'workflow'} ${files.map(({ file }) => file).join(' or ')}`;
}

/**
 * "Comes after all earlier members" is drawn as edges from those members that no other earlier member comes after:
 * in a plain list, the one before it.
 */
function edgesOf(scope: PlanScope, prefix: string): readonly GraphEdge[] {
  const edges: GraphEdge[] = [];
  let last = new Set<number>();
  for (const [index, node] of scope.nodes.entries()) {
    const edge = (from: number, kind: GraphEdge['kind']): void => {
      edges.push({ from: prefix + known(scope.nodes[from]).id, to: prefix + node.id, kind });
    };
    for (const need of node.needs) edge(need, 'need');
    if (node.after !== undefined) {
      for (const earlier of last) if (!node.needs.includes(earlier)) edge(earlier, 'order');
      last = new Set();
    } else {
      for (const need of node.needs) last.delete(need);
    }
    last.add(index);
  }
  return edges;
}
