/** Turns a configuration file that was read into settings, and reports every key and value that has no place in it. Reads no file. */
import { type Diagnostic, listedProblems } from '../../core/diagnostic/diagnostic.ts';
import type { Locator, MapEntry, MapTree, Tree } from '../../core/document.ts';
import { bareObject, type Json } from '../../core/json.ts';
import { readServer, SERVER_NAME } from '../../core/plan/mcp-request.ts';
import { parseDuration } from '../../core/units.ts';
import { readPlugin } from '../../lang/compile/named-plugins.ts';
import { jsonOf } from '../../lang/compile/tree.ts';
import { RESERVED_KEYS } from '../../lang/schema/reserved-keys.ts';
import { approverFault } from '../approvers.ts';
import { type Layer, MAX_CONCURRENCY, type OriginKind, type ProfileValues, type Setting } from './config.ts';
import { complain, isCount, known, type Later, members, placeOf, type Reader } from './file-reader.ts';
import { readModels } from './model-settings.ts';
import { readDayBudget, readPrices } from './money-settings.ts';

/** What a configuration file says. */
export interface FileSettings {
  readonly layer: Layer;
  readonly profiles: ReadonlyMap<string, Profile>;
  /** Paths as written, with their places. */
  readonly envFiles: readonly MapEntry[];
}
export interface Profile extends ProfileValues {
  /** Its `env`, `vars`, `inputs` and `concurrency` as settings. */
  readonly layer: Layer;
}

const KEYS = [
  'env',
  'env-files',
  'vars',
  'defaults',
  'profiles',
  'concurrency',
  'approvers',
  'models',
  'mcp',
  'plugins',
  'mcp-registry',
  'prices',
  'budget',
] as const;
const PROFILE_KEYS = ['env', 'vars', 'inputs', 'concurrency'] as const;
const DEFAULT_KEYS = ['shell', 'timeout', 'grace', 'retry'] as const;
const RETRY_KEYS = ['attempts', 'delay', 'backoff', 'factor', 'max-delay'] as const;
const LATER: Later = RESERVED_KEYS['config.schema.json#'] ?? {};
const LATER_OF_RETRY: Later = RESERVED_KEYS['workflow.schema.json#/definitions/retry'] ?? {};
const BACKOFFS = ['constant', 'linear', 'exponential'];
const MAX_ATTEMPTS = 1000;
const MAX_FACTOR = 100;
const SHELLS = ['bash', 'sh', 'pwsh', 'cmd', 'python', 'node'];
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const APPROVER_NAME = /^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,63}$/u;
const KEY_NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;

export function readFileSettings(
  root: Tree | null,
  locator: Locator,
  kind: OriginKind,
): { settings: FileSettings; diagnostics: readonly Diagnostic[] } {
  const reader: Reader = { locator, kind, diagnostics: [], settings: new Map() };
  const profiles = new Map<string, Profile>();
  const envFiles: MapEntry[] = [];
  const tree = root ?? EMPTY;
  if (tree.kind !== 'map') complain(reader, tree, 'A configuration file must be a map of keys.');
  else {
    for (const entry of known(reader, tree, KEYS, LATER)) {
      if (entry.key === 'profiles') readProfiles(reader, entry.value, profiles);
      else if (entry.key === 'env-files') envFiles.push(...readEnvFileNames(reader, entry.value));
      else readShared(reader, entry, reader.settings);
    }
  }
  return {
    settings: { layer: reader.settings, profiles, envFiles },
    diagnostics: listedProblems(inOrder(reader.diagnostics)),
  };
}

function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.toSorted((a, b) => (a.at?.start.offset ?? 0) - (b.at?.start.offset ?? 0));
}

const EMPTY: MapTree = { kind: 'map', range: [0, 0], entries: [] };

/** The keys that a file and a profile share. */
function readShared(reader: Reader, { key, value }: MapEntry, into: Map<string, Setting>): void {
  const set = (name: string, at: Tree, json: Json) =>
    into.set(name, { value: json, origin: { kind: reader.kind, text: placeOf(reader, at) } });
  switch (key) {
    case 'concurrency':
      if (isCount(value, MAX_CONCURRENCY)) set(key, value, value.value);
      else complain(reader, value, `\`concurrency\` must be a whole number from 1 to ${MAX_CONCURRENCY}.`);
      break;
    case 'env':
      for (const entry of members(reader, value, 'env', NAME)) {
        const text = plainText(reader, entry);
        if (text !== null) set(`env.${entry.key}`, entry.value, text);
      }
      break;
    case 'vars':
    case 'inputs':
      for (const entry of members(reader, value, key, KEY_NAME))
        set(`${key}.${entry.key}`, entry.value, jsonOf(entry.value));
      break;
    case 'defaults':
      readDefaults(reader, value, set);
      break;
    case 'prices':
      readPrices(reader, value, set);
      break;
    case 'budget':
      readDayBudget(reader, value, set);
      break;
    case 'models':
      readModels(reader, value, set);
      break;
    case 'approvers':
      readApprovers(reader, value, set);
      break;
    case 'mcp':
      readServers(reader, value, set);
      break;
    case 'plugins':
      readPlugins(reader, value, set);
      break;
    case 'mcp-registry':
      if (value.kind === 'scalar' && typeof value.value === 'string' && value.value !== '')
        set(key, value, value.value);
      else complain(reader, value, '`mcp-registry` must be a file or an https: address.');
      break;
    default:
      break; // `known` has refused it
  }
}

/** Who may answer is the project's own matter: what a user configures for all projects has no say in it. */
function readApprovers(reader: Reader, value: Tree, set: (name: string, at: Tree, json: Json) => void): void {
  if (reader.kind !== 'project')
    return complain(reader, value, '`approvers` stands in the giga.yaml of the project only.');
  for (const entry of members(reader, value, 'approvers', APPROVER_NAME)) {
    const fault = approverFault(jsonOf(entry.value));
    if (fault === null) set(`approvers.${entry.key}`, entry.value, jsonOf(entry.value));
    else complain(reader, entry.value, `The approver \`${entry.key}\` ${fault}.`);
  }
}

function readServers(reader: Reader, value: Tree, set: (name: string, at: Tree, json: Json) => void): void {
  for (const entry of members(reader, value, 'mcp', SERVER_NAME)) {
    const server = readServer(entry.key, 'giga.yaml', jsonOf(entry.value));
    if (typeof server === 'string') complain(reader, entry.value, `The server \`${entry.key}\` ${server}.`);
    else set(`mcp.${entry.key}`, entry.value, server as unknown as Json); // it is made of what was read
  }
}

/** Paths of the project's file are relative to it, which lies in the workspace root. */
function readPlugins(reader: Reader, value: Tree, set: (name: string, at: Tree, json: Json) => void): void {
  if (reader.kind !== 'project')
    return complain(reader, value, '`plugins` stands in the giga.yaml of the project only.');
  if (value.kind !== 'list') return complain(reader, value, '`plugins` must be a list.');
  for (const item of value.items) {
    const plugin = readPlugin(jsonOf(item));
    if (typeof plugin === 'string') complain(reader, item, `This plugin ${plugin}.`);
    else set(`plugins.${plugin.name}`, item, { ...plugin.said });
  }
}

function readDefaults(reader: Reader, value: Tree, set: (name: string, at: Tree, json: Json) => void): void {
  if (value.kind !== 'map') return complain(reader, value, '`defaults` must be a map.');
  for (const { key, value: given } of known(reader, value, DEFAULT_KEYS)) {
    const fault = key === 'retry' ? retryFault(reader, given) : faultOf(key, given);
    if (fault === null) set(`defaults.${key}`, given, jsonOf(given));
    else complain(reader, given, fault);
  }
}

/** What is wrong with a value, if anything is. */
function faultOf(key: string, given: Tree): string | null {
  const value = given.kind === 'scalar' ? given.value : null;
  const isOneOf = (words: readonly string[]) => typeof value === 'string' && words.includes(value);
  switch (key) {
    case 'shell':
      return isOneOf(SHELLS) ? null : `\`shell\` must be one of ${SHELLS.join(', ')}.`;
    case 'backoff':
      return isOneOf(BACKOFFS) ? null : `\`backoff\` must be one of ${BACKOFFS.join(', ')}.`;
    case 'attempts':
      return isCount(given, MAX_ATTEMPTS) ? null : `\`attempts\` must be a whole number from 1 to ${MAX_ATTEMPTS}.`;
    case 'factor':
      return typeof value === 'number' && value >= 1 && value <= MAX_FACTOR
        ? null
        : `\`factor\` must be a number from 1 to ${MAX_FACTOR}.`;
    default: // timeout, grace, delay, max-delay
      return typeof value === 'string' && parseDuration(value) !== null
        ? null
        : `\`${key}\` must be a duration such as 10m or 1h30m.`;
  }
}

/** Reports what is wrong inside the map by itself. */
function retryFault(reader: Reader, given: Tree): string | null {
  if (given.kind !== 'map')
    return isCount(given, MAX_ATTEMPTS) ? null : '`retry` must be a map such as { attempts: 2, delay: 2s }.';
  for (const { key, value } of known(reader, given, RETRY_KEYS, LATER_OF_RETRY)) {
    const fault = faultOf(key, value);
    if (fault !== null) complain(reader, value, fault);
  }
  return given.entries.some(({ key }) => key === 'attempts') ? null : '`retry` must say how many `attempts`.';
}

function readProfiles(reader: Reader, value: Tree, profiles: Map<string, Profile>): void {
  for (const { key, value: tree } of members(reader, value, 'profiles', KEY_NAME)) {
    if (tree.kind !== 'map') {
      complain(reader, tree, 'A profile must be a map.');
      continue;
    }
    const settings = new Map<string, Setting>();
    const inner: Reader = { ...reader, kind: 'profile' };
    for (const entry of known(inner, tree, PROFILE_KEYS)) readShared(inner, entry, settings);
    const named = (prefix: string) =>
      [...settings]
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, s]) => [name.slice(prefix.length), s.value] as const);
    const env = named('env.').map(([name, text]) => [name, typeof text === 'string' ? text : ''] as const);
    profiles.set(key, { layer: settings, env: bareObject(env), inputs: bareObject(named('inputs.')) });
  }
}

function readEnvFileNames(reader: Reader, value: Tree): MapEntry[] {
  const items = value.kind === 'list' ? value.items : [value];
  return items.flatMap((item) => {
    if (item.kind === 'scalar' && typeof item.value === 'string' && item.value !== '')
      return [{ key: item.value, keyRange: item.range, value: item }];
    complain(reader, item, '`env-files` must be a path or a list of paths.');
    return [];
  });
}

/** The text of a value of `env`. Configuration files hold no expressions. */
function plainText(reader: Reader, { value }: MapEntry): string | null {
  if (value.kind !== 'scalar') complain(reader, value, 'A variable must be a text.');
  else {
    const text = typeof value.value === 'string' ? value.value : value.value === null ? '' : value.source;
    if (!text.includes('${{')) return text;
    complain(reader, value, 'A configuration file holds no expressions.', 'set it under `env:` of the workflow');
  }
  return null;
}
