/** The shape of a function of the language: one description for the evaluator, the static check and the docs. Knows no function. */
import type { Json } from '../../json.ts';
import type { Capture } from '../ast.ts';
import type { Budget, Halt } from '../halt.ts';
import type { Type } from '../type.ts';
import { isList, type ListValue, type Value, type ValueKind } from '../value.ts';

export type FunctionGroup = 'github' | 'text' | 'number' | 'list' | 'object' | 'convert' | 'outside';

export interface Parameter {
  readonly name: string;
  /** The kinds of values that are taken; `any` leaves the check to the function. */
  readonly takes: readonly ValueKind[] | 'any' | 'lambda';
  readonly optional?: true;
  /** The last parameter may be given again, any number of times. */
  readonly rest?: true;
}

/** What a function may use beside its arguments. */
export interface CallContext {
  readonly budget: Budget;
  /** The lambda among the arguments, ready to call; its place among the values is taken by null. */
  readonly lambda: ((...values: readonly Value[]) => Value | Halt) | null;
  /** Something from outside: its value if it was captured, else the missing capture is noted. */
  capture(kind: Capture['kind'], args: readonly Json[]): Value | Halt;
  /** A context as the expression itself would see it. */
  context(name: string): Value | Halt;
  status(name: 'success' | 'failure' | 'cancelled'): Value | Halt;
}

export interface FunctionSpec {
  /** As documented; looked up without regard to case. */
  readonly name: string;
  readonly group: FunctionGroup;
  readonly parameters: readonly Parameter[];
  readonly result: Type;
  /** One sentence, for the docs and for editors. */
  readonly doc: string;
  readonly example?: string;
  /** `status`: says how the steps before went; stands only where conditions stand. `case`: evaluates only what it needs. */
  readonly special?: 'status' | 'case' | 'not-built';
  /** Secrets may be among the arguments. */
  readonly takesSecrets?: true;
  /** Arguments were checked against `parameters` before: a function may take those that must be given as given. */
  call(args: readonly Value[], context: CallContext): Value | Halt;
}

export function parameter(
  name: string,
  takes: Parameter['takes'],
  more: Pick<Parameter, 'optional' | 'rest'> = {},
): Parameter {
  return { name, takes, ...more };
}

/** How many arguments a function takes. */
export function arityOf(spec: FunctionSpec): { readonly min: number; readonly max: number } {
  const required = spec.parameters.filter((p) => !p.optional).length;
  return { min: required, max: spec.parameters.at(-1)?.rest ? Number.POSITIVE_INFINITY : spec.parameters.length };
}

/** The parameter that the argument at `index` is for. */
export function parameterAt(spec: FunctionSpec, index: number): Parameter | undefined {
  return spec.parameters[Math.min(index, spec.parameters.length - 1)];
}

/** `slice(value, start, end?)`. */
export function signatureOf(spec: FunctionSpec): string {
  const names = spec.parameters.map((p) => `${p.name}${p.rest ? '…' : ''}${p.optional ? '?' : ''}`);
  return `${spec.name}(${names.join(', ')})`;
}

// An argument was checked against its parameter before the call: anything else here is a bug in giga.
export function text(value: Value | undefined): string {
  if (typeof value !== 'string') throw new Error('Bug: an argument is no text');
  return value;
}
export function number(value: Value | undefined): number {
  if (typeof value !== 'number') throw new Error('Bug: an argument is no number');
  return value;
}
export function list(value: Value | undefined): ListValue {
  if (!isList(value)) throw new Error('Bug: an argument is no list');
  return value;
}
