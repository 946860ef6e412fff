/** Reads a file's text as a document: its kind, its YAML, and for Markdown its sections. Knows names of files, not the file system. */
import { type Diagnostic, problem, type Reading } from '../../core/diagnostic/diagnostic.ts';
import type { Document, DocumentKind, Locator, MapTree, Tree } from '../../core/document.ts';
import { isMarkdown, isSpecFolder, yamlKind } from './document-kind.ts';
import { type Frontmatter, findFrontmatter } from './frontmatter.ts';
import { makeLocator } from './locator.ts';
import { readSections } from './markdown.ts';
import { checkText } from './text.ts';
import { readYaml } from './yaml.ts';

/**
 * Reads the text of `file` (as the user would name it: relative to the working folder, with `/`). There is a document unless
 * the text as such is unusable; where its YAML could not be read, `root` is null and a diagnostic says why.
 */
export function readDocument(text: string, file: string): Reading<Document> {
  const locator = makeLocator(text, file);
  const bad = checkText(text, locator);
  if (bad !== null) return { value: null, diagnostics: [bad] };
  return isMarkdown(file) ? readMarkdown(text, file, locator) : readYamlDocument(text, file, locator);
}

function readYamlDocument(text: string, file: string, locator: Locator): Reading<Document> {
  const { value, diagnostics } = readYaml(text, file);
  const { root, problems } = rootOf(value, diagnostics, locator, true);
  return { value: { kind: yamlKind(file), file, text, root }, diagnostics: problems };
}

/** A document's top level must be a map; nothing at all is a problem only where it is wanted. */
function rootOf(
  value: Tree | null,
  diagnostics: readonly Diagnostic[],
  locator: Locator,
  isWanted: boolean,
): { readonly root: MapTree | null; readonly problems: readonly Diagnostic[] } {
  if (value?.kind === 'map') return { root: value, problems: diagnostics };
  if (diagnostics.length > 0) return { root: null, problems: diagnostics };
  const isEmpty = value === null || (value.kind === 'scalar' && value.value === null);
  if (isEmpty && !isWanted) return { root: null, problems: [] };
  const more = { at: locator.span(value?.range ?? [0, 0]), hint: 'Begin with keys such as `name:` and `steps:`.' };
  if (isEmpty) return { root: null, problems: [problem('DOC_EMPTY', 'The document is empty.', more)] };
  const what = value.kind === 'list' ? 'a list' : 'a single value';
  return {
    root: null,
    problems: [problem('DOC_NOT_A_MAP', `A document is a map of keys, and this is ${what}.`, more)],
  };
}

function readMarkdown(text: string, file: string, locator: Locator): Reading<Document> {
  const front = findFrontmatter(text);
  const { root, problems } = readFrontmatter(text, file, front, locator);
  const offset = front.kind === 'yaml' ? front.body : text.charCodeAt(0) === 0xfeff ? 1 : 0;
  const line = locator.span([offset, offset]).start.line;
  const { kind, unknown } = markdownKind(root, file, locator);
  const body = { line, offset, sections: readSections(text, offset) };
  return { value: { kind, file, text, root, body }, diagnostics: unknown === null ? problems : [...problems, unknown] };
}

function readFrontmatter(text: string, file: string, front: Frontmatter, locator: Locator): ReturnType<typeof rootOf> {
  if (front.kind === 'none') return { root: null, problems: [] };
  if (front.kind === 'refused') {
    const message = `Frontmatter in \`${front.engine}\` is refused: it is YAML only.`;
    const at = locator.span(front.range);
    return {
      root: null,
      problems: [problem('DOC_FRONTMATTER', message, { at, hint: 'Write `---` alone, and YAML below it.' })],
    };
  }
  const { value, diagnostics } = readYaml(text, file, { range: front.yaml });
  return rootOf(value, diagnostics, locator, false);
}

const KINDS: readonly DocumentKind[] = ['workflow', 'spec', 'prompt'];

/** What the frontmatter says a Markdown file is; without it, a spec in a folder `specs`, plain Markdown elsewhere. */
function markdownKind(
  root: MapTree | null,
  file: string,
  locator: Locator,
): { readonly kind: DocumentKind; readonly unknown: Diagnostic | null } {
  const value = root?.entries.find((entry) => entry.key === 'kind')?.value;
  if (value === undefined) return { kind: isSpecFolder(file) ? 'spec' : 'markdown', unknown: null };
  const kind = KINDS.find((one) => value.kind === 'scalar' && value.value === one);
  if (kind !== undefined) return { kind, unknown: null };
  const shown = value.kind === 'scalar' ? `\`${value.source}\`` : `a ${value.kind}`;
  const hint = 'It is `workflow`, `spec` or `prompt`.';
  const unknown = problem('DOC_UNKNOWN_KIND', `No kind of document is called ${shown}.`, {
    at: locator.span(value.range),
    hint,
  });
  return { kind: 'markdown', unknown };
}
