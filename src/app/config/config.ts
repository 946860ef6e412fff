/** What is configured outside a workflow's text: layers of settings, each with its origin. Knows no files and no YAML. */
import type { ModelBook, ModelFacts } from '../../core/claude/models.ts';
import { bareObject, type Json, type JsonObject } from '../../core/json.ts';

/** Strongest first. The workflow stands between `profile` and `env-file`; its values come from the compiler. */
export type OriginKind = 'flag' | 'environment' | 'profile' | 'env-file' | 'project' | 'user';

/** Where a value comes from: `text` names the place for people, such as `--concurrency` or `giga.yaml:3:14`. */
export interface Origin {
  readonly kind: OriginKind;
  readonly text: string;
}

export interface Setting {
  readonly value: Json;
  readonly origin: Origin;
}

/**
 * The settings of one origin, flat. Keys: `concurrency`, `env-files`, `defaults.shell`, `defaults.timeout`, `defaults.retry`, `env.NAME`,
 * `vars.NAME`, `inputs.NAME`, `mcp.NAME`, `plugins.NAME`. Values of `env` are plain text, never templates.
 */
export type Layer = ReadonlyMap<string, Setting>;

/** Steps at once, at most. */
export const MAX_CONCURRENCY = 10_000;

export interface Config {
  /** Strongest first; the workflow's own layer is not among them. */
  readonly layers: readonly Layer[];
  /** The profile asked for by `--profile` or `GIGA_PROFILE`. A workflow may declare it, too. */
  readonly profile?: string;
  readonly profiles: Readonly<Record<string, ProfileValues>>;
}

/** What a profile gives to a workflow; its `vars` and `concurrency` stand in the layer of the profile. */
export interface ProfileValues {
  readonly env: Readonly<Record<string, string>>;
  readonly inputs: JsonObject;
}

/** The settings in the form in which the compiler takes them: `config` is weaker than the workflow, the rest is stronger. */
export interface CompilerSettings {
  readonly config: {
    readonly env: Readonly<Record<string, string>>;
    readonly vars: JsonObject;
    /** The keys of `defaults:` in a workflow. */
    readonly defaults: JsonObject;
    readonly profiles: Readonly<Record<string, ProfileValues>>;
    readonly concurrency?: number;
    /** MCP servers by name. */
    readonly mcp?: JsonObject;
    /** Plugins by name. */
    readonly plugins?: JsonObject;
    readonly models?: ModelBook;
  };
  readonly profile?: string;
  readonly vars: JsonObject;
  readonly concurrency?: number;
}

const STRONGER: readonly OriginKind[] = ['flag', 'environment', 'profile'];

export function compilerSettings(config: Config): CompilerSettings {
  const below = winners(config, (kind) => !STRONGER.includes(kind));
  const above = winners(config, (kind) => STRONGER.includes(kind));
  const env = Object.entries(named(below, 'env.')).map(
    ([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const,
  );
  return {
    config: {
      env: bareObject(env),
      vars: named(below, 'vars.'),
      defaults: named(below, 'defaults.'),
      profiles: config.profiles,
      ...concurrencyOf(below),
      ...groupOf(below, 'mcp'),
      ...groupOf(below, 'plugins'),
      ...modelsOf(below),
    },
    ...(config.profile === undefined ? {} : { profile: config.profile }),
    vars: named(above, 'vars.'),
    ...concurrencyOf(above),
  };
}

/** Every setting of a key, strongest first: the first one counts, the others are overridden. */
export function settingsOf(config: Config, key: string): readonly Setting[] {
  return config.layers.flatMap((layer) => layer.get(key) ?? []);
}

/** All keys that any layer sets, sorted. */
export function configKeys(config: Config): readonly string[] {
  return [...new Set(config.layers.flatMap((layer) => [...layer.keys()]))].toSorted();
}

function winners(config: Config, counts: (kind: OriginKind) => boolean): ReadonlyMap<string, Json> {
  const found = new Map<string, Json>();
  for (const layer of config.layers) {
    for (const [key, { value, origin }] of layer) if (counts(origin.kind) && !found.has(key)) found.set(key, value);
  }
  return found;
}

/** The values whose keys begin with `prefix`, by the rest of the key. */
function named(values: ReadonlyMap<string, Json>, prefix: string): JsonObject {
  const found = [...values].filter(([key]) => key.startsWith(prefix));
  return bareObject(found.map(([key, value]) => [key.slice(prefix.length), value] as const));
}

function concurrencyOf(values: ReadonlyMap<string, Json>): { readonly concurrency?: number } {
  const value = values.get('concurrency');
  return typeof value === 'number' ? { concurrency: value } : {};
}

/** The key is left out where there are none: the settings are part of the name of a compiled plan. */
function groupOf<K extends 'mcp' | 'plugins'>(
  values: ReadonlyMap<string, Json>,
  key: K,
): { readonly [P in K]?: JsonObject } {
  const found = named(values, `${key}.`);
  const made: Readonly<Record<string, JsonObject>> = { [key]: found };
  return Object.keys(found).length === 0 ? {} : (made as { readonly [P in K]?: JsonObject }); // it has the one key
}

function modelsOf(values: ReadonlyMap<string, Json>): { readonly models?: ModelBook } {
  const usual = values.get('models.default');
  const known = named(values, 'models.known.') as unknown as Readonly<Record<string, ModelFacts>>; // as `readKnown` took it
  const hasKnown = Object.keys(known).length > 0;
  if (typeof usual !== 'string' && !hasKnown) return {};
  return { models: { ...(typeof usual === 'string' && { usual }), ...(hasKnown && { known }) } };
}
