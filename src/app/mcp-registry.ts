/**
 * Reads documents of registries of MCP servers, in the form of the official one (`server.json`, or lists of them), and turns an entry into
 * a server of `.mcp.json`. What a registry says is said by strangers: nothing of it may stand for a variable of giga's environment, begin a
 * flag, or be another version tomorrow. Pure.
 */
import { digest, isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { depthOfText, MAX_GIVEN_DEPTH } from '../core/json-depth.ts';

export interface RegistryEntry {
  /** `io.github.somebody/server`. */
  readonly name: string;
  readonly description: string;
  readonly version: string;
  /** Of all that the registry says of it. */
  readonly digest: string;
  /** In the form of `.mcp.json`; or why it cannot be used. */
  readonly server: JsonObject | string;
  /** Variables of giga's environment, or secrets, that it wants to see. */
  readonly needs: readonly string[];
}

/** The entries of a document, or what is wrong with it. What is no entry is passed over. */
export function readRegistry(text: string): readonly RegistryEntry[] | string {
  if (depthOfText(text) > MAX_GIVEN_DEPTH) return `it nests more than ${MAX_GIVEN_DEPTH} levels deep`;
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    return `it is not JSON: ${String(error)}`;
  }
  if (!isJsonObject(read)) return 'it is no map';
  const { servers, name } = read;
  if (Array.isArray(servers)) return servers.flatMap(entryIn);
  return typeof name === 'string' ? entryIn(read) : 'it has no list `servers`, and is no `server.json`';
}

/** As the registry lists it, with what it says of it itself beside, or as its author wrote it. */
function entryIn(item: Json): readonly RegistryEntry[] {
  const said = isJsonObject(item) && isJsonObject(item['server']) ? item['server'] : item;
  if (!isJsonObject(said)) return [];
  const { name, description, version } = said;
  if (typeof name !== 'string' || !ENTRY_NAME.test(name)) return [];
  const needs: string[] = [];
  return [
    {
      name,
      description: typeof description === 'string' ? description : '',
      version: typeof version === 'string' ? version : '',
      digest: digest(said),
      server: serverOf(said, needs),
      needs,
    },
  ];
}

const ENTRY_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}(?:\/[A-Za-z0-9][A-Za-z0-9._-]{0,127})?$/;

/** Where the parts of an entry cannot be used. */
class Unusable extends Error {}

function serverOf(said: JsonObject, needs: string[]): JsonObject | string {
  const [packages, remotes] = [listIn(said, 'packages'), listIn(said, 'remotes')];
  const reasons: string[] = [];
  for (const [list, make] of [
    [packages, programOf],
    [remotes, addressOf],
  ] as const)
    for (const one of list) {
      const wanted: string[] = [];
      try {
        const server = make(one, wanted);
        needs.push(...wanted);
        return server;
      } catch (error) {
        if (!(error instanceof Unusable)) throw error;
        reasons.push(error.message);
      }
    }
  return reasons[0] ?? 'it has neither `packages` nor `remotes`';
}

const VERSION = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/;

interface Kind {
  readonly identifier: RegExp;
  /** What the packages are loaded from where nothing is said. */
  readonly base: string;
  command(id: string, version: string, flags: readonly string[]): readonly string[];
}

const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  [
    'npm',
    {
      identifier: /^(?:@[A-Za-z0-9][\w.-]*\/)?[A-Za-z0-9][\w.-]*$/,
      base: 'https://registry.npmjs.org',
      command: (id, version, flags) => ['npx', ...(flags.includes('-y') ? [] : ['-y']), ...flags, `${id}@${version}`],
    },
  ],
  [
    'pypi',
    {
      identifier: /^[A-Za-z0-9][\w.-]*$/,
      base: 'https://pypi.org',
      command: (id, version, flags) => ['uvx', ...flags, `${id}@${version}`],
    },
  ],
  [
    'oci',
    {
      identifier: /^[A-Za-z0-9][\w./:-]*(?:@sha256:[0-9a-f]{64})?$/,
      base: 'https://docker.io',
      command: (id, version, flags) => [
        'docker',
        'run',
        '-i',
        '--rm',
        ...flags,
        /[:@]/.test(id.slice(id.lastIndexOf('/') + 1)) ? id : `${id}:${version}`,
      ],
    },
  ],
]);

function programOf(said: JsonObject, needs: string[]): JsonObject {
  const [type, id, base] = [textIn(said, 'registryType'), textIn(said, 'identifier'), textIn(said, 'registryBaseUrl')];
  const kind = KINDS.get(type);
  if (kind === undefined) throw new Unusable(`giga does not start packages of the kind \`${shown(type)}\``);
  const transport = said['transport'];
  if (isJsonObject(transport) && transport['type'] !== 'stdio')
    throw new Unusable('its program does not speak on its standard streams');
  if (base !== '' && base.replace(/\/$/, '') !== kind.base) throw new Unusable(`it comes from \`${shown(base)}\``);
  const version = textIn(said, 'version');
  if (!kind.identifier.test(id)) throw new Unusable(`\`${shown(id)}\` is no name of a package`);
  if (!VERSION.test(version) || version === 'latest') throw new Unusable('it names no version');
  const env = variables(listIn(said, 'environmentVariables'), needs);
  const passed = type === 'oci' ? Object.keys(env).flatMap((name) => ['-e', name]) : [];
  const flags = [...argumentsOf(listIn(said, 'runtimeArguments'), needs), ...passed];
  const [command = '', ...args] = kind.command(id, version, flags);
  const all = [...args, ...argumentsOf(listIn(said, 'packageArguments'), needs)];
  return { command, args: all, ...(Object.keys(env).length > 0 && { env }) };
}

function addressOf(said: JsonObject, needs: string[]): JsonObject {
  const type = textIn(said, 'type') || textIn(said, 'transportType');
  if (type !== 'streamable-http' && type !== 'http') throw new Unusable(`giga does not speak \`${shown(type)}\``);
  const address = textIn(said, 'url');
  if (!/^https:\/\/[^/?#@{]+(?:[/?#]|$)/.test(address)) throw new Unusable('its address is no https: address');
  const url = filled(address, needs);
  const headers = listIn(said, 'headers').flatMap((header): [string, string][] => {
    const name = textIn(header, 'name');
    const value = valueOf(header, name, needs);
    if (value === null) return [];
    if (!/^[A-Za-z0-9-]{1,64}$/.test(name)) throw new Unusable(`\`${shown(name)}\` is no name of a header`);
    return [[name, value]];
  });
  return { url, ...(headers.length > 0 && { headers: Object.fromEntries(headers) }) };
}

function argumentsOf(list: readonly JsonObject[], needs: string[]): readonly string[] {
  return list.flatMap((argument) => {
    const name = plain(textIn(argument, 'name'));
    const value = valueOf(argument, textIn(argument, 'valueHint') || name || 'VALUE', needs);
    if (textIn(argument, 'type') !== 'named') return value === null ? [] : [value];
    if (value !== null) return [name, value];
    const isFlag = argument['isRequired'] === true || argument['format'] === 'boolean';
    return isFlag && name !== '' ? [name] : [];
  });
}

function variables(list: readonly JsonObject[], needs: string[]): Record<string, string> {
  const entries = list.flatMap((variable): [string, string][] => {
    const name = textIn(variable, 'name');
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name)) throw new Unusable(`\`${shown(name)}\` is no name of a variable`);
    const value = valueOf(variable, name, needs);
    return value === null ? [] : [[name, value]];
  });
  return Object.fromEntries(entries);
}

/** What it is given; where a person must say it, the variable of giga's environment that it is taken from. Null: nothing. */
function valueOf(said: JsonObject, name: string, needs: string[]): string | null {
  const fixed = textIn(said, 'value');
  if (fixed !== '') return filled(fixed, needs);
  const usual = textIn(said, 'default');
  if (usual !== '') return plain(usual);
  return said['isRequired'] === true ? variable(name, needs) : null;
}

/** `{name}` stands for what a person must say. */
function filled(text: string, needs: string[]): string {
  return plain(text).replaceAll(/\{([A-Za-z0-9_-]{1,64})\}/g, (_, name: string) => variable(name, needs));
}

function variable(name: string, needs: string[]): string {
  const own = name
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
    .replace(/^(?=\d)/, '_');
  needs.push(own);
  return `\${${own}}`;
}

/** What giga would put a variable of its environment into, or a terminal would obey, is refused. */
function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (text.includes('${') || /[\u0000-\u001f\u007f-\u009f]/.test(text))
    throw new Unusable('it holds `${` or a control character');
  return text;
}

function listIn(json: JsonObject, key: string): readonly JsonObject[] {
  const value = json[key] ?? json[snake(key)];
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function textIn(json: JsonObject, key: string): string {
  const value = json[key] ?? json[snake(key)];
  return typeof value === 'string' ? value : '';
}

/** As older documents write it. */
function snake(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function shown(text: string): string {
  return text.slice(0, 100);
}
