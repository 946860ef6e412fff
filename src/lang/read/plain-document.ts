/** Reads what needs neither `yaml` nor `gray-matter`: most workflows. Loading those two takes longer than starting such a workflow. */
import type { Document } from '../../core/document.ts';
import { isMarkdown, yamlKind } from './document-kind.ts';
import { makeLocator } from './locator.ts';
import { readPlainYaml } from './plain-yaml.ts';
import { checkText } from './text.ts';

/** What `readDocument` would give, without any problem; null when only `readDocument` can tell. */
export function readPlainDocument(text: string, file: string): Document | null {
  if (isMarkdown(file) || checkText(text, makeLocator(text, file)) !== null) return null;
  const root = readPlainYaml(text, [text.charCodeAt(0) === 0xfeff ? 1 : 0, text.length]);
  return root === null ? null : { kind: yamlKind(file), file, text, root };
}
