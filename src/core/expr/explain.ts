/** Evaluates a condition together with the values that decided it, for skip causes. */
import type { Json } from '../json.ts';
import type { Operand } from '../run/event.ts';
import type { Expr, Expression } from './ast.ts';
import { conclude, type Evaluated } from './evaluated.ts';
import { Budget, Halt } from './halt.ts';
import { type EvaluationEnv, interpret, type Scope, startScope } from './interpret.ts';
import { print } from './print.ts';
import { childrenOf, references } from './references.ts';
import { within } from './template.ts';
import { toJson } from './to-json.ts';
import { isList, SecretValue, type Value } from './value.ts';

/** Characters of a text, and of the JSON of a list or object, that an operand shows. */
const MAX_SHOWN = 200;
const MAX_OPERANDS = 50;

/** `operands` are the references and status functions in the order of the text, each once; a null is among them. */
export function explainCondition(
  expression: Expression,
  env: EvaluationEnv,
): { readonly evaluated: Evaluated; readonly operands: readonly Operand[] } {
  const budget = new Budget();
  const scope = startScope(env, budget);
  const evaluated = conclude(within(expression, interpret(expression.expr, scope)), budget);
  return { evaluated, operands: evaluated.kind === 'value' ? operandsOf(expression.expr, scope) : [] };
}

function operandsOf(expr: Expr, scope: Scope): readonly Operand[] {
  const operands = new Map<string, Operand>();
  for (const node of [...references(expr).map((reference) => reference.expr), ...statusCalls(expr)]) {
    const source = print(node);
    if (operands.has(source) || operands.size === MAX_OPERANDS) continue;
    const value = interpret(node, scope);
    if (!(value instanceof Halt)) operands.set(source, { source, value: show(value) });
  }
  return [...operands.values()];
}

function statusCalls(node: Expr): readonly Expr[] {
  if (node.kind === 'call' && node.args.length === 0 && /^(success|failure|cancelled)$/i.test(node.name)) return [node];
  return childrenOf(node).flatMap(statusCalls);
}

/** A value as a journal can hold it: never a secret, never large. */
function show(value: Value): Json {
  if (value instanceof SecretValue) return '***';
  if (typeof value === 'string') return value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value;
  const json = toJson(value, new Budget());
  if (json instanceof Halt) return isList(value) ? '[…]' : '{…}';
  if (typeof json !== 'object' || JSON.stringify(json).length <= MAX_SHOWN) return json;
  return isList(value) ? `[… ${value.length} items]` : '{…}';
}
