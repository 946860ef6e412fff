/**
 * Finds what is certain to be wrong in an expression before anything runs: names, arguments, comparisons, secrets.
 * Knows types, given by the caller; a value of which nothing is known is never a problem.
 */
import type { Expr } from '../../core/expr/ast.ts';
import { print } from '../../core/expr/print.ts';
import { references } from '../../core/expr/references.ts';
import type { Type } from '../../core/expr/type.ts';
import { type Check, findContext, infer, report } from './infer.ts';
import type { ExpressionProblem } from './parse.ts';

/** What an expression may use at its place. */
export interface ExprTypes {
  /** Every context that exists here, by its name. */
  readonly contexts: ReadonlyMap<string, Type>;
  /** Whether `success()` and its like have a meaning here. Default false. */
  readonly status?: boolean;
  /** Whether values of type `secret` may be used here, in the few ways that a secret can. Default false. */
  readonly secrets?: boolean;
  /** Whether `steps[expr]`, `steps.*` and a bare `steps` are allowed here. Default true. */
  readonly dynamicSteps?: boolean;
}

/** The problems of an expression, in the order of its text; offsets are into its source. */
export function checkExpression(expr: Expr, types: ExprTypes): readonly ExpressionProblem[] {
  return inferType(expr, types).problems;
}

/** The type of an expression, with its problems. */
export function inferType(
  expr: Expr,
  types: ExprTypes,
): { readonly type: Type; readonly problems: readonly ExpressionProblem[] } {
  const check: Check = { types, problems: [], wildcards: new Set() };
  checkWholeContexts(expr, check);
  const type = infer(expr, check, new Map());
  check.problems.sort((a, b) => a.at - b.at);
  return { type, problems: check.problems };
}

/**
 * Contexts read as a whole, or by a name that is computed. Of `steps`, the compiler could not tell which steps are
 * waited for; of a context with secrets, which secret is meant.
 */
function checkWholeContexts(expr: Expr, check: Check): void {
  const { contexts, dynamicSteps = true } = check.types;
  for (const { path, expr: node } of references(expr)) {
    const [context = ''] = path;
    if (path.length > 1) continue;
    const type = findContext(context, contexts);
    const fields = type?.kind === 'object' ? [...type.fields.values()] : [];
    if (/^(steps|needs)$/i.test(context) && !dynamicSteps) {
      const message = `Which steps are read here cannot be known before the run: \`${print(node)}\`.`;
      report(check, 'EXPR_DYNAMIC_STEPS', node, message, `Name the step: \`${context}.ID\`.`);
    } else if (fields.some(({ kind }) => kind === 'secret')) {
      const message = `\`${print(node)}\` may be a secret, and which one cannot be known before the run.`;
      report(check, 'EXPR_SECRET', node, message, `Name the secret: \`${context}.NAME\`.`);
    }
  }
}
