/** Calls of functions: finding them, checking arguments, and giving lambdas something to run in. Knows no single function but `case`. */
import { known } from '../known.ts';
import type { Expr } from './ast.ts';
import { arityOf, type CallContext, type FunctionSpec, type Parameter, parameterAt } from './functions/spec.ts';
import { findFunction } from './functions/table.ts';
import { Halt, halt } from './halt.ts';
import { interpret, type Parameters, readCapture, readContext, type Scope } from './interpret.ts';
import { KIND_NAMES, nameOf } from './operators.ts';
import { kindOf, SecretValue, type Value } from './value.ts';

type Call = Expr & { kind: 'call' };
type Lambda = Expr & { kind: 'lambda' };

export function call(node: Call, scope: Scope): Value | Halt {
  const spec = findFunction(node.name);
  if (!spec) return halt('EXPR_UNKNOWN_FUNCTION', `There is no function "${node.name}".`);
  const wrong = describeArity(spec, node.args.length);
  if (wrong) return halt('EXPR_ARGUMENT_COUNT', wrong);
  if (spec.special === 'case') return chooseCase(node, scope);
  const args: Value[] = [];
  let lambda: Lambda | null = null;
  let missing: Halt | null = null;
  for (const [i, argument] of node.args.entries()) {
    const takes = parameterAt(spec, i)?.takes;
    if (takes === 'lambda') {
      if (argument.kind !== 'lambda') return halt('EXPR_LAMBDA', wantsLambda(spec));
      lambda = argument;
      args.push(null);
      continue;
    }
    const given = interpret(argument, scope);
    const value = given instanceof Halt ? given : (refuse(spec, i, given) ?? charge(given, scope) ?? given);
    if (!(value instanceof Halt)) args.push(value);
    else if (value.error) return value;
    else missing = value;
  }
  return missing ?? spec.call(args, contextOf(lambda, scope));
}

/** What is wrong with so many arguments, or null. */
export function describeArity(spec: FunctionSpec, count: number): string | null {
  const { min, max } = arityOf(spec);
  if (spec.special === 'case' && count >= min && count % 2 === 0) {
    return '`case` takes an odd number of arguments: conditions with their values, and a default at the end.';
  }
  if (count >= min && count <= max) return null;
  const wanted = min === max ? `${min}` : max === Number.POSITIVE_INFINITY ? `${min} or more` : `${min} to ${max}`;
  return `\`${spec.name}\` takes ${wanted} argument${wanted === '1' ? '' : 's'}, not ${count}.`;
}

export function wantsLambda(spec: FunctionSpec): string {
  return `\`${spec.name}\` takes a lambda here, such as \`x => x.name\`.`;
}

/** The kinds that a parameter takes, as messages name them. */
export function describeTakes(takes: Exclude<Parameter['takes'], string>): string {
  return takes.map((kind) => KIND_NAMES[kind]).join(' or ');
}

function refuse(spec: FunctionSpec, i: number, value: Value): Halt | null {
  const parameter = parameterAt(spec, i);
  if (value instanceof SecretValue && !spec.takesSecrets) {
    return halt('EXPR_SECRET', `\`${spec.name}\` cannot be given a secret.`);
  }
  if (!parameter || typeof parameter.takes === 'string' || parameter.takes.includes(kindOf(value))) return null;
  const message = `\`${spec.name}\` takes ${describeTakes(parameter.takes)} as its ${parameter.name}, not ${nameOf(value)}.`;
  return value === null
    ? halt('EXPR_ARGUMENT', message, 'Say with `??` what to take where the value is null.')
    : halt('EXPR_ARGUMENT', message);
}

/** A function reads its texts at least once, whatever it makes of them. */
function charge(value: Value, { budget }: Scope): Halt | null {
  return typeof value === 'string' ? budget.make(value.length) : null;
}

function contextOf(lambda: Lambda | null, scope: Scope): CallContext {
  return {
    budget: scope.budget,
    lambda: lambda && ((...values) => interpret(lambda.body, withParameters(lambda.params, values, scope))),
    capture: (kind, args) => readCapture(kind, args, scope),
    context: (name) => readContext(name, scope),
    status: (name) =>
      scope.env.status?.[name] ??
      halt('EXPR_STATUS_FUNCTION', `\`${name}()\` has no meaning here: it stands in conditions.`),
  };
}

function withParameters(names: readonly string[], values: readonly Value[], scope: Scope): Scope {
  let parameters: Parameters | null = scope.parameters;
  for (const [i, name] of names.entries()) parameters = { name, value: values[i] ?? null, outer: parameters };
  return { ...scope, parameters };
}

/** `case(condition, value, …, default)`: evaluates no more than it needs. */
function chooseCase({ args }: Call, scope: Scope): Value | Halt {
  for (let i = 0; i + 1 < args.length; i += 2) {
    const test = interpret(known(args[i]), scope);
    if (test instanceof Halt) return test;
    if (typeof test !== 'boolean') {
      return halt('EXPR_ARGUMENT', `A condition of \`case\` must be a boolean, not ${nameOf(test)}.`);
    }
    if (test) return interpret(known(args[i + 1]), scope);
  }
  return interpret(known(args.at(-1)), scope); // the count is odd: what is left over is the default
}
