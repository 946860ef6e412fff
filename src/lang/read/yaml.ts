/**
 * Reads YAML (1.2, core schema) into a Tree with places in the file. Knows no keys and no meaning.
 *
 * A text goes through three gates: its size and characters; the quick reader for plain YAML; and, when that gives up, a look
 * over the lexical tokens (limits, tags, several documents) before the `yaml` package parses and composes them. Its
 * nodes become the Tree in yaml-tree.ts. A text with a syntax error has no value and one diagnostic.
 */
import { type Diagnostic, problem, type Reading } from '../../core/diagnostic/diagnostic.ts';
import type { Locator, Range, Tree } from '../../core/document.ts';
import { composeYaml, type SyntaxProblem } from './compose-yaml.ts';
import { MAX_PROBLEMS } from './limits.ts';
import { makeLocator } from './locator.ts';
import { readPlainYaml } from './plain-yaml.ts';
import { checkText } from './text.ts';
import { lastQuote, scanTokens, type TokenProblem } from './yaml-tokens.ts';
import { toTree } from './yaml-tree.ts';

export interface YamlOptions {
  /** The part of the text that is YAML, such as frontmatter; default all of it. Places are those of the whole text. */
  readonly range?: Range;
}

/** Reads the YAML value in a text. `file` is named in diagnostics. The value is null for an empty text and for one with a syntax error. */
export function readYaml(text: string, file: string, { range }: YamlOptions = {}): Reading<Tree> {
  const locator = makeLocator(text, file);
  const bad = checkText(text, locator);
  if (bad !== null) return { value: null, diagnostics: [bad] };
  const whole: Range = range ?? [text.charCodeAt(0) === 0xfeff ? 1 : 0, text.length];
  const quick = readPlainYaml(text, whole);
  return quick === null ? readFully(text, whole, locator) : { value: quick, diagnostics: [] };
}

/** Reads with the full parser. Exported for the test that compares both. */
export function readFully(text: string, [base, end]: Range, locator: Locator): Reading<Tree> {
  const part = base === 0 && end === text.length ? text : text.slice(base, end);
  const scan = scanTokens(part, base);
  const found = scan.problems.map((one) => toDiagnostic(one, locator));
  if (scan.problems.some((one) => one.isFatal === true)) return { value: null, diagnostics: found.slice(-1) };
  // The look at the tokens ended early, too.
  if (found.length >= MAX_PROBLEMS) return { value: null, diagnostics: found };
  const content = composeYaml(scan.tokens);
  if (content !== null && 'code' in content) {
    const opening = isUnclosedQuote(content) ? lastQuote(scan.tokens) : null;
    const first =
      opening === null ? syntaxProblem(content, text, base, locator) : unclosedQuote(base + opening, locator);
    return { value: null, diagnostics: found.length > 0 ? found : [first] };
  }
  if (content === null) return { value: null, diagnostics: found };
  const { tree, diagnostics } = toTree(content, { text, base, locator });
  return { value: tree, diagnostics: [...found, ...diagnostics] };
}

function toDiagnostic(found: TokenProblem, locator: Locator): Diagnostic {
  const { code, message, range, hint, label } = found;
  return problem(code, message, {
    at: locator.span(range),
    ...(hint === undefined ? {} : { hint }),
    ...(label === undefined ? {} : { label }),
  });
}

function isUnclosedQuote({ code, message }: SyntaxProblem): boolean {
  return code === 'MISSING_CHAR' && /quote/.test(message);
}

/** A quote that is never closed is missed at the end of the text, which helps nobody: the last one that was opened is named. */
function unclosedQuote(offset: number, locator: Locator): Diagnostic {
  return problem('DOC_YAML_SYNTAX', 'This is not valid YAML: a quote is opened here and never closed.', {
    at: locator.span([offset, offset + 1]),
    hint: 'Write the same quote at the end of the text.',
  });
}

/** The one diagnostic for the first error of the parser, in words of a user. */
function syntaxProblem(
  { code, message, range }: SyntaxProblem,
  text: string,
  base: number,
  locator: Locator,
): Diagnostic {
  const start = Math.min(base + range[0], text.length);
  const lineEnd = text.indexOf('\n', start);
  const stop = Math.min(base + range[1], lineEnd === -1 ? text.length : lineEnd);
  const at = locator.span([start, Math.max(stop, Math.min(start + 1, text.length))]);
  if (code === 'TOO_DEEP') return problem('DOC_LIMIT', 'The document is nested too deep.', { at });
  if (code === 'TAB_AS_INDENT')
    return problem('DOC_TAB', 'Tabs are not allowed as indentation.', { at, hint: 'Use spaces.' });
  const hint = SYNTAX_HINTS[code];
  return problem(
    'DOC_YAML_SYNTAX',
    `This is not valid YAML: ${lowerFirst(message)}.`,
    hint === undefined ? { at } : { at, hint },
  );
}

function lowerFirst(text: string): string {
  const line = text.split('\n', 1)[0] ?? '';
  return `${line.charAt(0).toLowerCase()}${line.slice(1)}`.replace(/[.:]$/, '');
}

const SYNTAX_HINTS: Readonly<Partial<Record<SyntaxProblem['code'], string>>> = {
  BAD_INDENT: 'Keys of one map, and dashes of one list, must begin in the same column.',
  BLOCK_AS_IMPLICIT_KEY: 'A text that holds `: ` must be quoted.',
  MULTILINE_IMPLICIT_KEY: 'The line before has no `:` behind its key, or its text goes on here: quote it, or use `|`.',
  MISSING_CHAR: 'Close what was opened: a quote or a bracket, or put a blank behind `:`.',
  UNEXPECTED_TOKEN: 'Quote a text that holds `[ ] { } , : #` or begins with a special character.',
  BAD_SCALAR_START: 'A text that begins with this character must be quoted.',
  BAD_DQ_ESCAPE: 'In double quotes `\\` begins an escape: write `\\\\` for a backslash, or use single quotes.',
  BAD_ALIAS: 'A text that begins with `*` must be quoted.',
};
