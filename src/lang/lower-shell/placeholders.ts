/** Puts a reference to a variable where a `${{ }}` stands, or refuses the place. Knows what each place does with a value. */

import { type CommandFrame, type Frame, type Ref, UNKNOWN } from './frames.ts';
import type { Context } from './lowered.ts';
import { DECLARES, INTEGER_VARIABLES, OWN_VARIABLES, PROGRAM_VARIABLES, READS_TEXT, runnerOf } from './programs.ts';
import { addToWord, refuse, type Scan, top } from './scan.ts';
import { ASSIGNMENT, isLoop, nameRefused, takesName } from './words.ts';

const CONTEXTS: Readonly<Record<Frame['kind'], Context>> = {
  command: 'word',
  array: 'word',
  pattern: 'word',
  double: 'double-quotes',
  single: 'single-quotes',
  ansi: 'ansi-quotes',
  document: 'here-document',
  parameter: 'parameter',
  arithmetic: 'arithmetic',
};

export function placeHole(scan: Scan): void {
  const frame = top(scan);
  const index = scan.findings.next++;
  const ref: Ref = { index, name: `GIGA_V${index}`, integer: false, context: CONTEXTS[frame.kind] };
  const holder = scan.stack.findLastIndex((f) => f.kind === 'command' || f.kind === 'array');
  const inside = scan.stack.slice(holder + 1);
  const command = scan.stack[holder];
  ref.integer = inside.some((f) => f.kind === 'arithmetic');
  if (isInParameter(scan, inside)) refuseInParameter(scan, index);
  if (command?.kind === 'array') ref.integer ||= command.integer;
  else if (command?.kind === 'command') placeInCommand(scan, command, ref);
  addToWord(scan, UNKNOWN);
  scan.findings.refs.push(ref);
  scan.out += lowered(scan, frame, ref.name);
  scan.at++;
}

/** The reference, quoted for the place where it stands. */
function lowered(scan: Scan, frame: Frame, name: string): string {
  const plain = `\${${name}}`;
  const quoted = `"$${name}"`;
  if (frame.kind === 'single') return `'${quoted}'`;
  if (frame.kind === 'ansi') return `'${quoted}$'`;
  if (frame.kind === 'double' || frame.kind === 'document') return plain;
  if (frame.kind === 'parameter' && frame.quoted) return plain;
  if (frame.kind !== 'arithmetic') return quoted;
  // `x-` and a value of -1 would join to the operator `--`; in a subscript a blank may be part of a key.
  return frame.form !== 'subscript' && /[-+]$/.test(scan.out) ? ` ${plain}` : plain;
}

/** Whether the place is part of `${ }`, other than the word of a default, read with one meaning by all shells. */
function isInParameter(scan: Scan, inside: readonly Frame[]): boolean {
  const at = inside.findIndex((f) => f.kind === 'parameter' || f.kind === 'arithmetic');
  if (at < 0) return false;
  const within = inside.slice(at);
  if (within.some((f) => f.kind === 'single' || f.kind === 'ansi')) return true;
  if (within.some((f) => f.kind === 'parameter' && f.part === 'other')) return true;
  const quoted = within.findIndex((f) => f.kind === 'parameter' && f.quoted);
  return scan.dialect === 'sh' && quoted >= 0 && within.slice(quoted).some((f) => f.kind === 'double');
}

function refuseInParameter(scan: Scan, index: number): void {
  const message = 'Inside `${…}` a value can stand only as the default of `${name:-…}`, without quotes of its own.';
  refuse(
    scan,
    index,
    'SHELL_IN_PARAMETER',
    message,
    'Assign it to a variable first: `value=${{ … }}`, and use `$value` there.',
  );
}

function placeInCommand(scan: Scan, frame: CommandFrame, ref: Ref): void {
  if (frame.test !== null) frame.test.refs.push(ref);
  else if (frame.redirect === 'descriptor') refuseDescriptor(scan, ref.index);
  else if (frame.redirect !== null || (frame.cases.length > 0 && frame.cases.at(-1) !== 'body')) return;
  else if (frame.command.place === 'start') placeFirst(scan, frame, ref);
  else placeArgument(scan, frame, ref);
}

function refuseDescriptor(scan: Scan, index: number): void {
  const message = 'Bash expands the word behind `>&` and `<&` twice, so a value there can run code.';
  refuse(scan, index, 'SHELL_DESCRIPTOR', message, 'Write `> ${{ … }} 2>&1`.');
}

/** In the first words of a command: assignments, and the program. */
function placeFirst(scan: Scan, frame: CommandFrame, ref: Ref): void {
  const before = frame.word?.plain ?? '';
  if (ASSIGNMENT.test(before)) return assign(scan, before, ref);
  if (ref.integer) return;
  frame.command.chosen = true;
  scan.findings.warnings.push({
    code: 'SHELL_VALUE_IS_PROGRAM',
    message: 'A value stands where the shell expects the program to run.',
    hint: 'Make sure that only programs that you mean can come here, for example with `enum` on the input.',
    index: ref.index,
    by: frame.word?.literal.replaceAll(UNKNOWN, '…') ?? '',
  });
}

function assign(scan: Scan, before: string, ref: Ref): void {
  const name = /^\w+/.exec(before)?.[0] ?? '';
  if (INTEGER_VARIABLES.test(name)) ref.integer = true;
  if (PROGRAM_VARIABLES.test(name)) warn(scan, ref.index, name);
  if (!OWN_VARIABLES.test(name)) return;
  const message = `The shell itself acts on the text of the variable \`${name}\`.`;
  refuse(scan, ref.index, 'SHELL_RUNS_TEXT', message, 'Use another name, or set it with `env:`.');
}

function placeArgument(scan: Scan, frame: CommandFrame, ref: Ref): void {
  const { command } = frame;
  const program = command.program ?? '';
  const before = frame.word?.literal ?? '';
  if (program === 'let') ref.integer = true;
  else if (READS_TEXT.has(program)) refuseRunsText(scan, ref.index, program);
  else if (DECLARES.has(program)) declare(scan, frame, before, ref);
  else if (takesName(command, before)) nameRefused(scan, ref.index, `\`${program} -v\``);
  else if (program === 'function' || (isLoop(program) && command.last === null))
    nameRefused(scan, ref.index, `\`${program}\``);
  else warnOfRunner(scan, frame, ref);
}

function refuseRunsText(scan: Scan, index: number, program: string): void {
  const message = `\`${program}\` reads its words as a program or as names, so a value there can run code.`;
  refuse(scan, index, 'SHELL_RUNS_TEXT', message, 'Assign the value to a variable, and use that: `value=${{ … }}`.');
}

function declare(scan: Scan, frame: CommandFrame, before: string, ref: Ref): void {
  const { program, options } = frame.command;
  if (!before.includes('=')) return nameRefused(scan, ref.index, `\`${program}\``);
  if (/[in]/.test(options)) ref.integer = true;
  assign(scan, before, ref);
}

function warnOfRunner(scan: Scan, frame: CommandFrame, ref: Ref): void {
  const by = runnerOf(frame.command);
  if (by !== null) warn(scan, ref.index, by);
}

function warn(scan: Scan, index: number, by: string): void {
  scan.findings.warnings.push({
    code: 'SHELL_MAY_RUN_VALUE',
    message: `By way of \`${by}\` this value may be run as a program, or read as an option.`,
    hint: 'Give values to programs as arguments or variables: `bash -c \'echo "$1"\' - ${{ … }}`.',
    index,
    by,
  });
}
