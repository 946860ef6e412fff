/** Which contexts an expression reads, and by which paths. Knows nodes, not what the contexts hold. */
import { unreachable } from '../json.ts';
import type { Expr } from './ast.ts';
import { findFunction } from './functions/table.ts';

/** One read of a context. `steps.build.outputs['file']` is `['steps', 'build', 'outputs', 'file']`. */
export interface Reference {
  /** As far as it is known before evaluation: names, and texts and numbers in brackets. The first is the context. */
  readonly path: readonly string[];
  /** What follows the path is known only at run time: `steps[expr]`, `steps.*`. A bare `steps` is not dynamic, but its path is short. */
  readonly isDynamic: boolean;
  /** The node of the whole access. */
  readonly expr: Expr;
}

/** Every read of a context, in the order of the text; parameters of lambdas are none. `env('NAME')` is a dynamic read of `env`. */
export function references(expr: Expr): readonly Reference[] {
  const found: Reference[] = [];
  visit(expr, new Set(), found);
  return found;
}

/** Whether `success()`, `failure()`, `cancelled()` or `always()` stands anywhere in it. */
export function usesStatusFunction(expr: Expr): boolean {
  return statusFunctions(expr).length > 0;
}

/** The status functions in it, by their documented names, each once. */
export function statusFunctions(expr: Expr): readonly string[] {
  const names = new Set<string>();
  const look = (node: Expr): void => {
    const spec = node.kind === 'call' ? findFunction(node.name) : undefined;
    if (spec?.special === 'status') names.add(spec.name);
    for (const child of childrenOf(node)) look(child);
  };
  look(expr);
  return [...names];
}

/** The nodes directly below a node, in the order of the text. */
export function childrenOf(node: Expr): readonly Expr[] {
  switch (node.kind) {
    case 'literal':
    case 'name':
      return [];
    case 'member':
    case 'wildcard':
    case 'unary':
      return [node.of];
    case 'index':
      return [node.of, node.index];
    case 'binary':
      return [node.left, node.right];
    case 'choice':
      return [node.test, node.yes, node.no];
    case 'call':
      return node.args;
    case 'lambda':
      return [node.body];
    case 'list':
      return node.items;
    case 'object':
      return node.entries.map(([, value]) => value);
    default:
      return unreachable(node);
  }
}

function visit(node: Expr, bound: ReadonlySet<string>, found: Reference[]): void {
  if (node.kind === 'lambda') {
    visit(node.body, new Set([...bound, ...node.params]), found);
    return;
  }
  const path = pathOf(node);
  if (path) {
    const context = path.names[0] as string; // a path begins with a name
    const isContext = !bound.has(context) && context !== 'NaN' && context !== 'Infinity';
    if (isContext) found.push({ path: path.names, isDynamic: path.isDynamic, expr: node });
    for (const index of path.indexes) visit(index, bound, found);
    return;
  }
  if (node.kind === 'call' && node.name.toLowerCase() === 'env') found.push(environmentRead(node));
  for (const child of childrenOf(node)) visit(child, bound, found);
}

function environmentRead(node: Expr & { kind: 'call' }): Reference {
  const [name] = node.args;
  const isKnown = name?.kind === 'literal' && typeof name.value === 'string';
  return { path: isKnown ? ['env', name.value] : ['env'], isDynamic: !isKnown, expr: node };
}

interface Path {
  readonly names: readonly string[];
  readonly isDynamic: boolean;
  /** Expressions in brackets, which read contexts of their own. */
  readonly indexes: readonly Expr[];
}

/** The path of an access that begins at a name, or null. */
function pathOf(node: Expr): Path | null {
  if (node.kind === 'name') return { names: [node.name], isDynamic: false, indexes: [] };
  if (node.kind !== 'member' && node.kind !== 'index' && node.kind !== 'wildcard') return null;
  const of = pathOf(node.of);
  if (!of || of.isDynamic) return of && node.kind === 'index' ? { ...of, indexes: [...of.indexes, node.index] } : of;
  if (node.kind === 'wildcard') return { ...of, isDynamic: true };
  if (node.kind === 'member') return { ...of, names: [...of.names, node.name] };
  const { index } = node;
  const isKnown = index.kind === 'literal' && (typeof index.value === 'string' || typeof index.value === 'number');
  if (isKnown) return { ...of, names: [...of.names, String(index.value)] };
  return { ...of, isDynamic: true, indexes: [...of.indexes, index] };
}
