/** Evaluates a text in tests: parses it, and gives the value, the error's code or the keys of the missing captures. */
import { expect } from 'vitest';
import type { Expression } from '../../../src/core/expr/ast.ts';
import type { Evaluated } from '../../../src/core/expr/evaluate.ts';
import { type EvaluationEnv, evaluate } from '../../../src/core/expr/evaluate.ts';
import type { Value } from '../../../src/core/expr/value.ts';
import { parseExpression } from '../../../src/lang/expr/parse.ts';

export function expression(text: string): Expression {
  const parsed = parseExpression(text);
  if (!parsed.ok) expect.fail(`${text}: ${parsed.error.message}`);
  return parsed.value;
}

export function environment(
  contexts: Readonly<Record<string, Value>> = {},
  more: Partial<EvaluationEnv> = {},
): EvaluationEnv {
  return {
    context: (name) => (Object.hasOwn(contexts, name) ? contexts[name] : undefined),
    captured: () => undefined,
    ...more,
  };
}

export function evaluateText(
  text: string,
  contexts: Readonly<Record<string, Value>> = {},
  more: Partial<EvaluationEnv> = {},
): Evaluated {
  return evaluate(expression(text).expr, environment(contexts, more));
}

/** The value, as a test compares it. */
export function valueOf(text: string, contexts: Readonly<Record<string, Value>> = {}): Value {
  const evaluated = evaluateText(text, contexts);
  if (evaluated.kind !== 'value') expect.fail(`${text}: ${JSON.stringify(evaluated)}`);
  return evaluated.value;
}

export function codeOf(evaluated: Evaluated<unknown>): string | null {
  return evaluated.kind === 'error' ? evaluated.error.code : null;
}
