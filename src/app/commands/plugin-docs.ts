/** Writes Markdown about a plugin, from what it says of itself. Pure. */
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { formatDuration } from '../../core/units.ts';
import type { ToldPlugin } from './plugin-list.ts';
import { sampleOf } from './sample.ts';

const MIB = 1_048_576;

export function pluginMarkdown(plugin: ToldPlugin): string {
  const { name, manifest, file } = plugin;
  const { description, config, steps, permissions, timeoutMs, memory } = manifest;
  const lists = Object.entries(permissions).filter(([, list]) => list.length > 0);
  return [
    `# ${plain(name)}`,
    ...(description === undefined ? [] : [plain(description)]),
    fenced('yaml', [`plugins: [${JSON.stringify(file.startsWith('/') ? file : `./${file}`)}]`]),
    ...Object.entries(steps).flatMap(([step, { description: what, input, output }]) => [
      `## ${plain(`${name}/${step}`)}`,
      ...(what === undefined ? [] : [plain(what)]),
      exampleOf(`${name}/${step}`, input),
      ...tableOf('with', input),
      ...tableOf('outputs', output),
    ]),
    ...(config === undefined ? [] : ['## Configuration', ...tableOf('config', config)]),
    '## Permissions and limits',
    lists.length === 0
      ? 'It asks for nothing.'
      : table(
          ['permission', 'what'],
          lists.map(([key, list]) => [key, list.map((one) => `\`${one}\``).join(', ')]),
        ),
    `A call may take ${formatDuration(timeoutMs)} and ${Math.round(memory / MIB)} MiB of memory.`,
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

/** A step of a workflow, with the least that it must be given. */
function exampleOf(uses: string, input: JsonObject): string {
  const sample = sampleOf(input);
  const given = isJsonObject(sample) ? Object.entries(sample) : [];
  return fenced('yaml', [
    'steps:',
    '  example:',
    `    uses: ${JSON.stringify(uses)}`,
    ...(given.length === 0
      ? []
      : ['    with:', ...given.map(([key, value]) => `      ${JSON.stringify(key)}: ${JSON.stringify(value)}`)]),
  ]);
}

function fenced(language: string, lines: readonly string[]): string {
  return ['```' + language, ...lines, '```'].join('\n');
}

function tableOf(title: string, { properties, required }: JsonObject): readonly string[] {
  if (properties === undefined || !isJsonObject(properties)) return [];
  const needed = Array.isArray(required) ? required : [];
  const rows = Object.entries(properties).map(([name, schema]) => {
    const { default: usual, description } = isJsonObject(schema) ? schema : {};
    const need = usual !== undefined ? `\`${JSON.stringify(usual)}\`` : needed.includes(name) ? 'required' : '';
    return [`\`${name}\``, formOf(schema), need, typeof description === 'string' ? description : ''];
  });
  return rows.length === 0 ? [] : [table([title, 'form', 'default', 'what'], rows)];
}

function formOf(schema: Json): string {
  if (!isJsonObject(schema)) return 'any';
  const { type, enum: words, const: only, items, minimum, maximum, pattern, format } = schema;
  if (only !== undefined) return `\`${JSON.stringify(only)}\``;
  if (Array.isArray(words)) return words.map((one) => `\`${JSON.stringify(one)}\``).join(' or ');
  const name = Array.isArray(type) ? type.join(' or ') : typeof type === 'string' ? type : 'any';
  const of = type === 'array' && items !== undefined && isJsonObject(items) ? ` of ${formOf(items)}` : '';
  const bounds = [
    ...(minimum === undefined ? [] : [`from ${JSON.stringify(minimum)}`]),
    ...(maximum === undefined ? [] : [`to ${JSON.stringify(maximum)}`]),
    ...(pattern === undefined ? [] : [`\`${String(pattern)}\``]),
    ...(format === undefined ? [] : [String(format)]),
  ];
  return [`${name}${of}`, ...bounds].join(' ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').trim();
}

/** A text that stands alone: none of it begins a tag. */
function plain(text: string): string {
  return text.replaceAll('<', '&lt;').trim();
}
