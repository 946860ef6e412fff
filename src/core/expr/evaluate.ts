/**
 * Evaluates expressions, templates and conditions: pure, total and bounded. What must come from outside is asked for as
 * captures. Knows no steps and no runs: what an expression sees is given by an EvaluationEnv.
 */
import type { Expr } from './ast.ts';
import { conclude, type Evaluated } from './evaluated.ts';
import { Budget } from './halt.ts';
import { type EvaluationEnv, interpret, startScope } from './interpret.ts';

export type { Evaluated } from './evaluated.ts';
export { explainCondition } from './explain.ts';
export { captureKey, type EvaluationEnv } from './interpret.ts';
export { evaluateTemplate } from './template.ts';

/** The value of an expression. */
export function evaluate(expr: Expr, env: EvaluationEnv): Evaluated {
  const budget = new Budget();
  return conclude(interpret(expr, startScope(env, budget)), budget);
}
