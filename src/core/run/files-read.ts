/** Asks for what the files are that a step reads. Knows neither globs nor a disk. */
import type { Template } from '../expr/ast.ts';
import { captureKey } from '../expr/evaluate.ts';
import type { Json } from '../json.ts';
import { type FilesRead, type FilesRequest, readFilesRead } from '../plan/files.ts';
import { type Answer, evaluateFor } from './evaluation.ts';
import type { Node } from './node.ts';
import type { Run } from './run.ts';
import { TREE_KEY } from './saved-tree.ts';
import { sceneOf } from './scene.ts';

/** The state of the files that a step names; null where it names none. */
export function filesRead(run: Run, node: Node, template: Template | undefined): Answer<FilesRead | null> {
  if (template === undefined) return { kind: 'value', value: null };
  const asked = evaluateFor(run, node, template, sceneOf(node));
  if (asked.kind !== 'value') return asked;
  const { cwd, globs } = asked.value as unknown as FilesRequest; // the compiler makes nothing else
  const args = [cwd, ...globs];
  const key = captureKey('files', args);
  const value = node.captured?.get(key);
  if (value !== undefined) return { kind: 'value', value: readFilesRead(value) };
  const refused = node.refused?.get(key);
  if (refused !== undefined) return { kind: 'error', diagnostic: refused };
  return { kind: 'missing', captures: [{ key, kind: 'files', args }] };
}

/** What a step takes over of the values that were captured for it: not its files, nor a tree of the workspace, which are others by now. */
export function withoutFiles(captured: ReadonlyMap<string, Json> | null): Map<string, Json> | null {
  const others = [...(captured ?? [])].filter(([key]) => !isOfFiles(key));
  return others.length === 0 ? null : new Map(others); // nothing at all is as if it had never looked
}

/** A writer took the run over: what has not ended looks at its files anew, and begins with a tree of its own. */
export function forgetFiles(run: Run): void {
  for (const node of run.nodes) {
    if (node === undefined || node.state === 'settled' || node.captured === null) continue;
    node.captured = withoutFiles(node.captured);
    for (const key of node.refused?.keys() ?? []) if (isOfFiles(key)) node.refused?.delete(key);
    node.resolved = null;
  }
}

function isOfFiles(key: string): boolean {
  return key === TREE_KEY || key.startsWith(FILES_KEY);
}

/** The folder and the globs of a captured value that tells of files; null for another one. */
export function filesAsked(key: string): readonly string[] | null {
  return key.startsWith(FILES_KEY) ? (JSON.parse(key.slice(FILES_KEY.length - 1)) as readonly string[]) : null; // as it was made
}

const FILES_KEY = captureKey('files', []).slice(0, -1);
