/** Reads the files that a plan is made of: the workflow, those that it names, and their env-files. Compiles nothing. */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { type Diagnostic, problem } from '../core/diagnostic/diagnostic.ts';
import type { Document, MapTree } from '../core/document.ts';
import { bareObject } from '../core/json.ts';
import type { SourceFile } from '../lang/compile/index.ts';
import { readEnvFile } from './config/read-config.ts';
import type { Project } from './project.ts';
import { slashed } from './workspace.ts';

/** Bytes of a file that another one names: as much as a text of the greatest length may take. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Texts of files by absolute path: what a plan depends on besides the workflow itself. */
export type Texts = Map<string, string>;

/** The text of the workflow that is asked for. */
export function readSource(file: string, name: string): string | Diagnostic {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException; // what fs throws is an ErrnoException
    if (code === 'ENOENT')
      return problem('DOC_NOT_FOUND', `There is no file "${name}".`, {
        hint: 'Check the path, or see `giga run` for the workflows here.',
      });
    return problem('DOC_UNREADABLE', `"${name}" cannot be read: ${message}.`);
  }
}

/** A file that a workflow names; `path` is relative to the workspace root, or absolute. */
export async function readSourceFile(project: Project, path: string, texts: Texts): Promise<SourceFile> {
  const file = resolve(project.root, path);
  const name = slashed(project.cwd, file);
  const text = readRegular(file, name);
  if (typeof text !== 'string') return refused(text);
  texts.set(file, text);
  const { loadDocument } = await import('../lang/read/load-document.ts');
  const { value: document, diagnostics } = await loadDocument(text, name);
  const wrongKind = document === null ? null : refuseKind(document);
  // A prompt is no workflow; who names it says as what.
  if (wrongKind) return { document, diagnostics, refusal: wrongKind, ...(leadsOut(project.root, file) && LINK_OUT) };
  const envFiles = readEnvFiles(document?.root ?? null, file, project.cwd, texts);
  return { document, diagnostics: [...diagnostics, ...envFiles.diagnostics], envFiles: envFiles.variables };
}

const LINK_OUT = { isLinkOut: true } as const;

/** Whether what stands in the workspace is elsewhere in truth. */
function leadsOut(root: string, file: string): boolean {
  const path = relative(realpathSync(root), realpathSync(file));
  return path.split(sep)[0] === '..' || isAbsolute(path);
}

function refused(refusal: Diagnostic): SourceFile {
  return { document: null, diagnostics: [], refusal };
}

/** Reads nothing that has no end or takes long to come. */
function readRegular(file: string, name: string): string | Diagnostic {
  try {
    const stats = statSync(file);
    if (!stats.isFile())
      return problem('DOC_UNREADABLE', `"${name}" is a ${stats.isDirectory() ? 'folder' : 'device'}, not a file.`);
    if (stats.size > MAX_BYTES) return problem('DOC_LIMIT', `"${name}" is too large.`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException; // as above
    if (code === 'ENOENT' || code === 'ENOTDIR')
      return problem('PLAN_FILE_MISSING', `There is no file "${name}".`, {
        hint: 'The path is relative to the document that names it, and has an ending: `lib/deploy.yaml`.',
      });
    return problem('DOC_UNREADABLE', `"${name}" cannot be read: ${message}.`);
  }
}

export function refuseKind({ kind, file }: Document): Diagnostic | null {
  if (kind === 'workflow') return null;
  const hint = file.endsWith('.md')
    ? 'A workflow in Markdown begins with frontmatter that says `kind: workflow`.'
    : 'A workflow is a YAML file with `steps`.';
  return problem('DOC_NOT_A_WORKFLOW', `"${file}" is not a workflow but a document of kind \`${kind}\`.`, { hint });
}

interface EnvFiles {
  readonly variables: Readonly<Record<string, string>>;
  readonly diagnostics: readonly Diagnostic[];
}

/** The files that `env-files` of the workflow names, relative to the document; later ones win. */
export function readEnvFiles(root: MapTree | null, file: string, cwd: string, texts: Texts): EnvFiles {
  const tree = root?.entries.find((entry) => entry.key === 'env-files')?.value;
  const named = tree?.kind === 'list' ? tree.items : tree ? [tree] : [];
  const variables = bareObject<string>();
  const diagnostics: Diagnostic[] = [];
  for (const item of named) {
    if (item.kind !== 'scalar' || typeof item.value !== 'string') continue; // the shape check has said so
    const path = resolve(dirname(file), item.value);
    const read = readEnvFile(path, slashed(cwd, path));
    diagnostics.push(...read.diagnostics);
    for (const [key, { value }] of read.value ?? []) variables[key.slice(key.indexOf('.') + 1)] = String(value);
    if (read.value) texts.set(path, readFileSync(path, 'utf8'));
  }
  return { variables, diagnostics };
}
