/** What shows that a step did what it was there for: what it ensures, and how giga finds out whether its effect has happened. Knows no one who looks. */
import type { Expression, Template } from '../expr/ast.ts';
import type { Manner } from './plan.ts';

/** Asked like an attempt of its own. */
export interface Probe extends Manner {
  readonly kind: 'probe';
  /** The name of the step type, and what evaluates to its request. */
  readonly action: 'run' | 'http';
  readonly with: Template;
  /** As written, in a line. */
  readonly source: string;
}

/** What must be true after the work of a step; each evaluates with `self`. */
export type Ensure =
  | { readonly kind: 'output'; readonly holds: Expression }
  /** Globs: each finds a file; a file that matches was made, changed or removed. `cwd`: what they are relative to, absent the root. */
  | { readonly kind: 'exists' | 'files-changed'; readonly globs: Template; readonly cwd?: Template }
  /** The commit that is checked out is another one than before. */
  | { readonly kind: 'commit' }
  | Probe;

/** How giga finds out whether an effect has happened. */
export type Verify = { readonly kind: 'condition'; readonly holds: Expression } | Probe;
