/** The reference of the command line as Markdown, made from the command table. */
import type { ArgumentSpec, CommandSpec, FlagSpec } from './command-spec.ts';
import { COMMANDS } from './command-table.ts';
import { COMMON_FLAGS } from './common-flags.ts';
import { argumentUsage, flagUsage } from './program.ts';

const BEGIN =
  '<!-- commands: made from src/cli/command-table.ts by UPDATE_GOLDEN=1 npx vitest run test/cli/reference.test.ts -->';
const END = '<!-- end of commands -->';

/** Puts the reference of today between its marks in a page; the rest stays. */
export function withReference(page: string): string {
  const [before = '', rest = ''] = page.split(BEGIN);
  const after = rest.split(END)[1] ?? '';
  return `${before}${BEGIN}\n\n${reference()}\n\n${END}${after}`;
}

function reference(): string {
  const common = `## Options of every command\n\n${flagTable(COMMON_FLAGS)}`;
  return [common, ...COMMANDS.map(commandText)].join('\n\n');
}

function commandText(spec: CommandSpec): string {
  const usage = [
    'giga',
    spec.name,
    ...spec.arguments.map(argumentUsage),
    ...(spec.flags.length > 0 ? ['[options]'] : []),
  ].join(' ');
  const parts = [
    `## giga ${spec.name}`,
    `${sentence(spec.summary)}${spec.details ? ` ${spec.details}` : ''}`,
    `\`${usage}\``,
  ];
  if (spec.arguments.length > 0) parts.push(spec.arguments.map(argumentLine).join('\n'));
  if (spec.flags.length > 0) parts.push(flagTable(spec.flags));
  if (spec.examples) parts.push(`\`\`\`sh\n${spec.examples.join('\n')}\n\`\`\``);
  return parts.join('\n\n');
}

function argumentLine({ name, description }: ArgumentSpec): string {
  return `- \`${name}\`: ${description}`;
}

function flagTable(flags: readonly FlagSpec[]): string {
  const rows = flags.map((flag) => `| \`${flagUsage(flag)}\` | ${flag.description.replaceAll('|', '\\|')} |`);
  return ['| option | meaning |', '| --- | --- |', ...rows].join('\n');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
