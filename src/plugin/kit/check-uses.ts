/** Holds what a plugin asks for against what its source uses, and what it imports against where it is to run. Pure. */
import { type Diagnostic, problem, type Span, warning } from '../../core/diagnostic/diagnostic.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { allowsHost } from '../../core/net/hosts.ts';
import { allowsPath } from '../../core/permissions/path-patterns.ts';
import { type Isolation, PLUGIN_PERMISSIONS, type PluginManifest, type PluginPermission } from '../../core/plugin.ts';
import { validateJson } from '../../core/schema/validate.ts';
import { placeInSource, spanIn } from '../place-in-source.ts';
import type { FoundPlugin } from '../reader.ts';
import { type CapabilityUse, capabilityUses } from './uses.ts';

/** A file of the plugin, as the user would name it. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
  /** Of a package that is installed, and not of the plugin itself. */
  readonly isForeign: boolean;
}

export interface Sources {
  readonly main: SourceText;
  readonly all: readonly SourceText[];
}

/** Of a bundle: more makes each start slow. */
const LARGE = 1_048_576;

export function checkFound({ bundle, manifest }: FoundPlugin, sources: Sources, isolation: Isolation): Diagnostic[] {
  const kilobytes = Math.round(bundle.code.length / 1_000);
  const large = `The plugin has ${kilobytes} kB with all that it imports, and each start of it reads them.`;
  return [
    ...checkImports(bundle.builtins, sources.all, isolation),
    ...checkPermissions(manifest, sources),
    ...checkDefaults(manifest, sources.main),
    ...(Object.keys(manifest.steps).length === 0
      ? [
          warning('PLUGIN_MANIFEST', 'The plugin has no steps.', {
            at: placeInSource(sources.main.text, sources.main.file, []),
          }),
        ]
      : []),
    ...(bundle.code.length > LARGE ? [warning('PLUGIN_TOO_LARGE', large)] : []),
  ];
}

/** With `isolation: none` a module of Node is there, but the plugin cannot be isolated later. */
function checkImports(builtins: readonly string[], all: readonly SourceText[], isolation: Isolation): Diagnostic[] {
  return builtins.map((name) => {
    const at = placeOfImport(name, all);
    const message =
      isolation === 'none'
        ? `The plugin imports \`node:${name}\`, so it runs with \`isolation: none\` only.`
        : `The plugin imports \`node:${name}\`, which is not there with \`isolation: ${isolation}\`.`;
    const hint = 'Use what the context of a step offers: `ctx.fs`, `ctx.fetch`, `ctx.env`.';
    return (isolation === 'none' ? warning : problem)('PLUGIN_IMPORT', message, { ...(at && { at }), hint });
  });
}

function placeOfImport(name: string, all: readonly SourceText[]): Span | null {
  for (const { file, text } of all) {
    const found = new RegExp(`['"](?:node:)?${name}['"]`).exec(text);
    if (found !== null) return spanIn(text, file, found.index, found.index + found[0].length);
  }
  return null;
}

function checkPermissions({ permissions }: PluginManifest, { main, all }: Sources): Diagnostic[] {
  const uses = all.flatMap((source) => capabilityUses(source.text).map((use) => ({ use, source })));
  const unused = PLUGIN_PERMISSIONS.filter(
    (name) => (permissions[name] ?? []).length > 0 && !uses.some(({ use }) => use.permission === name),
  );
  return [
    ...uses.flatMap(({ use, source }) => {
      const why = source.isForeign || !use.isSure ? null : missingFor(use, permissions[use.permission] ?? []);
      const at = spanIn(source.text, source.file, use.start, use.end);
      const hint = `Ask for it: \`permissions: { ${use.permission}: ['${use.about ?? '…'}'] }\`.`;
      return why === null ? [] : [problem('PLUGIN_PERMISSION_MISSING', why, { at, hint })];
    }),
    ...unused.map((name) =>
      warning('PLUGIN_PERMISSION_UNUSED', `The plugin asks for \`${name}\`, and nothing in its source uses it.`, {
        at: placeInSource(main.text, main.file, ['permissions', name]),
        hint: 'Ask for nothing that is not used: who lets the plugin in has to trust it with that.',
      }),
    ),
  ];
}

const LETS: Readonly<Record<PluginPermission, (list: readonly string[], about: string) => boolean>> = {
  read: (list, about) => allowsPath(list, about.replace(/^\.\//, '')),
  write: (list, about) => allowsPath(list, about.replace(/^\.\//, '')),
  net: allowsHost,
  env: (list, about) => list.includes(about),
};

function missingFor({ capability, permission, about }: CapabilityUse, list: readonly string[]): string | null {
  if (list.length === 0)
    return `The plugin calls \`${capability}\`, and does not ask for \`${permission}\`: it will be refused.`;
  if (about === null || LETS[permission](list, about)) return null;
  return `The plugin calls \`${capability}\` for ${about}, which its \`${permission}\` (${list.slice(0, 5).join(', ')}) does not name: it will be refused.`;
}

/** A default that its own schema refuses fails every step that leaves the value out. */
function checkDefaults({ steps, config }: PluginManifest, { file, text }: SourceText): Diagnostic[] {
  const schemas: readonly (readonly [readonly string[], JsonObject])[] = [
    ...(config === undefined ? [] : [[['config'], config] as const]),
    ...Object.entries(steps).map(([name, { input }]) => [['steps', name, 'input'], input] as const),
  ];
  return schemas.flatMap(([path, { properties }]) =>
    Object.entries(isJsonObject(properties ?? null) ? (properties as JsonObject) : {}).flatMap(([name, schema]) => {
      const usual = isJsonObject(schema) ? schema['default'] : undefined;
      const [fault] = usual === undefined || !isJsonObject(schema) ? [] : validateJson(usual, schema);
      if (fault === undefined) return [];
      const at = placeInSource(text, file, [...path, 'properties', name, 'default']);
      return [problem('PLUGIN_MANIFEST', `The default of \`${name}\` ${fault.message}.`, { at })];
    }),
  );
}
