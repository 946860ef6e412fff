/** What every pass of a compilation shares: the document, the options and the list of problems. */
import type { ModelBook } from '../../core/claude/models.ts';
import type { Code } from '../../core/diagnostic/catalog.ts';
import { type Diagnostic, problem, type Span, warning } from '../../core/diagnostic/diagnostic.ts';
import type { Document, Locator, Range } from '../../core/document.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { MAX_PROBLEMS } from '../read/limits.ts';
import type { Use } from '../taint/use.ts';
import type { Family, PluginSource, Role, SourceFile } from './family.ts';

/** Plain values of `giga.yaml` and the user's file, merged, as written there. */
export interface ConfigLayer {
  readonly env?: Readonly<Record<string, string>>;
  readonly vars?: JsonObject;
  /** The keys of `defaults:` in a workflow. */
  readonly defaults?: JsonObject;
  readonly profiles?: Readonly<
    Record<string, { readonly env?: Readonly<Record<string, string>>; readonly inputs?: JsonObject }>
  >;
  readonly concurrency?: number;
  /** MCP servers by name, ready for a request; with a `fault` where one cannot be used. */
  readonly mcp?: JsonObject;
  /** Plugins as `giga.yaml` names them, by name; paths from the workspace root. */
  readonly plugins?: JsonObject;
  readonly models?: ModelBook;
}

export interface CompileOptions {
  /** The document relative to the workspace root, with `/`; default `document.file`. */
  readonly file?: string;
  readonly config?: ConfigLayer;
  /** The name given with `--profile`. */
  readonly profile?: string;
  /** Variables of the files that the workflow's `env-files` name, later files already over earlier ones. */
  readonly envFiles?: Readonly<Record<string, string>>;
  /** `--var`, over those of the config. */
  readonly vars?: Readonly<Record<string, Json>>;
  /** `--concurrency`, over what the workflow says. */
  readonly concurrency?: number;
  /** Where text of models, servers and the web comes to is asked for afterwards. */
  readonly security?: true;
  /** The files that workflows name, by their path as the compiler asks for it. */
  readonly files?: ReadonlyMap<string, SourceFile>;
  /** The plugins that steps use, by the path of their file as the compiler asks for it. */
  readonly plugins?: ReadonlyMap<string, PluginSource>;
}

export type More = Omit<Partial<Diagnostic>, 'code' | 'message' | 'at' | 'severity'>;

export interface Compilation {
  readonly document: Document;
  readonly locator: Locator;
  readonly options: CompileOptions;
  /** The file relative to the workspace root, with `/`. */
  readonly file: string;
  readonly family: Family;
  readonly role: Role;
  /** The expressions that were compiled, in the order of compiling; kept only where unchecked text may come to one. */
  readonly uses: { isKept: boolean; readonly list: Use[] };
  error(code: Code, message: string, at: Range | Span, more?: More): void;
  warn(code: Code, message: string, at: Range | Span, more?: More): void;
  /** A value of the wrong shape that the compiler cannot use. Told only where the shape check has found nothing, since it says such things better. */
  malformed(at: Range, message: string, hint?: string): void;
  problems(): readonly Diagnostic[];
  /** As many problems as a person reads are found: what costs time to say well need not be said. */
  isFull(): boolean;
}

export function makeCompilation(
  parts: Pick<Compilation, 'document' | 'locator' | 'options' | 'file' | 'family' | 'role'>,
  before: readonly Diagnostic[],
): Compilation {
  const { locator } = parts;
  const found: Diagnostic[] = [];
  const malformed: Diagnostic[] = [];
  let unlisted = 0;
  const spanOf = (at: Range | Span): Span => ('file' in at ? at : locator.span(at));
  const isFull = (): boolean => found.length >= MAX_PROBLEMS;
  const list = (make: typeof problem, code: Code, message: string, at: Range | Span, more: More): void => {
    if (isFull()) unlisted += 1;
    else found.push(make(code, message, { ...more, at: spanOf(at) }));
  };
  return {
    ...parts,
    uses: { isKept: false, list: [] },
    isFull,
    error: (code, message, at, more = {}) => list(problem, code, message, at, more),
    warn: (code, message, at, more = {}) => list(warning, code, message, at, more),
    malformed(at, message, hint) {
      if (malformed.length >= MAX_PROBLEMS) return;
      malformed.push(
        problem('PLAN_MALFORMED', message, { at: locator.span(at), ...(hint === undefined ? {} : { hint }) }),
      );
    },
    problems() {
      const shape = withoutRetold(before, found);
      const untold = shape.some(({ severity }) => severity === 'error') ? [] : malformed;
      const listed = inOrder([...shape, ...found, ...untold]);
      if (unlisted === 0) return listed;
      const word = unlisted === 1 ? 'problem' : 'problems';
      return [...listed, problem('DOC_MORE_PROBLEMS', `The document has ${unlisted} more ${word}.`)];
    },
  };
}

/** The shape check knows that `timeout: 10` is no text; the compiler knows that it is no duration, which says more. */
function withoutRetold(shape: readonly Diagnostic[], found: readonly Diagnostic[]): readonly Diagnostic[] {
  const told = new Set(
    found.flatMap(({ code, at }) => (code.startsWith('PLAN_BAD_') && at !== undefined ? [at.start.offset] : [])),
  );
  return shape.filter(({ at }) => at === undefined || !told.has(at.start.offset));
}

/** By place, errors and warnings alike; those without a place come first. */
function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.toSorted((a, b) => (a.at?.start.offset ?? -1) - (b.at?.start.offset ?? -1));
}
