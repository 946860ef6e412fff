/** Reports a problem of an expression at its place in the file. Knows where a scalar stands, not what is wrong. */
import type { ScalarTree } from '../../core/document.ts';
import type { ExpressionProblem } from '../expr/parse.ts';
import type { Compilation } from './compilation.ts';

/** `at` counts in the scalar's value. */
export function reportIn(
  compilation: Compilation,
  scalar: ScalarTree,
  { code, message, at, length, hint }: ExpressionProblem,
): void {
  const span = compilation.locator.spanIn(scalar, at, at + length);
  compilation.error(code, message, span, hint === undefined ? {} : { hint });
}
