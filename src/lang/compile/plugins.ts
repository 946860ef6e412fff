/** Finds the plugins that the steps of a document use: where they are named, what they say of themselves, and what they are granted. Executes nothing. */
import type { Range } from '../../core/document.ts';
import type { JsonObject } from '../../core/json.ts';
import { similarHint } from '../../core/nearest.ts';
import { covers } from '../../core/net/hosts.ts';
import { coversPath } from '../../core/permissions/path-patterns.ts';
import type { PluginPermission, PluginPermissions, PluginRef } from '../../core/plugin.ts';
import { withDefaults } from '../../core/schema/defaults.ts';
import { validateJson } from '../../core/schema/validate.ts';
import type { ScopeDraft, StepDraft } from './draft.ts';
import type { PluginSource } from './family.ts';
import { type NamedPlugin as Named, namedPlugins } from './named-plugins.ts';
import { permittedTo } from './permissions.ts';
import { entryOf, isText, valueOf } from './tree.ts';
import type { Scene } from './world.ts';

/** The step of a plugin that a step is. */
export interface UsedStep {
  readonly ref: PluginRef;
  readonly step: string;
  readonly input: JsonObject;
  readonly output: JsonObject;
  readonly granted: JsonObject;
}

export function resolvePlugins(scene: Scene, scopes: readonly ScopeDraft[]): void {
  const own = valueOf(scene.document.root, 'plugins');
  const steps = scopes.flatMap((scope) => scope.steps.filter(({ action }) => action === 'uses'));
  if (own === undefined && steps.length === 0) return;
  const named = namedPlugins(scene, own);
  for (const step of steps) step.used = usedStep(scene, step, named);
}

function usedStep(scene: Scene, step: StepDraft, named: ReadonlyMap<string, Named>): UsedStep | null {
  const tree = entryOf(step.tree, 'uses')?.value;
  if (tree === undefined || !isText(tree)) return null;
  const [, name = '', stepName = ''] = /^([^/]*)\/([^/]+)$/.exec(tree.value) ?? [];
  if (name === '' || tree.value.includes('${{')) {
    scene.error('PLAN_PLUGIN', '`uses` names a plugin and one of its steps, before the run.', tree.range, {
      hint: 'Write `uses: NAME/STEP`.',
    });
    return null;
  }
  const plugin = named.get(name);
  if (plugin === undefined) {
    scene.error('PLAN_PLUGIN', `There is no plugin \`${name}\`.`, tree.range, {
      hint:
        named.size === 0
          ? 'Name its file under `plugins:` of the workflow or of `giga.yaml`: `plugins: [./plugins/hello.ts]`.'
          : `There are: ${[...named.keys()].slice(0, 20).join(', ')}.`,
      ...similarHint('a plugin', name, [...named.keys()]),
    });
    return null;
  }
  const source = sourceOf(scene, plugin, tree.range);
  if (source === null) return null;
  const { manifest, integrity, builtins } = source;
  const found = Object.hasOwn(manifest.steps, stepName) ? manifest.steps[stepName] : undefined;
  if (found === undefined) {
    const names = Object.keys(manifest.steps);
    scene.error('PLAN_PLUGIN', `The plugin \`${name}\` has no step \`${stepName}\`.`, tree.range, {
      hint: names.length === 0 ? 'It has no steps.' : `Its steps are: ${names.slice(0, 20).join(', ')}.`,
      ...similarHint('a step', stepName, names),
    });
    return null;
  }
  if (plugin.isolation !== 'none' && builtins.length > 0)
    scene.error(
      'PLAN_PLUGIN',
      `The plugin \`${name}\` imports ${builtins.map((one) => `\`node:${one}\``).join(', ')}, which is not there where it is isolated.`,
      plugin.range ?? tree.range,
      {
        hint: 'Use what the context of a step offers, or `isolation: none` for a plugin that you trust as your own code.',
      },
    );
  const config = withDefaults(plugin.config, manifest.config ?? {});
  checkConfig(scene, { ...plugin, config }, manifest.config, tree.range);
  const { from, isolation } = plugin;
  return {
    ref: { name, from, integrity, isolation, config },
    step: stepName,
    input: found.input,
    output: found.output,
    granted: grantedTo(scene, step, plugin, manifest.permissions),
  };
}

/** What was read of its file; null, with a problem, where nothing could be, and where that is still to be done. */
function sourceOf(
  scene: Scene,
  { name, from, isolation }: Named,
  range: Range,
): Extract<PluginSource, { ok: true }> | null {
  const { plugins, missingPlugins, diagnostics } = scene.family;
  const source = plugins.get(from);
  if (source === undefined) {
    if (missingPlugins.get(from) !== 'strict') missingPlugins.set(from, isolation);
    return null;
  }
  if (source.ok) return source;
  // Twice the same is said once.
  diagnostics.push(...source.diagnostics.filter(({ at }) => at !== undefined));
  const [lost] = source.diagnostics.filter(({ at }) => at === undefined);
  const reason = lost?.message ?? `The plugin \`${name}\` cannot be used.`;
  scene.error(lost?.code ?? 'PLAN_PLUGIN', reason, range, lost?.hint === undefined ? {} : { hint: lost.hint });
  return null;
}

function checkConfig(scene: Scene, plugin: Named, schema: JsonObject | undefined, range: Range): void {
  const names = Object.keys(plugin.config);
  if (schema === undefined) {
    if (names.length > 0)
      scene.error('PLAN_PLUGIN', `The plugin \`${plugin.name}\` takes no \`config\`.`, plugin.range ?? range);
    return;
  }
  const [fault] = validateJson(plugin.config, schema);
  if (fault === undefined) return;
  const what = fault.path === '' ? 'The `config`' : `\`${fault.path}\` in the \`config\``;
  scene.error('PLAN_PLUGIN', `${what} of the plugin \`${plugin.name}\` ${fault.message}.`, plugin.range ?? range);
}

/** What it asks for, as far as whoever names it and the permissions around the step let it have. */
function grantedTo(scene: Scene, step: StepDraft, { permissions }: Named, wanted: PluginPermissions): JsonObject {
  const around = permittedTo(step, scene);
  const granted = (name: PluginPermission, within: (outer: string, inner: string) => boolean): readonly string[] =>
    both(
      both(wanted[name] ?? [], permissions === null ? null : (permissions[name] ?? []), within),
      around[name],
      within,
    );
  const net = granted('net', covers);
  // A host of a private network is reached where a person has named it; what a plugin itself names is not enough.
  const said = [...(permissions?.net ?? []), ...around.named].filter((host) => !host.includes('*'));
  return {
    read: granted('read', coversPath),
    write: granted('write', coversPath),
    env: granted('env', (outer, inner) => outer === inner),
    net,
    named: net.filter((host) => said.includes(host)),
  };
}

/** The patterns that both lists allow; null allows all. */
export function both(
  inner: readonly string[],
  outer: readonly string[] | null,
  within: (outer: string, inner: string) => boolean,
): readonly string[] {
  if (outer === null) return inner;
  const kept = inner.flatMap((one) =>
    outer.flatMap((other) => (within(other, one) ? [one] : within(one, other) ? [other] : [])),
  );
  return [...new Set(kept)];
}
