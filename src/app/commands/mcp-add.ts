/** Finds MCP servers in a registry, and puts one into `.mcp.json`, with what was accepted in `giga.lock`. Starts nothing; asks nobody. */
import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import { canonical, isJsonObject, type JsonObject } from '../../core/json.ts';
import type { AcceptedEntry, Lock } from '../../core/lock.ts';
import { similarHint } from '../../core/nearest.ts';
import { plainHost } from '../../core/net/hosts.ts';
import { readServer, SERVER_NAME } from '../../core/plan/mcp-request.ts';
import { errorCode } from '../../host/files.ts';
import { createHttpClient } from '../../host/http/client.ts';
import { settingsOf } from '../config/config.ts';
import { readLockFile } from '../lock-file.ts';
import { type RegistryEntry, readRegistry } from '../mcp-registry.ts';
import type { Project } from '../project.ts';
import { replaceFile, writeLock } from './write-lock.ts';

const SHARED_FILE = '.mcp.json';
const MAX_BYTES = 8 * 1_048_576;
const MAX_WAIT_MS = 30_000;

/** The entries of the registry that hold all of the words, in the order of the registry. `from`: stronger than the configuration. */
export async function searchRegistry(
  project: Project,
  from: string | undefined,
  words: readonly string[],
): Promise<Result<readonly RegistryEntry[]>> {
  const all = await entriesOf(project, from, words.join(' '));
  if (!all.ok) return all;
  const wanted = words.map((word) => word.toLowerCase());
  const found = all.value.filter(({ name, description }) => {
    const text = `${name} ${description}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
  return { ok: true, value: found };
}

/** What would be added, for whoever is to accept it. */
export interface Proposal {
  readonly name: string;
  readonly entry: RegistryEntry & { readonly server: JsonObject };
  /** What was accepted of this name before, where that was something else. */
  readonly before: AcceptedEntry | null;
  /** All of it is there already. */
  readonly isThere: boolean;
}

export async function proposeServer(
  project: Project,
  from: string | undefined,
  wanted: { readonly entry: string; readonly as: string | undefined },
): Promise<Result<Proposal>> {
  const all = await entriesOf(project, from, wanted.entry);
  if (!all.ok) return all;
  const entry = entryNamed(all.value, wanted.entry);
  if (!entry.ok) return entry;
  const { server } = entry.value;
  const name = wanted.as ?? basename(entry.value.name);
  if (!SERVER_NAME.test(name))
    return refused(`\`${name}\` cannot be the name of a server.`, 'Give it another: `--as NAME`.');
  const wrong = typeof server === 'string' ? server : readServer(name, SHARED_FILE, server);
  if (typeof server === 'string' || typeof wrong === 'string')
    return refused(`The server \`${entry.value.name}\` of the registry cannot be used: ${String(wrong)}.`);
  const [lock, file] = [await readLockFile(project.root), readShared(project.root)];
  if (!lock.ok) return lock;
  if (!file.ok) return file;
  const accepted = ownIn(lock.value.registry ?? {}, name);
  const there = ownIn(serversIn(file.value), name);
  if (there !== undefined && accepted === undefined)
    return refused(
      `There is a server \`${name}\` in ${SHARED_FILE} already.`,
      'Give this one another name: `--as NAME`.',
    );
  const isSame = accepted?.digest === entry.value.digest && accepted.name === entry.value.name;
  return {
    ok: true,
    value: {
      name,
      entry: { ...entry.value, server },
      before: accepted === undefined || isSame ? null : accepted,
      isThere: isSame && there !== undefined && canonical(there) === canonical(server),
    },
  };
}

/** The newest is the last of several versions: registries list them in the order in which they came. */
function entryNamed(all: readonly RegistryEntry[], wanted: string): Result<RegistryEntry> {
  const whole = all.findLast(({ name }) => name === wanted);
  if (whole !== undefined) return { ok: true, value: whole };
  const short = [
    ...new Map(all.filter(({ name }) => basename(name) === wanted).map((one) => [one.name, one])).values(),
  ];
  const [only, other] = short;
  if (only !== undefined && other === undefined) return { ok: true, value: only };
  const names = [...new Set((other === undefined ? all : short).map(({ name }) => name))];
  const message =
    other === undefined
      ? `The registry has no server \`${wanted}\`.`
      : `The registry has several servers \`${wanted}\`.`;
  const hint = names.length === 0 ? 'It is empty.' : `It has: ${names.slice(0, 10).join(', ')}.`;
  return {
    ok: false,
    diagnostics: [problem('CLI_MCP_REGISTRY', message, { hint, ...similarHint('a server', wanted, names) })],
  };
}

/** Writes what was accepted: the lock first, so that nothing is there that was not accepted. */
export async function addServer(project: Project, { name, entry }: Proposal): Promise<Diagnostic | null> {
  const [lock, file] = [await readLockFile(project.root), readShared(project.root)];
  if (!lock.ok) return lock.diagnostics[0] ?? null;
  if (!file.ok) return file.diagnostics[0] ?? null;
  const accepted: AcceptedEntry = { name: entry.name, version: entry.version, digest: entry.digest };
  const next: Lock = { ...lock.value, registry: { ...lock.value.registry, [name]: accepted } };
  const shared = { ...file.value, mcpServers: { ...serversIn(file.value), [name]: entry.server } };
  const text = `${JSON.stringify(shared, null, 2)}\n`;
  return writeLock(project.root, next) ?? replaceFile(join(project.root, SHARED_FILE), SHARED_FILE, text);
}

function readShared(root: string): Result<JsonObject> {
  let text: string;
  try {
    text = readFileSync(join(root, SHARED_FILE), 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { ok: true, value: {} };
    return refused(`\`${SHARED_FILE}\` cannot be read (${errorCode(error) ?? String(error)}).`);
  }
  try {
    const read: unknown = JSON.parse(text);
    if (isJsonObject(read) && (read['mcpServers'] === undefined || isJsonObject(read['mcpServers'])))
      return { ok: true, value: read };
  } catch {
    // said below
  }
  return refused(`\`${SHARED_FILE}\` is not as tools write it, so nothing can be added to it.`);
}

function serversIn({ mcpServers }: JsonObject): JsonObject {
  return isJsonObject(mcpServers) ? mcpServers : {};
}

function ownIn<T>(map: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

async function entriesOf(
  project: Project,
  from: string | undefined,
  search: string,
): Promise<Result<readonly RegistryEntry[]>> {
  const where = from ?? settingsOf(project.config, 'mcp-registry')[0]?.value;
  if (typeof where !== 'string')
    return refused(
      'There is no registry of MCP servers.',
      'Name one: `--registry`, or `mcp-registry` in giga.yaml; a file, or an https: address.',
    );
  const text = await textOf(project, where.replaceAll('{search}', encodeURIComponent(search)));
  if (!text.ok) return text;
  const entries = readRegistry(text.value);
  return typeof entries === 'string'
    ? refused(`The registry \`${where}\` cannot be used: ${entries}.`)
    : { ok: true, value: entries };
}

async function textOf(project: Project, where: string): Promise<Result<string>> {
  if (/^https?:/i.test(where)) return fetched(where);
  try {
    return { ok: true, value: readFileSync(resolve(project.root, where), 'utf8') };
  } catch (error) {
    return refused(`The registry \`${where}\` cannot be read (${errorCode(error) ?? String(error)}).`);
  }
}

/** The host is written down, so it may be private; what it redirects to may not. */
async function fetched(url: string): Promise<Result<string>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const host = plainHost(URL.parse(url)?.hostname ?? '');
  const end = await createHttpClient().send(
    {
      url,
      method: 'GET',
      headers: { accept: 'application/json' },
      net: null,
      named: [host],
      keepsRedirect: () => false,
      sink: () => ({
        async write(chunk) {
          size += chunk.length;
          chunks.push(chunk);
          return size <= MAX_BYTES
            ? null
            : { ...problem('CLI_MCP_REGISTRY', `It is larger than ${MAX_BYTES} bytes.`), retryable: false };
        },
      }),
    },
    AbortSignal.timeout(MAX_WAIT_MS),
  );
  if (end.kind === 'failed') return refused(`The registry cannot be read: ${end.error.message}`);
  if (end.head.status !== 200) return refused(`The registry at \`${host}\` answered with status ${end.head.status}.`);
  return { ok: true, value: Buffer.concat(chunks).toString('utf8') };
}

function refused(message: string, hint?: string): Result<never> {
  return { ok: false, diagnostics: [problem('CLI_MCP_REGISTRY', message, hint === undefined ? {} : { hint })] };
}
