/** Lines about plugins. What a plugin says of itself is cut and made harmless: it comes from outside. Pure. */
import type { ToldPlugin } from '../../app/commands/plugin-list.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { bytes } from './artifact-lines.ts';
import { column, cut, harmless, type Paint, type Tone, widthOf } from './text.ts';
import { duration } from './time.ts';

const WORDS = 100;
const TONES: Readonly<Record<ToldPlugin['risk'], Tone>> = { low: 'good', medium: 'warn', high: 'bad', critical: 'bad' };

/** `hello  plugins/hello.ts  none  critical  greet, shout`; the colour goes around the filled cell. */
export function listLines(plugins: readonly ToldPlugin[], paint: Paint): string[] {
  const rows = plugins.map(({ name, file, isolation, risk, integrity, manifest }) => [
    name,
    harmless(file),
    isolation,
    risk,
    integrity.slice(0, 12),
    oneLine(Object.keys(manifest.steps).join(', ')),
  ]);
  const lines = table(rows);
  return lines.map((line, at) => {
    const risk = plugins[at]?.risk ?? 'low';
    return line.replace(`  ${risk}  `, `  ${paint(TONES[risk], risk)}  `);
  });
}

export function infoLines(plugin: ToldPlugin, paint: Paint): string[] {
  const { manifest, granted, reasons } = plugin;
  const { description, timeoutMs, memory, config, steps } = manifest;
  const first = reasons.length === 0 ? 'asks for nothing' : reasons.map(({ why }) => oneLine(why)).join('; ');
  return [
    paint('bold', harmless(plugin.name)) + (description === undefined ? '' : `  ${oneLine(description)}`),
    ...facts([
      ['file', `${harmless(plugin.file)}, ${bytes(plugin.bytes)} as a bundle`],
      ['integrity', plugin.integrity],
      ...(plugin.by.length === 0 ? [] : [['named by', plugin.by.map(harmless).join(', ')] as const]),
      ['isolation', isolationText(plugin)],
      ['risk', `${paint(TONES[plugin.risk], plugin.risk)} (${first})`],
      ['limits', `${duration(timeoutMs)} for a call, ${bytes(memory)} of memory`],
      ...(plugin.builtins.length === 0
        ? []
        : [['imports', plugin.builtins.map((one) => `node:${one}`).join(', ')] as const]),
      ...Object.entries(manifest.permissions).map(
        ([name, asked]) => [name, grantText(asked, granted[name as keyof typeof granted])] as const,
      ), // its own keys
    ]),
    ...(config === undefined ? [] : ['', paint('bold', 'configuration'), ...schemaLines(config)]),
    ...Object.entries(steps).flatMap(([name, step]) => [
      '',
      paint('bold', `${harmless(plugin.name)}/${harmless(name)}`) +
        (step.description === undefined ? '' : `  ${oneLine(step.description)}`),
      ...sectionOf('with', step.input),
      ...sectionOf('outputs', step.output),
    ]),
  ];
}

/** On what the kernel does not enforce, the truth. */
function isolationText({ isolation }: ToldPlugin): string {
  switch (isolation) {
    case 'none':
      return 'none: it can do all that giga itself can';
    case 'limited':
      return 'limited: a process of its own, against mistakes; hostile code may reach the network';
    case 'strict':
      return 'strict: an interpreter in a process of its own, which has nothing but what it is granted';
    default:
      return isolation satisfies never;
  }
}

function grantText(asked: readonly string[], granted: readonly string[] = []): string {
  const left = asked.filter((one) => !granted.includes(one));
  const list = oneLine(granted.length === 0 ? 'nothing' : granted.join(', '));
  return left.length === 0 ? list : `${list} (asks for ${oneLine(asked.join(', '))})`;
}

function sectionOf(title: string, schema: JsonObject): string[] {
  const lines = schemaLines(schema);
  return lines.length === 0 ? [`  ${title}: nothing`] : [`  ${title}:`, ...lines.map((line) => `  ${line}`)];
}

/** One line for each property: its name, its type, whether it must be there, and what it is. */
function schemaLines({ properties, required }: JsonObject): string[] {
  if (properties === undefined || !isJsonObject(properties)) return [];
  const needed = Array.isArray(required) ? required : [];
  return table(
    Object.entries(properties).map(([name, schema]) => {
      const { type, default: usual, description, enum: words } = isJsonObject(schema) ? schema : {};
      const form = Array.isArray(words) ? words.map((one) => JSON.stringify(one)).join(' | ') : String(type ?? 'any');
      const need = usual !== undefined ? `default ${JSON.stringify(usual)}` : needed.includes(name) ? 'required' : '';
      return [
        `  ${harmless(name)}`,
        oneLine(form),
        oneLine(need),
        typeof description === 'string' ? oneLine(description) : '',
      ];
    }),
  );
}

function facts(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => widthOf(name)));
  return rows.map(([name, text]) => `  ${column(name, width)}  ${text}`);
}

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

function oneLine(text: string): string {
  return cut(harmless(text.replaceAll(/\s+/g, ' ').trim()), WORDS);
}
