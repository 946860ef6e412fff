/** Finds the files that `validate` is to check: paths, globs, names, or all of `workflows/`. Reads none of them. */
import { resolve } from 'node:path';
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import { findWorkflow, workflowNames } from '../workspace.ts';

/** Absolute paths, each once, in the order asked for. */
export async function filesToCheck(cwd: string, asked: readonly string[]): Promise<Result<readonly string[]>> {
  const files = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  for (const name of asked.length > 0 ? asked : workflowNames(cwd)) {
    const found = findWorkflow(cwd, name);
    if (found.ok) files.add(found.value);
    else if (/[*?[{]/.test(name)) {
      const matches = await expand(cwd, name);
      if (matches.length === 0) diagnostics.push(problem('CLI_FILE_NOT_FOUND', `No file matches "${name}".`));
      for (const match of matches) files.add(match);
    } else diagnostics.push(...found.diagnostics);
  }
  return diagnostics.length > 0 ? { ok: false, diagnostics } : { ok: true, value: [...files] };
}

async function expand(cwd: string, pattern: string): Promise<readonly string[]> {
  const { glob } = await import('tinyglobby');
  const found = await glob(pattern.replaceAll('\\', '/'), { cwd, ignore: ['**/node_modules/**', '**/.giga/**'] });
  return found.toSorted().map((file) => resolve(cwd, file));
}
