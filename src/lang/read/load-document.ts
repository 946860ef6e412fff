/** Reads a document, and loads the full readers only when they are needed. Knows nothing that the readers do not know. */
import type { Reading } from '../../core/diagnostic/diagnostic.ts';
import type { Document } from '../../core/document.ts';
import { readPlainDocument } from './plain-document.ts';

/** As `readDocument`, after the readers that it takes are loaded. */
export function loadDocument(text: string, file: string): Promise<Reading<Document>> {
  const plain = readPlainDocument(text, file);
  if (plain !== null) return Promise.resolve({ value: plain, diagnostics: [] });
  return import('./document.ts').then(({ readDocument }) => readDocument(text, file));
}
