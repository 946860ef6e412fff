/** Reads `plugins:` of a document, and what the configuration says of them: which plugins have which names. Reads no file. */
import type { Range, Tree } from '../../core/document.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { ISOLATIONS, type Isolation, PLUGIN_PERMISSIONS, type PluginPermissions } from '../../core/plugin.ts';
import { pathFrom } from './family.ts';
import { isText, jsonOf } from './tree.ts';
import type { Scene } from './world.ts';

export interface NamedPlugin {
  readonly name: string;
  /** From the workspace root, or absolute. */
  readonly from: string;
  readonly isolation: Isolation;
  /** What it may have at most; null: all that it asks for. */
  readonly permissions: PluginPermissions | null;
  readonly config: JsonObject;
  /** Where it stands in this document. */
  readonly range: Range | null;
}

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const FORMS =
  'Write the path of its file, such as `./plugins/hello.ts`, or `{ from, as, isolation, permissions, config }`.';

/** Those of the document stand before those of the configuration. */
export function namedPlugins(scene: Scene, own: Tree | undefined): ReadonlyMap<string, NamedPlugin> {
  const found = new Map<string, NamedPlugin>();
  for (const [name, said] of Object.entries(scene.options.config?.plugins ?? {}))
    if (isJsonObject(said)) found.set(name, pluginOf(said, name, 'giga.yaml'));
  const here = new Set<string>();
  for (const item of own?.kind === 'list' ? own.items : own === undefined ? [] : [own]) {
    const read = readPlugin(isText(item) ? item.value : jsonOf(item));
    if (typeof read === 'string') {
      scene.error('PLAN_PLUGIN', `This plugin ${read}.`, item.range, { hint: FORMS });
      continue;
    }
    const { name, said } = read;
    const hint = 'Give one of them another: `{ from: …, as: NAME }`.';
    if (here.has(name)) scene.error('PLAN_PLUGIN', `Two plugins have the name \`${name}\`.`, item.range, { hint });
    here.add(name);
    found.set(name, { ...pluginOf(said, name, scene.file), range: item.range });
  }
  return found;
}

/** The name of a plugin and what is said of it; or what is wrong with that, as the rest of a sentence. */
export function readPlugin(item: Json): { readonly name: string; readonly said: JsonObject } | string {
  const said = typeof item === 'string' ? { from: item } : item;
  if (!isJsonObject(said)) return 'does not say where it is';
  const { from, as, isolation, permissions, config } = said;
  if (typeof from !== 'string') return 'does not say where it is';
  if (!isPath(from)) return `is to come from a registry (\`${from.slice(0, 60)}\`), which is not built yet`;
  const name = typeof as === 'string' ? as : nameOf(from);
  if (!NAME.test(name)) return `cannot have the name \`${name.slice(0, 60)}\``;
  if (isolation !== undefined && !ISOLATIONS.some((one) => one === isolation))
    return `has an \`isolation\` that is not one of ${ISOLATIONS.join(', ')}`;
  if (permissions !== undefined && !isJsonObject(permissions)) return 'has `permissions` that are no map of lists';
  if (config !== undefined && !isJsonObject(config)) return 'has a `config` that is no map';
  return { name, said };
}

function isPath(from: string): boolean {
  return /^(?:\.{1,2}[\\/]|\/|[A-Za-z]:[\\/])/.test(from);
}

/** The name of a file without its ending; of an `index` that of its folder. */
function nameOf(from: string): string {
  const parts = from.split(/[\\/]/);
  const file = (parts.at(-1) ?? '').replace(/\.[cm]?[jt]s$/, '');
  return file === 'index' || file === '' ? (parts.at(-2) ?? file) : file;
}

/** `readPlugin` has looked at it; `document` says what its path is relative to. */
export function pluginOf(said: JsonObject, name: string, document: string): NamedPlugin {
  const { isolation, permissions, config } = said;
  return {
    name,
    from: pathOf(said, document),
    isolation: ISOLATIONS.find((one) => one === isolation) ?? 'none',
    permissions: permissions !== undefined && isJsonObject(permissions) ? listsIn(permissions) : null,
    config: config !== undefined && isJsonObject(config) ? config : {},
    range: null,
  };
}

function listsIn(said: JsonObject): PluginPermissions {
  const lists = PLUGIN_PERMISSIONS.flatMap((name) => {
    const list = said[name];
    return Array.isArray(list) ? [[name, list.filter((one): one is string => typeof one === 'string')] as const] : [];
  });
  return Object.fromEntries(lists);
}

/** From the workspace root, where a document says it. */
function pathOf({ from }: JsonObject, document: string): string {
  return pathFrom(document, typeof from === 'string' ? from : '');
}
