/** Calls one step of a plugin, outside of any run: finds it, checks what it is given, and gives what comes of it. Keeps nothing. */
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import type { JsonObject } from '../../core/json.ts';
import { nearest } from '../../core/nearest.ts';
import type { UsesRequest } from '../../core/plan/uses-request.ts';
import type { Isolation, PluginHost, PluginStep } from '../../core/plugin.ts';
import type { StepAnswer } from '../../core/ports.ts';
import { createClock } from '../../host/clock.ts';
import { usePlugin } from '../../steps/uses/uses.ts';
import { pluginsOf } from '../plugins.ts';
import type { Project } from '../project.ts';
import { findBooked, type OpenPlugin, openBooked } from './plugin-book.ts';
import { readGiven } from './plugin-given.ts';
import { grantedJson } from './plugin-grants.ts';

export interface RunRequest {
  /** `NAME/STEP`, `FILE#STEP`; the step may be absent. */
  readonly target: string;
  readonly given: readonly string[];
  readonly config: readonly string[];
  readonly isolation?: Isolation;
  readonly workflow?: string;
}

/** A step that can be called, with all that was checked before. */
export interface ReadyStep {
  readonly plugin: OpenPlugin;
  readonly request: UsesRequest;
}

export async function prepareStep(project: Project, asked: RunRequest): Promise<Result<ReadyStep>> {
  const [name, wanted] = partsOf(asked.target);
  const booked = await findBooked(project, name, asked.workflow);
  if (!booked.ok) return booked;
  const plugin = await openBooked(project, booked.value);
  if (!plugin.ok) return plugin;
  const { manifest } = plugin.value;
  const step = stepOf(plugin.value, wanted);
  if (!step.ok) return step;
  const isolation = asked.isolation ?? booked.value.isolation;
  const absent = importFault(plugin.value, isolation);
  const config = readGiven(
    asked.config,
    manifest.config ?? { type: 'object', additionalProperties: false },
    { flag: '--config', what: 'configuration' },
    booked.value.config,
  );
  const [stepName, { input }] = step.value;
  const given = readGiven(asked.given, input, { flag: '--with', what: 'input' });
  const faults = [config, given].flatMap((one) => (one.ok ? [] : one.diagnostics));
  if (absent !== null) faults.push(absent);
  if (faults.length > 0 || !config.ok || !given.ok) return { ok: false, diagnostics: faults };
  const request = requestOf(plugin.value, { isolation, step: stepName, input: given.value, config: config.value });
  return { ok: true, value: { plugin: plugin.value, request } };
}

/** The step stands behind `#`; behind a name also behind the first `/`. */
function partsOf(target: string): readonly [plugin: string, step: string | null] {
  const at = target.includes('#')
    ? target.lastIndexOf('#')
    : /^[A-Za-z0-9_-]+\//.test(target)
      ? target.indexOf('/')
      : -1;
  // `plugins/hello.ts` is a path, and `hello/greet` is none.
  if (at < 0 || (!target.includes('#') && /\.[cm]?[jt]s$/.test(target))) return [target, null];
  return [target.slice(0, at), target.slice(at + 1)];
}

function stepOf({ manifest, shown }: OpenPlugin, wanted: string | null): Result<readonly [string, PluginStep]> {
  const names = Object.keys(manifest.steps);
  const name = wanted ?? (names.length === 1 ? (names[0] ?? '') : '');
  const found = Object.hasOwn(manifest.steps, name) ? manifest.steps[name] : undefined;
  if (found !== undefined) return { ok: true, value: [name, found] };
  const similar = nearest(name, names);
  const all = names.length === 0 ? 'It has no steps.' : `Its steps are: ${names.slice(0, 20).join(', ')}.`;
  const message =
    wanted === null
      ? `Which step of "${shown}" is meant is not said: write \`${shown}#STEP\`.`
      : `The plugin "${shown}" has no step \`${name.slice(0, 80)}\`.`;
  const hint = similar === null ? all : `Did you mean \`${similar}\`?`;
  return { ok: false, diagnostics: [problem('CLI_PLUGIN', message, { hint })] };
}

/** A module of Node that it imports, where there is none. */
export function importFault({ bundle, shown }: OpenPlugin, isolation: Isolation): Diagnostic | null {
  if (isolation === 'none' || bundle.builtins.length === 0) return null;
  const modules = bundle.builtins.map((one) => `\`node:${one}\``).join(', ');
  return problem(
    'PLUGIN_IMPORT',
    `"${shown}" imports ${modules}, which is not there with \`isolation: ${isolation}\`.`,
    {
      hint: 'Use what the context of a step offers, or `--isolation none` for a plugin that you trust as your own code.',
    },
  );
}

export interface Doing {
  readonly isolation: Isolation;
  readonly step: string;
  readonly input: JsonObject;
  readonly config: JsonObject;
}

export function requestOf({ booked, bundle, manifest }: OpenPlugin, doing: Doing): UsesRequest {
  const { isolation, step, input, config } = doing;
  const schemas = manifest.steps[step];
  return {
    plugin: { name: booked.name, from: booked.from, integrity: bundle.integrity, isolation, config },
    step,
    input,
    schema: { input: schemas?.input ?? {}, output: schemas?.output ?? {} },
    granted: grantedJson(manifest.permissions, booked.permissions),
  };
}

/** Resolves when the step has ended, or was told to and did not. */
export async function callStep(
  project: Project,
  { request }: ReadyStep,
  { signal, progress }: { readonly signal: AbortSignal; progress(line: string): void },
): Promise<StepAnswer> {
  const host: PluginHost = pluginsOf(project, variablesOf(project), createClock());
  // Nothing else may be under way while the answer is waited for.
  const alive = setInterval(() => {}, 2 ** 30);
  try {
    const around = { signal, root: project.root, key: 'try', note: async () => true, progress };
    return await usePlugin(request, around, async () => host);
  } finally {
    clearInterval(alive);
    await host.close();
  }
}

function variablesOf({ env }: Project): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
