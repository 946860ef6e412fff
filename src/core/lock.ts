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
}
export interface PinnedServer {
  /** What the server says to a model about itself. */
  readonly instructions?: string;
  /** By name; the rest of what the server says of it. */
  readonly tools: Readonly<Record<string, JsonObject>>;
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
  const { version, mcp = {}, plugins = {}, ...others } = read;
  const [other] = Object.keys(others);
  if (other !== undefined) return `the section \`${other}\` is not known`;
  if (version !== LOCK_VERSION) return `its \`version\` is not ${LOCK_VERSION}`;
  if (!isJsonObject(mcp) || !Object.values(mcp).every(isPinnedServer))
    return 'its section `mcp` is not as giga writes it';
  if (!isJsonObject(plugins)) return 'its section `plugins` is no map';
  return { version: LOCK_VERSION, mcp: mcp as unknown as Lock['mcp'], plugins }; // every server was checked
}

function isPinnedServer(value: Json): boolean {
  if (!isJsonObject(value)) return false;
  const { instructions, tools } = value;
  if (instructions !== undefined && typeof instructions !== 'string') return false;
  return isJsonObject(tools) && Object.values(tools).every(isJsonObject);
}

/** The same lock has the same text, whatever the order in which it came about. */
export function lockText({ version, mcp, plugins }: Lock): string {
  const whole = { version, mcp: mcp as unknown as JsonObject, plugins }; // plain JSON
  return `${JSON.stringify(JSON.parse(canonical(whole)), null, 2)}\n`;
}

export function pinOf({ instructions }: Pick<McpAbout, 'instructions'>, tools: readonly McpTool[]): PinnedServer {
  const entries = tools.map(({ name, ...tool }) => [name, tool as unknown as JsonObject] as const); // plain JSON
  return { ...(instructions !== undefined && { instructions }), tools: jsonObject(entries) as PinnedServer['tools'] }; // as above
}

/** What is different, in lines: `-` as it was pinned, `+` as it is now. Empty where nothing is. */
export function pinDifferences(pinned: PinnedServer, now: PinnedServer): readonly string[] {
  const lines = differing('instructions', pinned.instructions, now.instructions);
  const names = [...new Set([...Object.keys(pinned.tools), ...Object.keys(now.tools)])].toSorted();
  for (const name of names) {
    const [before, after] = [ownOf(pinned.tools, name), ownOf(now.tools, name)];
    if (after === undefined) lines.push(`- ${name}: the tool is gone`);
    else if (before === undefined) lines.push(`+ ${name}: a new tool: ${shown(after['description'] ?? null)}`);
    else {
      const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
      for (const key of keys) lines.push(...differing(`${name}.${key}`, before[key], after[key]));
    }
  }
  return lines;
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
