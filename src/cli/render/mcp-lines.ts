/** Lines about MCP servers and what they have. What a server says is cut and made harmless: it comes from outside. Pure. */

import type { Proposal } from '../../app/commands/mcp-add.ts';
import type { Offered } from '../../app/commands/mcp-ask.ts';
import type { AuditLine } from '../../app/commands/mcp-audit.ts';
import type { RegistryEntry } from '../../app/mcp-registry.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { McpServer } from '../../core/plan/mcp-request.ts';
import { column, cut, harmless, type Paint, widthOf } from './text.ts';

const WORDS = 100;

function table(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, at) => Math.max(0, ...rows.map((row) => widthOf(row[at] ?? ''))));
  return rows.map((row) =>
    row
      .map((cell, at) => column(cell, widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** `files  giga.yaml  npx -y @modelcontextprotocol/server-filesystem .` */
export function serverLines(servers: readonly McpServer[], faults: ReadonlyMap<string, string>): string[] {
  const rows = servers.map((server) => [server.name, server.from ?? 'the workflow', harmless(howText(server))]);
  return [...table(rows), ...[...faults.values()].map((fault) => `✘ ${harmless(fault)}`)];
}

export function howText({ command, args = [], url }: McpServer): string {
  return command === undefined ? String(url) : [command, ...args].join(' ');
}

export function offeredLines({ about, tools, resources, templates, prompts }: Offered, paint: Paint): string[] {
  const { name, version, protocol, instructions } = about;
  return [
    `${harmless(name)} ${harmless(version)} · MCP ${harmless(protocol)}`,
    ...(instructions === undefined ? [] : [paint('dim', oneLine(instructions))]),
    ...section(
      'tools',
      tools.map((tool) => [`${tool.name}${argumentsText(tool.inputSchema)}`, oneLine(tool.description)]),
      paint,
    ),
    ...section(
      'resources',
      resources.map((one) => [textIn(one, 'uri'), textIn(one, 'name')]),
      paint,
    ),
    ...section(
      'resource templates',
      templates.map((one) => [textIn(one, 'uriTemplate'), textIn(one, 'name')]),
      paint,
    ),
    ...section(
      'prompts',
      prompts.map((one) => [textIn(one, 'name'), textIn(one, 'description')]),
      paint,
    ),
  ];
}

function section(title: string, rows: readonly (readonly string[])[], paint: Paint): string[] {
  if (rows.length === 0) return [];
  return ['', paint('bold', title), ...table(rows.map((row) => row.map(oneLine))).map((line) => `  ${line}`)];
}

/** `(path, head?)`: what must be given, and what may be. */
function argumentsText({ properties, required }: JsonObject): string {
  const needed = Array.isArray(required) ? required : [];
  const names = isJsonObject(properties) ? Object.keys(properties) : [];
  return `(${names.map((name) => (needed.includes(name) ? name : `${name}?`)).join(', ')})`;
}

function textIn(json: JsonObject, key: string): string {
  const value = json[key];
  return typeof value === 'string' ? value : '';
}

function oneLine(text: string): string {
  return cut(harmless(text.replaceAll(/\s+/g, ' ').trim()), WORDS);
}

/** What a registry has: `io.github.somebody/weather  1.0.2  npx -y weather@1.0.2  The weather.` */
export function entryLines(entries: readonly RegistryEntry[]): string[] {
  return table(
    entries.map(({ name, version, server, description }) => [
      name,
      oneLine(version),
      oneLine(typeof server === 'string' ? `cannot be used: ${server}` : wayOf(server)),
      oneLine(description),
    ]),
  );
}

/** All that somebody must see who is to accept it: what is started is never cut. */
export function proposalLines({ name, entry, before }: Proposal): string[] {
  const { server, needs, version, description } = entry;
  const given = [server['env'], server['headers']].flatMap((map) => (isJsonObject(map) ? Object.entries(map) : []));
  return [
    `${entry.name} ${harmless(version)}: ${oneLine(description)}`,
    ...(before === null
      ? []
      : [`  before    ${harmless(`${before.name} ${before.version}`)}, of which the registry says something else now`]),
    `  name      ${name}`,
    `  ${server['url'] === undefined ? 'starts ' : 'reaches'}   ${harmless(wayOf(server))}`,
    ...given.map(([key, value]) => `  given     ${harmless(`${key}=${String(value)}`)}`),
    ...(needs.length === 0
      ? []
      : [`  needs     ${[...new Set(needs)].join(', ')} of giga's environment, or as secrets of the workflow`]),
  ];
}

function wayOf({ command, args, url }: JsonObject): string {
  if (typeof url === 'string') return url;
  const words = Array.isArray(args) ? args.map(String) : [];
  return [String(command), ...words]
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word)))
    .join(' ');
}

/** `14:02:11  count  notes.count  ok  12 ms  34 bytes  1f0c2a…  {"title":"Hello"}` */
export function auditLines(lines: readonly AuditLine[]): string[] {
  return table(
    lines.map(({ at, step, kind, what, verdict, durationMs, bytes, digest, arguments: args, more }) => [
      new Date(at).toISOString().slice(11, 19),
      harmless(step),
      harmless(kind === 'call' ? what : `${what} ${kind}`),
      verdict ?? '',
      durationMs === null ? '' : `${durationMs} ms`,
      bytes === null ? '' : `${bytes} bytes`,
      digest?.slice(0, 12) ?? '',
      oneLine(JSON.stringify(kind === 'call' ? args : more)),
    ]),
  );
}
