/** An expression where it stands in a document, kept for the question what may reach it. Knows no taint. */
import type { ScalarTree } from '../../core/document.ts';
import type { Expression } from '../../core/expr/ast.ts';
import type { Place } from '../compile/place.ts';

export interface Use {
  readonly place: Place;
  readonly expression: Expression;
  /** `from` is where its source begins in the scalar's value. */
  readonly scalar: ScalarTree;
  readonly from: number;
  /** A program that may run the value, or `''` where the value is the program itself. */
  readonly runs?: string;
}
