/** Turns the command table into a commander program, and what commander refuses into diagnostics. Knows no command's meaning. */
import { Command, CommanderError, Option } from 'commander';
import { type Diagnostic, problem } from '../core/diagnostic/diagnostic.ts';
import { VERSION } from '../core/version.ts';
import type { ArgumentSpec, CommandSpec, FlagSpec, Flags } from './command-spec.ts';
import { COMMANDS, GROUPS, NOT_BUILT_YET } from './command-table.ts';
import { COMMON_FLAGS } from './common-flags.ts';

/** What an argv asks for. */
export type Request =
  | { readonly kind: 'call'; readonly spec: CommandSpec; readonly args: readonly string[]; readonly flags: Flags }
  /** Help that was asked for, or the version. */
  | { readonly kind: 'text'; readonly text: string }
  /** No command at all: the help, as an error. */
  | { readonly kind: 'empty'; readonly text: string }
  | { readonly kind: 'refused'; readonly diagnostic: Diagnostic };

/** Reads the words after `giga`. */
export function readArguments(argv: readonly string[]): Request {
  const named = COMMANDS.filter(({ name }) => name === argv[0]);
  const request = named.length > 0 ? readWith(named, argv) : null;
  // What calls no command is answered with knowledge of them all, which takes a while to set up.
  return request?.kind === 'call' ? request : readWith(COMMANDS, argv);
}

function readWith(specs: readonly CommandSpec[], argv: readonly string[]): Request {
  let called: Request | undefined;
  let printed = '';
  const program = buildProgram(specs, (spec, args, options) => {
    const refusal = refuseValues(spec, options);
    called = refusal ?? { kind: 'call', spec, args, flags: flagsOf(options) };
  });
  for (const command of withInner(program)) {
    command.configureOutput({ writeOut: (text) => void (printed += text), writeErr: (text) => void (printed += text) });
    command.exitOverride();
  }
  if (argv.length === 0) return { kind: 'empty', text: program.helpInformation() };
  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.help') return { kind: 'empty', text: printed };
    if (error.exitCode === 0) return { kind: 'text', text: printed };
    return { kind: 'refused', diagnostic: refusalOf(error, argv) };
  }
  return called ?? { kind: 'empty', text: program.helpInformation() };
}

type Action = (spec: CommandSpec, args: readonly string[], options: Readonly<Record<string, unknown>>) => void;

/** The commander program of some commands. */
function buildProgram(specs: readonly CommandSpec[], action: Action): Command {
  const program = new Command('giga')
    .description('A declarative workflow runner: a verdict you can believe, and a resume that explains itself.')
    .version(VERSION, '-V, --version', 'print the version')
    .configureHelp({ showGlobalOptions: true })
    .helpCommand(false)
    .addHelpText('after', '\nSee `giga COMMAND --help`. A first workflow: `giga init`, then `giga run hello`.');
  addFlags(program, COMMON_FLAGS);
  for (const spec of specs) {
    const words = spec.name.split(' ');
    const command = groupIn(program, words.slice(0, -1)).command(words.at(-1) ?? '');
    command.summary(spec.summary).description([spec.summary, spec.details].filter(Boolean).join('. '));
    for (const argument of spec.arguments) command.argument(argumentUsage(argument), argument.description);
    addFlags(command, spec.flags);
    if (spec.examples) command.addHelpText('after', `\nExamples:\n${spec.examples.map((e) => `  ${e}`).join('\n')}`);
    command.action(() => action(spec, command.args, command.optsWithGlobals()));
  }
  return program;
}

/** The group of these words, made where it is first needed. */
function groupIn(program: Command, words: readonly string[]): Command {
  let group = program;
  for (const [at, word] of words.entries()) {
    const inner =
      group.commands.find((command) => command.name() === word) ??
      program.createCommand(word).description(GROUPS[words.slice(0, at + 1).join(' ')] ?? '');
    if (!group.commands.includes(inner)) group.addCommand(inner);
    group = inner;
  }
  return group;
}

function withInner(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withInner)];
}

export function argumentUsage({ name, required, variadic }: ArgumentSpec): string {
  const inner = variadic ? `${name}...` : name;
  return required ? `<${inner}>` : `[${inner}]`;
}

export function flagUsage({ name, short, kind, value }: FlagSpec): string {
  const long = `--${name}${kind === 'switch' ? '' : ` <${value ?? name}>`}`;
  return short ? `-${short}, ${long}` : long;
}

function addFlags(command: Command, flags: readonly FlagSpec[]): void {
  for (const flag of flags) {
    const option = new Option(flagUsage(flag), flag.description);
    // `--no-color` would else mean "color, true unless said otherwise": here each name is its own switch.
    option.negate = false;
    option.attributeName = () => flag.name;
    if (flag.kind === 'list')
      option.argParser((value: string, earlier: string[] | undefined) => [...(earlier ?? []), value]);
    if (flag.choices) option.choices(flag.choices);
    command.addOption(option);
  }
}

/** Counts are checked here, so that every command gets numbers. */
function refuseValues(spec: CommandSpec, options: Readonly<Record<string, unknown>>): Request | undefined {
  for (const flag of spec.flags) {
    const given = options[flag.name];
    if (flag.kind !== 'count' || typeof given !== 'string') continue;
    const [min, max] = [flag.min ?? 0, flag.max ?? 999_999_999];
    if (/^\d{1,9}$/.test(given) && Number(given) >= min && Number(given) <= max) continue;
    const range = flag.max === undefined ? `, at least ${min}` : ` from ${min} to ${max}`;
    const message = `--${flag.name} takes a whole number${range}; it was given "${given}".`;
    return { kind: 'refused', diagnostic: problem('CLI_USAGE', message, { hint: `see \`giga ${spec.name} --help\`` }) };
  }
  return undefined;
}

function flagsOf(options: Readonly<Record<string, unknown>>): Flags {
  return {
    on: (name) => options[name] === true,
    text: (name) => textOf(options[name]),
    list: (name) => listOf(options[name]),
    count: (name) => (options[name] === undefined ? undefined : Number(options[name])),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

const SUGGESTION = /\(Did you mean (?:one of )?(.+)\?\)/;

function refusalOf(error: CommanderError, argv: readonly string[]): Diagnostic {
  const [first = '', ...more] = error.message.replace(/^error: /, '').split('\n');
  const sentence = `${first.charAt(0).toUpperCase()}${first.slice(1).replace(/\.?$/, '.')}`.replace(
    /'([^']*)'/g,
    '`$1`',
  );
  const suggestion = SUGGESTION.exec(more.join(' '))?.[1];
  if (error.code === 'commander.unknownCommand') {
    const name = /'(.*)'/s.exec(first)?.[1] ?? '';
    if (NOT_BUILT_YET.includes(name)) {
      return problem('CLI_UNKNOWN_COMMAND', `\`giga ${name}\` is not built yet.`, {
        hint: '`giga --help` lists what is',
      });
    }
    const group = longest(Object.keys(GROUPS), argv.slice(0, argv.indexOf(name)));
    const path = group === undefined ? name : `${group} ${name}`;
    const hint = suggestion ? `did you mean \`${suggestion}\`?` : '`giga --help` lists the commands';
    return problem('CLI_UNKNOWN_COMMAND', `There is no command \`giga ${path}\`.`, { hint });
  }
  const words = argv.filter((word) => !word.startsWith('-'));
  const command = longest(
    COMMANDS.map((c) => c.name),
    words,
  );
  const hint = suggestion
    ? `did you mean \`${suggestion}\`?`
    : `see \`giga ${command === undefined ? '' : `${command} `}--help\``;
  return problem('CLI_USAGE', sentence, { hint });
}

/** The name of most words with which an argv begins. */
function longest(names: readonly string[], argv: readonly string[]): string | undefined {
  for (let count = 3; count > 0; count--) {
    const name = argv.slice(0, count).join(' ');
    if (argv.length >= count && names.includes(name)) return name;
  }
  return undefined;
}
