/** Compiles conditions, and tells those that are the same in every run. Knows no edges. */
import type { Tree } from '../../core/document.ts';
import type { Expr } from '../../core/expr/ast.ts';
import type { Condition } from '../../core/plan/plan.ts';
import type { ScopeDraft } from './draft.ts';
import type { Place } from './place.ts';
import { readsOf } from './reads.ts';
import { keyExpression } from './text.ts';
import type { Scene } from './world.ts';

export function condition(scene: Scene, tree: Tree, place: Place): Condition | undefined {
  const expression = keyExpression(scene, tree, place);
  if (expression === null) return undefined;
  return { expression, replacesJoin: readsOf(expression.expr).some((read) => read.kind === 'status') };
}

const AT_END: readonly string[] = ['on-failure', 'finally', 'catch', 'cleanup', 'after-failure'];

/** Steps of `on-failure`, `catch` and `finally` run whatever became of those before them, unless they say otherwise. */
export function defaultCondition(scope: ScopeDraft): Condition | undefined {
  if (!AT_END.includes(scope.part)) return undefined;
  return {
    expression: { source: 'always()', expr: { kind: 'call', at: 0, name: 'always', args: [] } },
    replacesJoin: true,
  };
}

/** The truth of an expression that has the same one in every run, as far as that can be seen; null for all others. */
export function constantTruth(expr: Expr): boolean | null {
  if (expr.kind === 'literal') return truthOf(expr.value);
  if (expr.kind === 'unary' && expr.op === '!') {
    const inner = constantTruth(expr.of);
    return inner === null ? null : !inner;
  }
  if (expr.kind !== 'binary' || (expr.op !== '&&' && expr.op !== '||')) return null;
  const sides = [constantTruth(expr.left), constantTruth(expr.right)];
  const deciding = expr.op === '||';
  if (sides.includes(deciding)) return deciding;
  return sides.every((side) => side === !deciding) ? !deciding : null;
}

/** GitHub's rule: null, false, 0 and the empty text are false. */
function truthOf(value: null | boolean | number | string): boolean {
  return value !== null && value !== false && value !== '' && value !== 0 && !Number.isNaN(value);
}
