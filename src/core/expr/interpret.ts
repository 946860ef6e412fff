/** Computes one node: the walk behind `evaluate`. Knows no templates and no text of the expression. */
import { bareObject, canonical, type Json, unreachable } from '../json.ts';
import { index, member, wildcard } from './access.ts';
import type { Capture, Expr } from './ast.ts';
import { call } from './call.ts';
import { isTruthy } from './coerce.ts';
import { type Budget, Halt, halt } from './halt.ts';
import { applyBinary, applyUnary } from './operators.ts';
import { NeededValue, type Value } from './value.ts';

/** What an expression can see. Everything it gives is the same on every call. */
export interface EvaluationEnv {
  /** The value of a context; undefined if there is none of this name. Names are asked for as written, then in lower case. */
  context(name: string): Value | undefined;
  /** The value of a capture, undefined if it was not captured yet. */
  captured(key: string): Json | undefined;
  /** What the status functions give; absent where they have no meaning. */
  readonly status?: { readonly success: boolean; readonly failure: boolean; readonly cancelled: boolean };
}

/** An evaluation under way. */
export interface Scope {
  readonly env: EvaluationEnv;
  readonly budget: Budget;
  readonly contexts: Map<string, Value | undefined>;
  /** Parameters of the lambdas around the node, the innermost first. */
  readonly parameters: Parameters | null;
}
export interface Parameters {
  readonly name: string;
  readonly value: Value;
  readonly outer: Parameters | null;
}

export function startScope(env: EvaluationEnv, budget: Budget): Scope {
  return { env, budget, contexts: new Map(), parameters: null };
}

/** The value of a node, or why there is none. */
export function interpret(node: Expr, scope: Scope): Value | Halt {
  const value = scope.budget.step() ?? interpretNode(node, scope);
  return value instanceof NeededValue ? scope.budget.need(value.capture) : value;
}

function interpretNode(node: Expr, scope: Scope): Value | Halt {
  switch (node.kind) {
    case 'literal':
      return node.value;
    case 'name':
      return readName(node.name, scope);
    case 'member':
      return withValue(node.of, scope, (of) => member(of, node.name, scope.budget));
    case 'index':
      return withValues([node.of, node.index], scope, ([of, by]) => index(of as Value, by as Value, scope.budget));
    case 'wildcard':
      return withValue(node.of, scope, (of) => wildcard(of, scope.budget));
    case 'unary':
      return withValue(node.of, scope, (of) => applyUnary(node.op, of));
    case 'binary':
      return interpretBinary(node, scope);
    case 'choice':
      return withValue(node.test, scope, (test) => interpret(isTruthy(test) ? node.yes : node.no, scope));
    case 'call':
      return call(node, scope);
    case 'lambda':
      return halt('EXPR_LAMBDA', 'A lambda can only be an argument of a function that takes one.');
    case 'list':
      return withValues(node.items, scope, (items) => items);
    case 'object':
      return withValues(
        node.entries.map(([, value]) => value),
        scope,
        (values) => bareObject<Value>(node.entries.map(([key], i) => [key, values[i] as Value])),
      );
    default:
      return unreachable(node);
  }
}

function interpretBinary(node: Expr & { kind: 'binary' }, scope: Scope): Value | Halt {
  const { op, left, right } = node;
  switch (op) {
    case '&&':
      return withValue(left, scope, (value) => (isTruthy(value) ? interpret(right, scope) : value));
    case '||':
      return withValue(left, scope, (value) => (isTruthy(value) ? value : interpret(right, scope)));
    case '??':
      return withValue(left, scope, (value) => value ?? interpret(right, scope));
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return withValues([left, right], scope, ([a, b]) => applyBinary(op, a as Value, b as Value, scope.budget));
    default:
      return unreachable(op);
  }
}

function withValue(node: Expr, scope: Scope, then: (value: Value) => Value | Halt): Value | Halt {
  const value = interpret(node, scope);
  return value instanceof Halt ? value : then(value);
}

/** Goes on when only a capture is missing, so that all that are missing are found at once. An error ends it. */
function withValues(
  nodes: readonly Expr[],
  scope: Scope,
  then: (values: readonly Value[]) => Value | Halt,
): Value | Halt {
  const values: Value[] = [];
  let missing: Halt | null = null;
  for (const node of nodes) {
    const value = interpret(node, scope);
    if (!(value instanceof Halt)) values.push(value);
    else if (value.error) return value;
    else missing = value;
  }
  return missing ?? then(values);
}

function readName(name: string, scope: Scope): Value | Halt {
  if (name === 'NaN') return Number.NaN;
  if (name === 'Infinity') return Number.POSITIVE_INFINITY;
  for (let given = scope.parameters; given; given = given.outer) {
    if (given.name === name) return given.value;
  }
  return readContext(name, scope);
}

/** The value of a context, asked for once per evaluation. */
export function readContext(name: string, scope: Scope): Value | Halt {
  const { contexts, env } = scope;
  if (!contexts.has(name)) {
    const value = env.context(name);
    contexts.set(name, value === undefined ? env.context(name.toLowerCase()) : value);
  }
  const value = contexts.get(name);
  if (value instanceof NeededValue) return scope.budget.need(value.capture);
  return value === undefined ? halt('EXPR_UNKNOWN_CONTEXT', `There is nothing named "${name}" here.`) : value;
}

/** Something from outside: its value if it was captured, else the capture is noted as missing. */
export function readCapture(kind: Capture['kind'], args: readonly Json[], scope: Scope): Value | Halt {
  const key = captureKey(kind, args);
  const value = scope.env.captured(key);
  return value === undefined ? scope.budget.need({ key, kind, args }) : value;
}

/** The key of a capture: equal captures have equal keys. */
export function captureKey(kind: Capture['kind'], args: readonly Json[]): string {
  return `${kind}${canonical(args)}`;
}
