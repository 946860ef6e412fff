/** Reads the configuration of a project: flags, `GIGA_*`, `giga.yaml` with its env-files and profile, and the file of the user. */
import { readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { type Diagnostic, hasErrors, problem, type Reading, type Result } from '../../core/diagnostic/diagnostic.ts';
import type { MapEntry } from '../../core/document.ts';
import { bareObject } from '../../core/json.ts';
import { errorCode } from '../../host/files.ts';
import { slashed } from '../workspace.ts';
import type { Config, Layer, ProfileValues, Setting } from './config.ts';
import { parseEnvFile } from './env-file.ts';
import type { FileSettings, Profile } from './file-layer.ts';
import { type ConfigFlags, environmentLayer, flagLayer } from './flag-layers.ts';

export interface ConfigOptions {
  /** The workspace root; absolute. */
  readonly root: string;
  /** Files are named relative to it in messages; absolute. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Absolute path of the user's file; null where the platform has no place for it. */
  readonly userFile: string | null;
  readonly flags?: ConfigFlags;
  /** `--profile`; stronger than `GIGA_PROFILE`. */
  readonly profile?: string;
}

const CONFIG_FILE = 'giga.yaml';
/** MCP servers, as other tools write them down as well. */
const SHARED_SERVERS = '.mcp.json';

/** The user's file: `$XDG_CONFIG_HOME/giga/config.yaml`, or below the folder that the platform has for settings. `configHome` is that folder. */
export function userConfigFile(env: NodeJS.ProcessEnv, configHome: string | null): string | null {
  const xdg = env['XDG_CONFIG_HOME'];
  const home = xdg !== undefined && isAbsolute(xdg) ? xdg : configHome;
  return home === null ? null : join(home, 'giga', 'config.yaml');
}

/** Every problem of every file at once. Where no file exists, nothing that reads YAML is loaded. */
export async function readConfig(options: ConfigOptions): Promise<Result<Config>> {
  const { root, cwd, env, userFile } = options;
  const project = await readFile(join(root, CONFIG_FILE), cwd, 'project');
  const user = userFile === null ? null : await readFile(userFile, cwd, 'user');
  const flags = flagLayer(options.flags ?? {});
  const environment = environmentLayer(env);
  const envFiles = readEnvFiles(project?.settings.envFiles ?? [], { root, cwd });
  const name = options.profile ?? (env['GIGA_PROFILE'] || undefined);
  const profiles = new Map([...(user?.settings.profiles ?? []), ...(project?.settings.profiles ?? [])]);
  const parts = [flags, environment, project, user, envFiles];
  const diagnostics = parts.flatMap((part) => part?.diagnostics ?? []);
  if (hasErrors(diagnostics)) return { ok: false, diagnostics };
  const layers: readonly (Layer | null | undefined)[] = [
    flags.value,
    environment.value,
    name === undefined ? null : profiles.get(name)?.layer,
    envFiles.value,
    project?.settings.layer,
    await readSharedServers(join(root, SHARED_SERVERS)),
    user?.settings.layer,
  ];
  const value: Config = {
    layers: layers.filter((layer): layer is Layer => layer !== null && layer !== undefined && layer.size > 0),
    profiles: bareObject([...profiles].map(([key, profile]) => [key, valuesOf(profile)] as const)),
    ...(name === undefined ? {} : { profile: name }),
  };
  return { ok: true, value };
}

function valuesOf({ env, inputs }: Profile): ProfileValues {
  return { env, inputs };
}

type ReadFile = { readonly settings: FileSettings; readonly diagnostics: readonly Diagnostic[] };

/** Null when there is no such file. */
async function readFile(path: string, cwd: string, kind: 'project' | 'user'): Promise<ReadFile | null> {
  const file = slashed(cwd, path);
  const text = readText(path, file);
  if (text === null) return null;
  const [{ readTree }, { makeLocator }, { readFileSettings }] = await Promise.all([
    import('./read-tree.ts'),
    import('../../lang/read/locator.ts'),
    import('./file-layer.ts'),
  ]);
  if (typeof text !== 'string') return { settings: NOTHING, diagnostics: [text] };
  const { value, diagnostics } = await readTree(text, file);
  if (hasErrors(diagnostics)) return { settings: NOTHING, diagnostics };
  const read = readFileSettings(value, makeLocator(text, file), kind);
  return { settings: read.settings, diagnostics: [...diagnostics, ...read.diagnostics] };
}

const NOTHING: FileSettings = { layer: new Map(), profiles: new Map(), envFiles: [] };

/** The file is not giga's own: what is wrong with it is said to whoever names a server of it. */
async function readSharedServers(path: string): Promise<Layer | null> {
  const text = readText(path, SHARED_SERVERS);
  return typeof text === 'string' ? (await import('./shared-servers.ts')).sharedServers(text, SHARED_SERVERS) : null;
}

/** The text, null for a file that is not there, or why it cannot be read. */
function readText(path: string, file: string): string | Diagnostic | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    return problem('CONFIG_FILE', `"${file}" cannot be read: ${code ?? String(error)}.`);
  }
}

/** The variables of the env-files that `giga.yaml` names, later files over earlier ones. */
function readEnvFiles(entries: readonly MapEntry[], { root, cwd }: { root: string; cwd: string }): Reading<Layer> {
  const layer = new Map<string, Setting>();
  const diagnostics: Diagnostic[] = [];
  for (const { key } of entries) {
    const read = readEnvFile(resolve(root, key), slashed(cwd, resolve(root, key)));
    diagnostics.push(...read.diagnostics);
    for (const [name, setting] of read.value ?? []) layer.set(`env.${name}`, setting);
  }
  return { value: layer, diagnostics };
}

/** Reads one env-file. `file` names it in messages. A missing one is an error: a variable that is silently absent costs hours. */
export function readEnvFile(path: string, file: string): Reading<ReadonlyMap<string, Setting>> {
  const text = readText(path, file);
  if (text === null) {
    const hint = 'make it, or take it out of `env-files`';
    return { value: null, diagnostics: [problem('CONFIG_ENV_FILE', `There is no env-file "${file}".`, { hint })] };
  }
  if (typeof text !== 'string') return { value: null, diagnostics: [text] };
  const { value, diagnostics } = parseEnvFile(text, file);
  const settings = (value ?? []).map((entry): [string, Setting] => {
    return [entry.name, { value: entry.value, origin: { kind: 'env-file', text: `${file}:${entry.line}` } }];
  });
  return { value: new Map(settings), diagnostics };
}
