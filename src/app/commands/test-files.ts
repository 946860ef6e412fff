/** Finds the files of tests that are meant: paths, globs, or all below the working folder. Reads none of them. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';

const ALL = '**/*.test.{yaml,yml}';
const IGNORED = ['**/node_modules/**', '**/.giga/**', '**/.git/**'];

/** Absolute paths, each once, in order; never none. `release` finds `release.test.yaml`, also in `workflows/`. */
export async function testFiles(cwd: string, asked: readonly string[]): Promise<Result<readonly string[]>> {
  const { glob } = await import('tinyglobby');
  const find = async (pattern: string): Promise<readonly string[]> =>
    (await glob(pattern.replaceAll('\\', '/'), { cwd, ignore: IGNORED }))
      .toSorted()
      .map((file) => resolve(cwd, file))
      .filter((file) => !isOfPlugin(file));
  const files = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  for (const name of asked.length > 0 ? asked : [ALL]) {
    const named = [name, `${name}.test.yaml`, `workflows/${name}.test.yaml`].map((file) => resolve(cwd, file));
    const own = /[*?{[]/.test(name) ? undefined : named.find((file) => /\.test\.ya?ml$/.test(file) && existsSync(file));
    const found = own === undefined ? (/[*?{[]/.test(name) ? await find(name) : []) : [own];
    if (found.length === 0) diagnostics.push(notFound(name, asked.length > 0));
    for (const file of found) files.add(file);
  }
  return diagnostics.length > 0 ? { ok: false, diagnostics } : { ok: true, value: [...files] };
}

/** The cases of a plugin stand beside it: those are for `giga plugin test`. */
function isOfPlugin(file: string): boolean {
  const stem = file.replace(/\.test\.ya?ml$/, '');
  const isThere = (endings: readonly string[]): boolean => endings.some((ending) => existsSync(stem + ending));
  return isThere(['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs']) && !isThere(['.yaml', '.yml', '.md']);
}

function notFound(name: string, isNamed: boolean): Diagnostic {
  if (isNamed)
    return problem('TEST_NOT_FOUND', `There is no test file "${name}".`, { hint: 'Tests stand in `NAME.test.yaml`.' });
  return problem('TEST_NOT_FOUND', 'There is no `*.test.yaml` here.', {
    hint: 'Write one beside a workflow; docs/testing.md shows how.',
  });
}
