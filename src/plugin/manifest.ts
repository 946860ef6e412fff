/** Reads what a module says of itself: a manifest, or every fault of it at its place in the source. Pure. */
import { type Diagnostic, problem, type Result } from '../core/diagnostic/diagnostic.ts';
import { bareObject, isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { nearest } from '../core/nearest.ts';
import { isHostPattern } from '../core/net/hosts.ts';
import { isPathPattern } from '../core/permissions/path-patterns.ts';
import {
  PLUGIN_PERMISSIONS,
  type PluginManifest,
  type PluginPermission,
  type PluginPermissions,
  type PluginStep,
} from '../core/plugin.ts';
import { checkSchema } from '../core/schema/check.ts';
import { parseBytes, parseDuration } from '../core/units.ts';
import { placeInSource } from './place-in-source.ts';

const USUAL_TIMEOUT_MS = 60_000;
const MAX_TIMEOUT_MS = 86_400_000;
const USUAL_MEMORY = 256 * 1_048_576;
const LEAST_MEMORY = 16 * 1_048_576;
const MAX_MEMORY = 4 * 2 ** 30;
const STEP_NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

const KEYS = ['description', 'permissions', 'config', 'limits', 'steps'] as const;
const STEP_KEYS = ['description', 'input', 'output', 'run'] as const;

/** `fault(path, message)`: what stands at the path goes on with the message. */
type Tell = (path: readonly string[], message: string, hint?: string) => void;

/** `said` is the module's default export without its functions; `source` the text of its file, for places in it. */
export function readManifest(
  said: Json,
  source: { readonly file: string; readonly text: string },
): Result<PluginManifest> {
  const faults: Diagnostic[] = [];
  const tell: Tell = (path, message, hint) => {
    const name = path.length === 0 ? 'The plugin' : `\`${path.join('.')}\` of the plugin`;
    const at = placeInSource(source.text, source.file, path);
    faults.push(
      problem('PLUGIN_MANIFEST', `${name} ${message}${message.endsWith('?') ? '' : '.'}`, {
        at,
        ...(hint === undefined ? {} : { hint }),
      }),
    );
  };
  const manifest = manifestIn(said, tell);
  return faults.length === 0 ? { ok: true, value: manifest } : { ok: false, diagnostics: faults };
}

function manifestIn(said: Json, tell: Tell): PluginManifest {
  if (!isJsonObject(said)) {
    tell([], 'has no default export that says what it is', 'Write `export default definePlugin({ steps: { … } })`.');
    return { permissions: {}, timeoutMs: USUAL_TIMEOUT_MS, memory: USUAL_MEMORY, steps: {} };
  }
  checkKeys(said, [], KEYS, tell);
  const { description, config, limits } = said;
  if (config !== undefined) checkSchemaAt(config, ['config'], tell);
  return {
    ...(typeof description === 'string' ? { description } : {}),
    permissions: permissionsIn(said['permissions'], tell),
    ...(isJsonObject(config) ? { config } : {}),
    ...limitsIn(limits, tell),
    steps: stepsIn(said['steps'], tell),
  };
}

function checkKeys(map: JsonObject, path: readonly string[], known: readonly string[], tell: Tell): void {
  for (const key of Object.keys(map).filter((one) => !known.includes(one))) {
    const similar = nearest(key, known);
    tell(
      [...path, key],
      'is not known',
      similar === null ? `Known are: ${known.join(', ')}.` : `Did you mean \`${similar}\`?`,
    );
  }
  const { description } = map;
  if (description !== undefined && typeof description !== 'string') tell([...path, 'description'], 'is no text');
}

const CHECKS: Readonly<Record<PluginPermission, (item: string) => boolean>> = {
  read: isPathPattern,
  write: isPathPattern,
  net: isHostPattern,
  env: (name) => VARIABLE.test(name),
};

function permissionsIn(said: Json | undefined, tell: Tell): PluginPermissions {
  if (said === undefined) return {};
  if (!isJsonObject(said)) {
    tell(['permissions'], 'is no map of lists');
    return {};
  }
  checkKeys(said, ['permissions'], PLUGIN_PERMISSIONS, tell);
  const lists = PLUGIN_PERMISSIONS.flatMap((name): readonly (readonly [PluginPermission, readonly string[]])[] => {
    const list = said[name];
    if (list === undefined) return [];
    if (!Array.isArray(list)) {
      tell(['permissions', name], 'is no list');
      return [];
    }
    const wrong = list.find((item) => typeof item !== 'string' || !CHECKS[name](item));
    if (wrong !== undefined)
      tell(['permissions', name], `has an item that cannot be used: ${JSON.stringify(wrong).slice(0, 80)}`);
    return [[name, list.filter((item): item is string => typeof item === 'string')]];
  });
  return bareObject(lists);
}

function limitsIn(said: Json | undefined, tell: Tell): Pick<PluginManifest, 'timeoutMs' | 'memory'> {
  const usual = { timeoutMs: USUAL_TIMEOUT_MS, memory: USUAL_MEMORY };
  if (said === undefined) return usual;
  if (!isJsonObject(said)) {
    tell(['limits'], 'is no map');
    return usual;
  }
  checkKeys(said, ['limits'], ['timeout', 'memory'], tell);
  const { timeout, memory } = said;
  const timeoutMs =
    timeout === undefined ? USUAL_TIMEOUT_MS : typeof timeout === 'string' ? parseDuration(timeout) : null;
  if (timeoutMs === null || timeoutMs < 1 || timeoutMs > MAX_TIMEOUT_MS)
    tell(['limits', 'timeout'], 'is no duration such as `5s`, of at most a day');
  const bytes = memory === undefined ? USUAL_MEMORY : typeof memory === 'string' ? parseBytes(memory) : null;
  if (bytes === null || bytes < LEAST_MEMORY || bytes > MAX_MEMORY)
    tell(['limits', 'memory'], 'is no size such as `64MB`, from 16MiB to 4GiB');
  return { timeoutMs: timeoutMs ?? USUAL_TIMEOUT_MS, memory: bytes ?? USUAL_MEMORY };
}

function stepsIn(said: Json | undefined, tell: Tell): Readonly<Record<string, PluginStep>> {
  if (said === undefined) return {};
  if (!isJsonObject(said)) {
    tell(['steps'], 'is no map of steps');
    return {};
  }
  return bareObject(
    Object.entries(said).flatMap(([name, step]): readonly (readonly [string, PluginStep])[] => {
      const path = ['steps', name];
      if (!STEP_NAME.test(name)) tell(path, 'is no name of a step: letters, digits, `_`, `-` and `.`, a letter first');
      if (!isJsonObject(step)) {
        tell(path, 'is no step', 'Write `step({ input, output, run })`.');
        return [];
      }
      checkKeys(step, path, STEP_KEYS, tell);
      if (step['run'] !== true) tell(path, 'has no function `run`');
      const { description } = step;
      const [input, output] = [objectSchemaAt(step, 'input', path, tell), objectSchemaAt(step, 'output', path, tell)];
      return [[name, { ...(typeof description === 'string' ? { description } : {}), input, output }]];
    }),
  );
}

function objectSchemaAt(step: JsonObject, key: 'input' | 'output', path: readonly string[], tell: Tell): JsonObject {
  const schema = step[key];
  if (!isJsonObject(schema) || schema['type'] !== 'object') {
    tell([...path, key], "must be a JSON Schema with `type: 'object'`");
    return { type: 'object' };
  }
  checkSchemaAt(schema, [...path, key], tell);
  return schema;
}

function checkSchemaAt(schema: Json, path: readonly string[], tell: Tell): void {
  for (const fault of checkSchema(schema))
    tell([...path, ...fault.path.split('.').filter((part) => part !== '')], fault.message);
}
