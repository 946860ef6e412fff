/** The plugins that a command can name: those of the configuration and of workflows, or a file by its path. Reads what they say; calls nothing. */
import { existsSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import { isJsonObject } from '../../core/json.ts';
import { nearest } from '../../core/nearest.ts';
import { type NamedPlugin, pluginOf, readPlugin } from '../../lang/compile/named-plugins.ts';
import { isText, jsonOf, valueOf } from '../../lang/compile/tree.ts';
import { loadDocument } from '../../lang/read/load-document.ts';
import type { FoundPlugin } from '../../plugin/reader.ts';
import { compilerSettings } from '../config/config.ts';
import { findPluginAt } from '../plugins.ts';
import type { Project } from '../project.ts';
import { readSource } from '../source-files.ts';
import { findWorkflow, slashed, workflowNames } from '../workspace.ts';

/** A plugin, and who names it. */
export interface BookedPlugin extends Omit<NamedPlugin, 'range'> {
  /** `giga.yaml`, or a workflow as the user would name it; null: the command line. */
  readonly by: string | null;
  /** Absolute. */
  readonly file: string;
}

/** A plugin that was found, and what is said of it where it is named. */
export interface OpenPlugin extends FoundPlugin {
  readonly booked: BookedPlugin;
  /** Its file, as the user would name it. */
  readonly shown: string;
}

/** Those of `giga.yaml` first. `workflow` (a file or a name) stands for all of workflows/; one that cannot be read has none. */
export async function pluginBook(
  project: Project,
  workflow: string | undefined,
): Promise<Result<readonly BookedPlugin[]>> {
  const configured = Object.entries(compilerSettings(project.config).config.plugins ?? {}).flatMap(([name, said]) =>
    isJsonObject(said) ? [booked(project, pluginOf(said, name, 'giga.yaml'), 'giga.yaml')] : [],
  );
  const files: string[] = [];
  for (const name of workflow === undefined ? workflowNames(project.cwd) : [workflow]) {
    const found = findWorkflow(project.cwd, name);
    if (!found.ok) return found;
    files.push(found.value);
  }
  const named = await Promise.all(files.map((file) => pluginsIn(project, file)));
  return { ok: true, value: [...configured, ...named.flat()] };
}

async function pluginsIn(project: Project, file: string): Promise<readonly BookedPlugin[]> {
  const shown = slashed(project.cwd, file);
  const source = readSource(file, shown);
  // Most workflows name none: those are not read any further.
  if (typeof source !== 'string' || !source.includes('plugins')) return [];
  const { value } = await loadDocument(source, shown);
  const tree = value?.root === undefined || value.root === null ? undefined : valueOf(value.root, 'plugins');
  const items = tree?.kind === 'list' ? tree.items : tree === undefined ? [] : [tree];
  return items.flatMap((item) => {
    const read = readPlugin(isText(item) ? item.value : jsonOf(item));
    if (typeof read === 'string') return [];
    return [booked(project, pluginOf(read.said, read.name, slashed(project.root, file)), shown)];
  });
}

function booked(
  project: Project,
  { name, from, isolation, permissions, config }: NamedPlugin,
  by: string,
): BookedPlugin {
  return { name, from, isolation, permissions, config, by, file: resolve(project.root, from) };
}

const FILE = /[/\\]|\.[cm]?[jt]s$/;

/** The plugin of a name in the book, or of a path. The first that has the name is meant, as with `uses` in giga.yaml. */
export async function findBooked(
  project: Project,
  name: string,
  workflow: string | undefined,
): Promise<Result<BookedPlugin>> {
  if (FILE.test(name)) return fileBooked(project, name);
  const book = await pluginBook(project, workflow);
  if (!book.ok) return book;
  const found = book.value.find((one) => one.name === name);
  if (found !== undefined) return { ok: true, value: found };
  return refuse(unknownPlugin(name, [...new Set(book.value.map((one) => one.name))]));
}

function unknownPlugin(name: string, names: readonly string[]): Diagnostic {
  const similar = nearest(name, names);
  const some = similar === null ? `There are: ${names.slice(0, 20).join(', ')}.` : `Did you mean \`${similar}\`?`;
  const hint =
    names.length === 0
      ? 'No workflow here names one. Give the path of its file: `./plugins/hello.ts`.'
      : `${some} A file is named by its path: \`./plugins/hello.ts\`.`;
  return problem('CLI_PLUGIN', `There is no plugin \`${name.slice(0, 80)}\`.`, { hint });
}

/** With what is said of the same file where a workflow or giga.yaml names it? No: a path alone says nothing, so that a try shows what the file is. */
function fileBooked(project: Project, path: string): Result<BookedPlugin> {
  const file = resolve(project.cwd, path);
  if (!existsSync(file) || !statSync(file).isFile())
    return refuse(problem('CLI_PLUGIN', `There is no file "${path.slice(0, 200)}".`));
  const name = basename(file).replace(/\.[^.]*$/, '');
  const from = slashed(project.root, file);
  return { ok: true, value: { name, from, isolation: 'none', permissions: null, config: {}, by: null, file } };
}

/** What a plugin says of itself. */
export async function openBooked(project: Project, plugin: BookedPlugin): Promise<Result<OpenPlugin>> {
  const shown = slashed(project.cwd, plugin.file);
  if (!existsSync(plugin.file)) {
    const by = plugin.by === null ? '' : `, which ${plugin.by} names`;
    return refuse(problem('PLUGIN_UNREADABLE', `There is no file "${shown}"${by}.`));
  }
  const found = await findPluginAt(project, plugin.file, plugin.isolation);
  return found.ok ? { ok: true, value: { ...found.value, booked: plugin, shown } } : found;
}

function refuse(...diagnostics: readonly Diagnostic[]): Result<never> {
  return { ok: false, diagnostics };
}
