/** Evaluates templates to the JSON that steps get. Knows expressions only by what they evaluate to. */
import { bareObject, type Json, unreachable } from '../json.ts';
import type { Expression, Template } from './ast.ts';
import { isPrimitive, toText } from './coerce.ts';
import { conclude, type Evaluated } from './evaluated.ts';
import { Budget, Halt, halt } from './halt.ts';
import { type EvaluationEnv, interpret, type Scope, startScope } from './interpret.ts';
import { nameOf } from './operators.ts';
import { toJson } from './to-json.ts';
import { concatenate, isList, SecretValue, type Value } from './value.ts';

/**
 * The value of a template, as plain JSON in which secrets stand as SecretText. A null where it is refused is
 * STEP_NULL_VALUE and names the reference; all missing captures of all parts are found at once.
 */
export function evaluateTemplate(template: Template, env: EvaluationEnv): Evaluated<Json> {
  const budget = new Budget();
  return conclude(fill(template, startScope(env, budget)), budget);
}

function fill(template: Template, scope: Scope): Json | Halt {
  switch (template.kind) {
    case 'literal':
      return template.value;
    case 'value': {
      const value = read(template.expression, scope);
      return value instanceof Halt ? value : within(template.expression, result(value, scope));
    }
    case 'text':
      return fillText(template, scope);
    case 'list':
      return gather(template.items, (item) => fill(item, scope));
    case 'object': {
      const values = gather(template.entries, ([, value]) => fill(value, scope));
      return values instanceof Halt
        ? values
        : bareObject<Json>(template.entries.map(([key], i) => [key, values[i] as Json]));
    }
    case 'argv': {
      const args = gather(template.items, (item) => fillArgument(item, scope));
      return args instanceof Halt ? args : args.flat();
    }
    default:
      return unreachable(template);
  }
}

function fillText(template: Template & { kind: 'text' }, scope: Scope): Json | Halt {
  const pieces = gather(template.parts, (part): string | SecretValue | Halt => {
    if (typeof part === 'string') return part;
    const value = read(part, scope);
    if (value instanceof Halt || value instanceof SecretValue) return value;
    if (value === null && template.nulls === 'refuse') return refuseNull(part);
    return isPrimitive(value) ? toText(value) : notText(part, value);
  });
  if (pieces instanceof Halt) return pieces;
  const size = pieces.reduce((total, piece) => total + (typeof piece === 'string' ? piece.length : 0), 0);
  return scope.budget.make(size) ?? result(concatenate(pieces), scope);
}

/** The arguments that one item of an argv gives: one, or those of a list. */
function fillArgument(item: Template, scope: Scope): readonly Json[] | Halt {
  if (item.kind !== 'value') {
    const value = fill(item, scope);
    if (value instanceof Halt) return value;
    return [typeof value === 'object' ? value : toText(value)];
  }
  const value = read(item.expression, scope);
  if (value instanceof Halt) return value;
  return gather(isList(value) ? value : [value], (argument): Json | Halt => {
    if (argument === null) return refuseNull(item.expression);
    if (argument instanceof SecretValue) return result(argument, scope);
    return isPrimitive(argument) ? toText(argument) : notText(item.expression, argument);
  });
}

/** What a value is outside of expressions. */
function result(value: Value, scope: Scope): Json | Halt {
  if (value instanceof SecretValue) return bareObject<Json>([['secretText', value.parts]]);
  return toJson(value, scope.budget);
}

function read(expression: Expression, scope: Scope): Value | Halt {
  return within(expression, interpret(expression.expr, scope));
}

/** Says in an error which expression it is of. */
export function within<T>(expression: Expression, outcome: T | Halt): T | Halt {
  if (!(outcome instanceof Halt) || !outcome.error) return outcome;
  return new Halt({ ...outcome.error, message: `In \`${shorten(expression.source)}\`: ${outcome.error.message}` });
}

function refuseNull(expression: Expression): Halt {
  return halt(
    'STEP_NULL_VALUE',
    `\`${shorten(expression.source)}\` is null.`,
    `If empty is meant, write \`${shorten(expression.source)} ?? ''\`.`,
  );
}

function notText(expression: Expression, value: Value): Halt {
  return halt(
    'EXPR_NOT_TEXT',
    `\`${shorten(expression.source)}\` is ${nameOf(value)}, which has no one text.`,
    `Write \`toJSON(${shorten(expression.source)})\`, or \`join(…)\` for a list.`,
  );
}

function shorten(source: string): string {
  const line = source.replace(/\s+/g, ' ');
  return line.length > 120 ? `${line.slice(0, 120)}…` : line;
}

/** Applies a step to every part; goes on after a missing capture, and ends at an error. */
function gather<P, T>(parts: readonly P[], step: (part: P) => T | Halt): readonly T[] | Halt {
  const all: T[] = [];
  let missing: Halt | null = null;
  for (const part of parts) {
    const outcome = step(part);
    if (!(outcome instanceof Halt)) all.push(outcome);
    else if (outcome.error) return outcome;
    else missing = outcome;
  }
  return missing ?? all;
}
