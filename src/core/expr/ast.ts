/** Expressions and templates as plain JSON, the form in which a Plan carries them. Knows no text syntax and no values. */
import type { Json } from '../json.ts';

export type BinaryOperator = '||' | '&&' | '??' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '%';

/** One node of an expression. `at` is the offset of the node's first character in the expression's source. */
export type Expr =
  | { readonly kind: 'literal'; readonly at: number; readonly value: null | boolean | number | string }
  /** A context (`inputs`), a parameter of an enclosing lambda, or the constants `NaN` and `Infinity`, which no JSON number can hold. */
  | { readonly kind: 'name'; readonly at: number; readonly name: string }
  /** `nameAt` is the offset of the name behind the dot. */
  | { readonly kind: 'member'; readonly at: number; readonly of: Expr; readonly name: string; readonly nameAt?: number }
  | { readonly kind: 'index'; readonly at: number; readonly of: Expr; readonly index: Expr }
  /** `.*` or `[*]`. */
  | { readonly kind: 'wildcard'; readonly at: number; readonly of: Expr }
  | { readonly kind: 'unary'; readonly at: number; readonly op: '!' | '-' | '+'; readonly of: Expr }
  | {
      readonly kind: 'binary';
      readonly at: number;
      readonly op: BinaryOperator;
      readonly left: Expr;
      readonly right: Expr;
    }
  | { readonly kind: 'choice'; readonly at: number; readonly test: Expr; readonly yes: Expr; readonly no: Expr }
  /** `name` is as written; functions are looked up without regard to case. */
  | { readonly kind: 'call'; readonly at: number; readonly name: string; readonly args: readonly Expr[] }
  /** Only as an argument of a function that takes one. */
  | { readonly kind: 'lambda'; readonly at: number; readonly params: readonly string[]; readonly body: Expr }
  | { readonly kind: 'list'; readonly at: number; readonly items: readonly Expr[] }
  | { readonly kind: 'object'; readonly at: number; readonly entries: readonly (readonly [string, Expr])[] };

/** An expression with the text that it came from (without `${{ }}`), which messages and skip causes quote. */
export interface Expression {
  readonly source: string;
  readonly expr: Expr;
}

/**
 * A value that is known when it is evaluated.
 * - `literal`: itself. - `value`: exactly one `${{ }}`, which keeps its type.
 * - `text`: pieces joined to a text; `nulls: 'refuse'` makes a null among them a failure (STEP_NULL_VALUE); a list or object is always one.
 * - `list`, `object`: of templates. - `argv`: a list of texts in which an item that is exactly one list is spread, and null is refused.
 */
export type Template =
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'value'; readonly expression: Expression }
  | { readonly kind: 'text'; readonly parts: readonly (string | Expression)[]; readonly nulls: 'empty' | 'refuse' }
  | { readonly kind: 'list'; readonly items: readonly Template[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [string, Template])[] }
  | { readonly kind: 'argv'; readonly items: readonly Template[] };

/** Something from outside that a pure evaluation needs. `key` is canonical: equal captures have equal keys. */
export interface Capture {
  readonly key: string;
  /**
   * Who answers. The last five are asked for by no expression: what a step reads, the workspace as it is before a step, that a
   * worktree is merged, what files there are and what is in them, and the commit that is checked out.
   */
  readonly kind:
    | 'hashFiles'
    | 'glob'
    | 'readFile'
    | 'git'
    | 'now'
    | 'env-run'
    | 'files'
    | 'tree'
    | 'merge'
    | 'state'
    | 'head';
  readonly args: readonly Json[];
}

/** A text of which parts are secrets. Only its host puts the values in; journals and fingerprints hold the names alone. */
export interface SecretText {
  readonly secretText: readonly (string | { readonly secret: string })[];
}

/** The call by which a compiler writes `env: { NAME: { run: command } }`. No function has this name, so no document can call it. */
export const ENV_RUN_CALL = '__envRun';
