/** Finds what an expression reads, as the compiler tells reads apart: steps by id, steps as a whole, secrets, status functions. Knows no scopes. */
import type { Expr } from '../../core/expr/ast.ts';
import { childrenOf, type Reference, references } from '../../core/expr/references.ts';

const STATUS_FUNCTIONS: readonly string[] = ['success', 'failure', 'cancelled', 'always'];

/** `at` and `length` are those of the read in the expression's source. */
interface At {
  readonly at: number;
  readonly length: number;
}

export type Read = At &
  (
    | { readonly kind: 'step'; readonly context: 'steps' | 'needs'; readonly id: string }
    /** `steps.*`, `steps[expression]`, or `steps` as a value. */
    | { readonly kind: 'whole'; readonly context: 'steps' | 'needs' }
    /** The name is null where it is not written in the expression. */
    | { readonly kind: 'secret'; readonly name: string | null }
    /** Any other context. */
    | { readonly kind: 'context'; readonly name: string }
    | { readonly kind: 'status'; readonly name: string }
  );

export function readsOf(expr: Expr): readonly Read[] {
  return [...references(expr).map(readOf), ...statusesOf(expr)];
}

/** Names of contexts have no case. */
function readOf({ path, expr }: Reference): Read {
  const [written = '', member] = path;
  const context = written.toLowerCase();
  const whole = { at: expr.at, length: written.length };
  const part = placeOfMember(expr);
  if (context === 'steps' || context === 'needs') {
    return member === undefined ? { kind: 'whole', context, ...whole } : { kind: 'step', context, id: member, ...part };
  }
  if (context === 'secrets') return { kind: 'secret', name: member ?? null, ...(member === undefined ? whole : part) };
  return { kind: 'context', name: context, ...whole };
}

/** Where the name of the first member stands in `steps.build.outputs`. */
function placeOfMember(expr: Expr): At {
  let at = expr;
  while ((at.kind === 'member' || at.kind === 'index' || at.kind === 'wildcard') && at.of.kind !== 'name') at = at.of;
  if (at.kind === 'member') return { at: at.nameAt ?? at.at, length: at.name.length };
  const index = at.kind === 'index' && at.index.kind === 'literal' ? at.index : null;
  return index === null ? { at: at.at, length: 1 } : { at: index.at, length: String(index.value).length + 2 };
}

/** The grammar bounds the depth of an expression. */
function statusesOf(expr: Expr): readonly Read[] {
  const own = expr.kind === 'call' && STATUS_FUNCTIONS.includes(expr.name.toLowerCase());
  const inner = childrenOf(expr).flatMap(statusesOf);
  if (!own) return inner;
  return [{ kind: 'status', name: expr.name.toLowerCase(), at: expr.at, length: expr.name.length + 2 }, ...inner];
}
