/** Expressions and templates made by hand, with the text that a person would have written. Knows no steps. */
import type { Expr, Expression, Template } from '../core/expr/ast.ts';
import type { Json } from '../core/json.ts';

/** `steps.build.outputs.v` */
export function read(path: string): Expression {
  const [first = '', ...rest] = path.split('.');
  const name: Expr = { kind: 'name', at: 0, name: first };
  const expr = rest.reduce<Expr>((of, member) => ({ kind: 'member', at: 0, of, name: member }), name);
  return { source: path, expr };
}

export function literal(value: null | boolean | number | string): Expression {
  const source = typeof value === 'string' ? `'${value}'` : String(value);
  return { source, expr: { kind: 'literal', at: 0, value } };
}

export function call(name: string, ...args: readonly Expression[]): Expression {
  const source = `${name}(${args.map((arg) => arg.source).join(', ')})`;
  return { source, expr: { kind: 'call', at: 0, name, args: args.map(({ expr }) => expr) } };
}

export function binary(left: Expression, op: '==' | '!=' | '<' | '&&' | '||', right: Expression): Expression {
  const source = `${left.source} ${op} ${right.source}`;
  return { source, expr: { kind: 'binary', at: 0, op, left: left.expr, right: right.expr } };
}

/** A template that is exactly one `${{ }}`. */
export function value(expression: Expression): Template {
  return { kind: 'value', expression };
}

export function plain(json: Json): Template {
  return { kind: 'literal', value: json };
}

export function object(entries: Readonly<Record<string, Template>>): Template {
  return { kind: 'object', entries: Object.entries(entries) };
}

export function list(items: readonly Template[]): Template {
  return { kind: 'list', items };
}
