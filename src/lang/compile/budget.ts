/** Compiles `budget` of a workflow or a step: what calls of models may take, and how long it may take as a whole. Knows no prices. */
import type { MapTree, Tree } from '../../core/document.ts';
import type { BudgetSpec } from '../../core/plan/budget.ts';
import { parseCount } from '../../core/units.ts';
import type { Compilation } from './compilation.ts';
import { optionalLimit } from './quantities.ts';
import { entryOf, textOf, valueOf } from './tree.ts';

/** The bounds that it has of money, tokens and calls; undefined where there is none. */
export function budgetOf(compilation: Compilation, tree: MapTree): BudgetSpec | undefined {
  const budget = valueOf(tree, 'budget');
  if (budget === undefined) return undefined;
  if (budget.kind !== 'map') {
    compilation.malformed(budget.range, '`budget` is a map.', 'Write `budget: { usd: 2.50 }`.');
    return undefined;
  }
  const usd = usdOf(compilation, valueOf(budget, 'usd'));
  const tokens = countOf(compilation, valueOf(budget, 'tokens'), 'tokens');
  const calls = countOf(compilation, valueOf(budget, 'calls'), 'calls');
  const spec = {
    ...(usd !== undefined && { usd }),
    ...(tokens !== undefined && { tokens }),
    ...(calls !== undefined && { calls }),
  };
  return Object.keys(spec).length > 0 ? spec : undefined;
}

/** A time limit, or the `duration` of the budget, whichever is over first. */
export function limitWithin(compilation: Compilation, tree: MapTree, key: string): number | undefined {
  const limits = [
    optionalLimit(compilation, tree, key),
    optionalLimit(compilation, entryOf(tree, 'budget')?.value, 'duration'),
  ].filter((limit) => limit !== undefined);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

function usdOf(compilation: Compilation, tree: Tree | undefined): number | undefined {
  if (tree === undefined) return undefined;
  const usd = tree.kind === 'scalar' ? tree.value : null;
  if (typeof usd === 'number' && usd >= 0 && usd <= 1_000_000) return usd;
  compilation.malformed(tree.range, '`usd` is a number of dollars, such as `2.50`.');
  return undefined;
}

function countOf(compilation: Compilation, tree: Tree | undefined, key: string): number | undefined {
  if (tree === undefined) return undefined;
  const count = tree.kind === 'scalar' ? parseCount(textOf(tree)) : null;
  if (count !== null) return count;
  compilation.malformed(tree.range, `\`${key}\` is a whole number, such as \`200\` or \`400k\`.`);
  return undefined;
}
