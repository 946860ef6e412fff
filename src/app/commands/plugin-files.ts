/** Finds the files of plugins that are meant: paths, globs, names, or all that the project has. Reads none of them. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import type { Project } from '../project.ts';
import { type BookedPlugin, findBooked, pluginBook } from './plugin-book.ts';

const ALL = ['plugins/*.{ts,mts,cts,js,mjs,cjs}', 'plugins/*/index.{ts,mts,cts,js,mjs,cjs}'];
const IGNORED = ['**/node_modules/**', '**/.giga/**', '**/*.test.*', '**/*.d.ts'];

/** Each once; never none. Without names: those of plugins/, and those that giga.yaml and workflows name. */
export async function pluginsAsked(
  project: Project,
  asked: readonly string[],
): Promise<Result<readonly BookedPlugin[]>> {
  const { glob } = await import('tinyglobby');
  const found = new Map<string, BookedPlugin>();
  const problems: Diagnostic[] = [];
  const add = (plugin: BookedPlugin): void => void (found.has(plugin.file) || found.set(plugin.file, plugin));
  const expand = async (patterns: readonly string[]): Promise<readonly string[]> =>
    (await glob([...patterns], { cwd: project.cwd, ignore: IGNORED })).toSorted();
  const addNamed = async (name: string): Promise<void> => {
    const one = await findBooked(project, casesToPlugin(project.cwd, name), undefined);
    if (one.ok) add(one.value);
    else problems.push(...one.diagnostics);
  };
  for (const name of asked) {
    if (!/[*?{[]/.test(name)) {
      await addNamed(name);
      continue;
    }
    const files = await expand([name.replaceAll('\\', '/')]);
    if (files.length === 0) problems.push(problem('CLI_FILE_NOT_FOUND', `No file matches "${name}".`));
    for (const file of files) await addNamed(`./${file}`);
  }
  if (asked.length === 0) {
    const book = await pluginBook(project, undefined);
    if (!book.ok) return book;
    for (const one of book.value) add(one);
    for (const file of await expand(ALL)) await addNamed(`./${file}`);
    if (found.size === 0)
      problems.push(
        problem('CLI_PLUGIN', 'There are no plugins here.', { hint: 'Make one with `giga plugin new NAME`.' }),
      );
  }
  return problems.length > 0 ? { ok: false, diagnostics: problems } : { ok: true, value: [...found.values()] };
}

const ENDINGS = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];

/** The plugin beside a file of cases; any other name is what it is. */
function casesToPlugin(cwd: string, name: string): string {
  const [, stem] = /^(.*)\.test\.ya?ml$/.exec(name) ?? [];
  if (stem === undefined) return name;
  const file = ENDINGS.map((ending) => stem + ending).find((one) => isFile(resolve(cwd, one)));
  return file === undefined ? `${stem}.ts` : file.includes('/') ? file : `./${file}`;
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
