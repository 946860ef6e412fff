/** Finds the workspace a file belongs to, and the file that a name means. Looks at the disk; reads no file. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { type Diagnostic, problem, type Result } from '../core/diagnostic/diagnostic.ts';

const ENDINGS = ['.yaml', '.yml', '.md'];

/** The nearest parent of `folder` with `giga.yaml`, else with `.git`, else `folder` itself (language-rules 11). */
export function findRoot(folder: string): string {
  return nearestWith(folder, 'giga.yaml') ?? nearestWith(folder, '.git') ?? folder;
}

function nearestWith(folder: string, name: string): string | null {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, name))) return at;
    if (dirname(at) === at) return null;
  }
}

/** A path relative to `from`, with `/`; paths that leave it stay absolute. */
export function slashed(from: string, path: string): string {
  const inside = relative(from, path);
  const outside = isAbsolute(inside) || inside.split(sep)[0] === '..';
  return (outside ? path : inside).replaceAll(sep, '/');
}

/** The workflow file that `name` means: a path, or the name of a file in `workflows/`. Absolute. */
export function findWorkflow(cwd: string, name: string): Result<string> {
  const path = resolve(cwd, name);
  if (isFile(path)) return { ok: true, value: path };
  if (/^[\w.-]+$/.test(name)) {
    const folders = [join(cwd, 'workflows'), join(findRoot(cwd), 'workflows')];
    const found = folders.flatMap((folder) => ENDINGS.map((ending) => join(folder, name + ending))).find(isFile);
    if (found) return { ok: true, value: found };
  }
  return { ok: false, diagnostics: [notFound(cwd, name)] };
}

/** Names by which `giga run NAME` finds a workflow here, sorted. */
export function workflowNames(cwd: string): string[] {
  const folders = new Set([join(cwd, 'workflows'), join(findRoot(cwd), 'workflows')]);
  const files = [...folders].filter(existsSync).flatMap((folder) => readdirSync(folder));
  const named = files.filter((file) => ENDINGS.includes(extname(file)) && !file.endsWith('.test.yaml'));
  return [...new Set(named.map((file) => basename(file, extname(file))))].toSorted();
}

function notFound(cwd: string, name: string): Diagnostic {
  if (!isFolder(cwd)) return problem('DOC_NOT_FOUND', `There is no folder "${cwd}" to work in.`);
  if (isFolder(resolve(cwd, name)))
    return problem('DOC_NOT_FOUND', `"${name}" is a folder, not a workflow.`, { hint: 'Name a file in it.' });
  const known = workflowNames(cwd);
  const hint =
    known.length > 0
      ? `Workflows here: ${known.join(', ')}.`
      : 'Give the path of a workflow file, or make one with `giga init`.';
  return problem('DOC_NOT_FOUND', `There is no workflow "${name}".`, { hint });
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
