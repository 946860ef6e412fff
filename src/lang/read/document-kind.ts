/** What a file's name says about the kind of its document. */
import type { DocumentKind } from '../../core/document.ts';

/** Whether a file is Markdown: by its extension, of which some tools have their own. */
export function isMarkdown(file: string): boolean {
  return /\.(?:md|markdown|mdx|mdc|prompt|prompty)$/i.test(file);
}

/** Whether a Markdown file without a `kind` is a spec: it stands somewhere below a folder `specs`. */
export function isSpecFolder(file: string): boolean {
  return file.split(/[\\/]/).slice(0, -1).includes('specs');
}

export function yamlKind(file: string): DocumentKind {
  const name = file.split(/[\\/]/).at(-1) ?? '';
  if (/^giga\.ya?ml$/.test(name)) return 'config';
  return /\.test\.ya?ml$/.test(name) ? 'test' : 'workflow';
}
