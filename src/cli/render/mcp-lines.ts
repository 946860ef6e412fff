/** Lines about MCP servers and what they have. What a server says is cut and made harmless: it comes from outside. Pure. */
import type { Offered } from '../../app/commands/mcp-ask.ts';
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
