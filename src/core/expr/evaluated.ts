/** What an evaluation ends with. Knows no nodes. */
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { Capture } from './ast.ts';
import { type Budget, Halt } from './halt.ts';
import type { Value } from './value.ts';

/** `missing`: these captures must be made first, then evaluate anew. It names as many as can be known now. */
export type Evaluated<T = Value> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'missing'; readonly captures: readonly Capture[] }
  | { readonly kind: 'error'; readonly error: Diagnostic };

/** Turns what the interpreter gave into a result. */
export function conclude<T>(outcome: T | Halt, budget: Budget): Evaluated<T> {
  if (!(outcome instanceof Halt)) return { kind: 'value', value: outcome };
  if (outcome.error) return { kind: 'error', error: outcome.error };
  return { kind: 'missing', captures: budget.captures };
}
