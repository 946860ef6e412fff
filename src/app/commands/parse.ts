/** The command `giga parse FILE`: what a document is made of, before anything is checked or compiled. Reads no file itself. */
import type { Diagnostic } from '../../core/diagnostic/diagnostic.ts';
import { hasErrors } from '../../core/diagnostic/diagnostic.ts';
import type { DocumentKind, Section } from '../../core/document.ts';
import type { Json } from '../../core/json.ts';
import { jsonOf } from '../../lang/compile/tree.ts';
import { readDocument } from '../../lang/read/document.ts';
import { makeLocator } from '../../lang/read/locator.ts';
import { checkShape } from '../../lang/schema/check-shape.ts';

/** What `giga parse FILE --json` prints. */
export interface ParsedDocument {
  readonly file: string;
  /** Null when the text as such could not be read. */
  readonly kind: DocumentKind | null;
  /** Markdown: the frontmatter; YAML: the whole document. Null without one, or when it could not be read. */
  readonly frontmatter: Json;
  /** Markdown: the line on which the body begins, from 1. */
  readonly bodyLine: number | null;
  readonly sections: readonly ParsedSection[];
  readonly diagnostics: readonly Diagnostic[];
  readonly ok: boolean;
}

export interface ParsedSection {
  readonly title: string;
  readonly id: string | null;
  readonly level: number;
  /** Of its heading, from 1. */
  readonly line: number;
  readonly fences: readonly { readonly language: string; readonly line: number; readonly text: string }[];
}

/** Reads a text as the document that its file's name and content say it is. `file` is as the user names it, with `/`. */
export function parseDocument(text: string, file: string): ParsedDocument {
  const { value, diagnostics: read } = readDocument(text, file);
  const diagnostics = value === null ? read : [...read, ...checkShape(value)];
  const locator = makeLocator(text, file);
  const lineOf = (offset: number): number => locator.span([offset, offset]).start.line;
  return {
    file,
    kind: value?.kind ?? null,
    frontmatter: value === null || value.root === null ? null : jsonOf(value.root),
    bodyLine: value?.body?.line ?? null,
    sections: (value?.body?.sections ?? []).map((section) => toSection(section, lineOf)),
    diagnostics,
    ok: !hasErrors(diagnostics),
  };
}

function toSection(
  { title, id, level, headingRange, fences }: Section,
  lineOf: (offset: number) => number,
): ParsedSection {
  return {
    title,
    id: id ?? null,
    level,
    line: lineOf(headingRange[0]),
    fences: fences.map((fence) => ({ language: fence.language, line: lineOf(fence.range[0]), text: fence.text })),
  };
}
