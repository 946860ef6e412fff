/** `giga.lock`: what others could change and a project has accepted, such as the definitions of MCP servers. Pure: reads and writes texts. */
import { canonical, isJsonObject, type Json, type JsonObject, jsonObject } from './json.ts';
import { depthOfText, MAX_GIVEN_DEPTH } from './json-depth.ts';
import type { McpAbout, McpTool } from './mcp.ts';

export const LOCK_FILE = 'giga.lock';
const LOCK_VERSION = 1;

export interface Lock {
  readonly version: typeof LOCK_VERSION;
  /** By the name of the server. */
  readonly mcp: Readonly<Record<string, PinnedServer>>;
  /** By the name of the plugin; whoever installs them knows the form. */
  readonly plugins: JsonObject;
  /** Servers that were taken from a registry, by their names in this project. */
  readonly registry?: Readonly<Record<string, AcceptedEntry>>;
}
export interface AcceptedEntry {
  /** In the registry. */
  readonly name: string;
  readonly version: string;
  /** Of all that the registry said of it. */
  readonly digest: string;
}
type Definitions = Readonly<Record<string, JsonObject>>;

export interface PinnedServer {
  /** What the server says to a model about itself. */
  readonly instructions?: string;
  /** By name; the rest of what the server says of it. */
  readonly tools: Definitions;
  /** By name, and by address; absent: in a lock that was written before these were kept. */
  readonly prompts?: Definitions;
  readonly templates?: Definitions;
}

export const EMPTY_LOCK: Lock = { version: LOCK_VERSION, mcp: {}, plugins: {} };

/** The lock, or what is wrong with its text. */
export function readLock(text: string): Lock | string {
  if (depthOfText(text) > MAX_GIVEN_DEPTH) return `it nests more than ${MAX_GIVEN_DEPTH} levels deep`;
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    return `it is not JSON: ${String(error)}`;
  }
  if (!isJsonObject(read)) return 'it is no map';
  const { version, mcp = {}, plugins = {}, registry, ...others } = read;
  const [other] = Object.keys(others);
  if (other !== undefined) return `the section \`${other}\` is not known`;
  if (version !== LOCK_VERSION) return `its \`version\` is not ${LOCK_VERSION}`;
  if (!isJsonObject(mcp) || !Object.values(mcp).every(isPinnedServer))
    return 'its section `mcp` is not as giga writes it';
  if (!isJsonObject(plugins)) return 'its section `plugins` is no map';
  const lock = { version: LOCK_VERSION, mcp: mcp as unknown as Lock['mcp'], plugins } as const; // every server was checked
  if (registry === undefined) return lock;
  if (!isJsonObject(registry) || !Object.values(registry).every(isAcceptedEntry))
    return 'its section `registry` is not as giga writes it';
  return { ...lock, registry: registry as unknown as NonNullable<Lock['registry']> }; // as above
}

function isPinnedServer(value: Json): boolean {
  if (!isJsonObject(value)) return false;
  const { instructions, tools = null, prompts = {}, templates = {} } = value;
  if (instructions !== undefined && typeof instructions !== 'string') return false;
  return [tools, prompts, templates].every((map) => isJsonObject(map) && Object.values(map).every(isJsonObject));
}

function isAcceptedEntry(value: Json): boolean {
  return isJsonObject(value) && ['name', 'version', 'digest'].every((key) => typeof value[key] === 'string');
}

/** The same lock has the same text, whatever the order in which it came about. */
export function lockText(lock: Lock): string {
  return `${JSON.stringify(JSON.parse(canonical(lock as unknown as JsonObject)), null, 2)}\n`; // plain JSON
}

/** What a server offers. Resources themselves are data, which come and go. */
export interface Offer {
  readonly tools: readonly McpTool[];
  /** As the server lists them; absent: nobody asked. */
  readonly prompts?: readonly JsonObject[];
  readonly templates?: readonly JsonObject[];
}

export function pinOf({ instructions }: Pick<McpAbout, 'instructions'>, offer: Offer): PinnedServer {
  const { tools, prompts, templates } = offer;
  return {
    ...(instructions !== undefined && { instructions }),
    tools: pinned(tools as unknown as readonly JsonObject[], 'name'), // plain JSON
    ...(prompts && { prompts: pinned(prompts, 'name') }),
    ...(templates && { templates: pinned(templates, 'uriTemplate') }),
  };
}

/** By what they are called; what has no name cannot be used. */
function pinned(list: readonly JsonObject[], by: string): Definitions {
  const entries = list.flatMap(({ [by]: name, ...rest }) => (typeof name === 'string' ? [[name, rest] as const] : []));
  return jsonObject(entries) as Definitions; // as it was just made
}

/** What is different, in lines: `-` as it was pinned, `+` as it is now. Empty where nothing is. */
export function pinDifferences(pinned: PinnedServer, now: PinnedServer): readonly string[] {
  return [
    ...differing('instructions', pinned.instructions, now.instructions),
    ...differingIn('tool', pinned.tools, now.tools),
    ...(pinned.prompts && now.prompts ? differingIn('prompt', pinned.prompts, now.prompts) : []),
    ...(pinned.templates && now.templates ? differingIn('template', pinned.templates, now.templates) : []),
  ];
}

function differingIn(what: string, pinned: Definitions, now: Definitions): readonly string[] {
  const names = [...new Set([...Object.keys(pinned), ...Object.keys(now)])].toSorted();
  return names.flatMap((name) => {
    const [before, after] = [ownOf(pinned, name), ownOf(now, name)];
    if (after === undefined) return [`- ${name}: the ${what} is gone`];
    if (before === undefined) return [`+ ${name}: a new ${what}: ${shown(after['description'] ?? null)}`];
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
    return keys.flatMap((key) => differing(`${name}.${key}`, before[key], after[key]));
  });
}

function ownOf<T>(map: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

function differing(path: string, before: Json | undefined, after: Json | undefined): string[] {
  if (canonical(before ?? null) === canonical(after ?? null) && (before === undefined) === (after === undefined))
    return [];
  if (isJsonObject(before) && isJsonObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
    return keys.flatMap((key) => differing(`${path}.${key}`, before[key], after[key]));
  }
  return [
    ...(before === undefined ? [] : [`- ${path}: ${shown(before)}`]),
    ...(after === undefined ? [] : [`+ ${path}: ${shown(after)}`]),
  ];
}

const SHOWN = 500;

/** In quotes and with escapes: what a server says must not look like words of giga. */
function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}… (${text.length} characters)`;
}
