/** A parsed file with positions: what readers give and what checks and the compiler take. Knows no keys and no meaning. */
import type { Span } from './diagnostic/diagnostic.ts';

/** A half-open stretch of the file's text, in UTF-16 units from 0. */
export type Range = readonly [start: number, end: number];

/** A value of a YAML text (or of a Markdown section) with its place. Map keys are always text. */
export type Tree = ScalarTree | ListTree | MapTree;

export interface ScalarTree {
  readonly kind: 'scalar';
  readonly range: Range;
  readonly value: null | boolean | number | string;
  /** As it stands in the file for plain scalars (`3.10` stays `3.10`); the text itself for quoted and block ones. */
  readonly source: string;
  readonly style: 'plain' | 'single' | 'double' | 'literal' | 'folded';
}
export interface ListTree {
  readonly kind: 'list';
  readonly range: Range;
  readonly items: readonly Tree[];
}
export interface MapTree {
  readonly kind: 'map';
  readonly range: Range;
  readonly entries: readonly MapEntry[];
}
export interface MapEntry {
  readonly key: string;
  readonly keyRange: Range;
  readonly value: Tree;
}

export type DocumentKind = 'workflow' | 'spec' | 'prompt' | 'test' | 'config' | 'markdown';

/** One `## heading` of a Markdown body with what stands below it, up to the next heading of its level or above. */
export interface Section {
  /** The heading's text, without `{#id}`. */
  readonly title: string;
  /** The id given by `{#id}`, or the title when it is one itself. */
  readonly id?: string;
  readonly level: number;
  readonly headingRange: Range;
  /** The text below the heading. */
  readonly bodyRange: Range;
  readonly fences: readonly Fence[];
}
export interface Fence {
  /** The first word of the info string, lower case; '' when there is none. */
  readonly language: string;
  readonly range: Range;
  readonly text: string;
  readonly textRange: Range;
}

export interface Document {
  readonly kind: DocumentKind;
  /** As the user would name it: relative to the working folder, with `/`. */
  readonly file: string;
  readonly text: string;
  /** The YAML of the file, or of its frontmatter; null for a Markdown file without one. */
  readonly root: MapTree | null;
  /** Markdown only: line (from 1) and offset where the body begins, and its sections. */
  readonly body?: { readonly line: number; readonly offset: number; readonly sections: readonly Section[] };
}

/** Turns offsets into lines and columns; made once per document. */
export interface Locator {
  span(range: Range): Span;
  /** The span of a part of a scalar's *value* (`from`, `to` in units of the value), which escapes, indents and folds move about in the file. */
  spanIn(scalar: ScalarTree, from: number, to: number): Span;
}
