/** Which words of a shell do something with text: the tables, and what the arguments of such a program mean for a value. */
import { type Command, UNKNOWN, type Word } from './frames.ts';
import { type Scan } from './scan.ts';

/** Behind these a command begins. */
export const OPENERS: ReadonlySet<string> = new Set(['if', 'then', 'else', 'elif', 'while', 'until', 'do', '!', '{']);
/** Behind these too, by way of `;` or another reserved word. */
export const CLOSERS: ReadonlySet<string> = new Set(['fi', 'done', '}']);
/** Words before the program that leave it a program. */
export const PREFIXES: ReadonlySet<string> = new Set(['command', 'builtin', 'exec', 'time']);
export const DECLARES: ReadonlySet<string> = new Set(['declare', 'typeset', 'local', 'export', 'readonly']);
/** Builtins whose words are program text or names of variables; a name may hold a subscript, and that is evaluated. */
export const READS_TEXT: ReadonlySet<string> = new Set(
  'eval . source trap alias unset read mapfile readarray getopts coproc enable complete compgen bind fc wait'.split(
    ' ',
  ),
);
const EVALUATES_ALWAYS: ReadonlySet<string> = new Set(
  'let eval . source trap alias getopts coproc enable complete compgen bind fc'.split(' '),
);
/** Of those: a value that a variable brings there is run as it is, which no guard can judge. */
const RUNS_ANYTHING: ReadonlySet<string> = new Set(['eval', 'trap', 'alias', 'bind', 'fc', 'complete', 'compgen']);

/** Variables whose text the shell or the loader acts on. */
export const OWN_VARIABLES =
  /^(?:PS[0-4]|PROMPT_COMMAND|BASH_ENV|ENV|SHELLOPTS|BASHOPTS|LD_PRELOAD|LD_LIBRARY_PATH|LD_AUDIT|PATH|IFS)$/;
/** Variables in which other programs look for commands and options of theirs. */
export const PROGRAM_VARIABLES =
  /^(?:GIT_(?:SSH|SSH_COMMAND|ASKPASS|EDITOR|PAGER|EXTERNAL_DIFF)|SSH_ASKPASS|EDITOR|VISUAL|PAGER|MANPAGER|LESSOPEN|LESSCLOSE|BROWSER|PERL5OPT|PYTHONSTARTUP|NODE_OPTIONS|RUBYOPT|JAVA_TOOL_OPTIONS|MAKEFLAGS)$/;
/** Variables that bash itself declares as integers: an assignment evaluates the text. */
export const INTEGER_VARIABLES =
  /^(?:S?RANDOM|OPTIND|HISTCMD|EPOCHSECONDS|EPOCHREALTIME|BASH_MONOSECONDS|E?UID|PPID|BASHPID|BASH_SUBSHELL|SECONDS|LINENO)$/;

/** Programs that take a program as text, from an argument, a file or their input. */
const INTERPRETERS =
  /^(?:bash|sh|dash|ash|zsh|ksh|fish|node|deno|bun|perl|ruby|php|python[0-9.]*|pwsh|powershell|awk|gawk|mawk|sed|jq|lua)$/;
/** Programs that run other programs. */
const RUNNERS = /^(?:ssh|xargs|su|sudo|doas|env|find|at|batch|nohup|timeout|watch|parallel|setsid|nice|chroot)$/;
/** Programs whose arguments may be a program and its arguments. */
const CARRIERS =
  /^(?:env|su|sudo|doas|nohup|timeout|watch|setsid|nice|chroot|docker|podman|nerdctl|kubectl|flatpak-spawn|unshare|nsenter)$/;
const SHELLS = /^(?:bash|sh|dash|ash|zsh|ksh|fish)$/;
/** Interpreters whose first argument is the program itself. */
const TEXT_FIRST = /^(?:[gm]?awk|sed|jq)$/;
/** Those of them that run what they read. */
const RUNS_INPUT = /^(?:ssh|xargs|su|sudo|doas|at|batch|parallel|chroot)$/;

/** Builtins and programs that a shared shell cannot bear, or that nothing is known about. */
export const UNFIT: ReadonlySet<string> = new Set(
  (
    'coproc disown nohup setsid suspend kill pkill killall exec trap wait eval . source ' +
    'jobs fg bg caller logout history fc bind times enable'
  ).split(' '),
);

/** Which program a value reaches as an argument may run it: gives that program's name as written, or null. */
export function runnerOf(command: Command): string | null {
  const { program } = command;
  if (program === null || command.chosen) return null;
  if (program.includes(UNKNOWN)) return '$…';
  const name = baseName(program);
  if (RUNNERS.test(name)) return name;
  // Behind the script of an interpreter stand that script's own arguments.
  return INTERPRETERS.test(name) && (command.code || !command.file) ? name : null;
}

/** Notes an argument, which says what the ones behind it are to the program. */
export function noteArgument(command: Command, word: Word): void {
  const { literal } = word;
  const program = baseName(command.program ?? '');
  const name = baseName(literal);
  if (CARRIERS.test(program) && INTERPRETERS.test(name)) {
    Object.assign(command, { program: name, dynamic: false, file: false, code: false, options: '' });
    return;
  }
  const unknown = literal.includes(UNKNOWN);
  if (/^-[A-Za-z]+$/.test(literal)) command.options += literal.slice(1);
  if (takesCode(program, literal)) command.code = true;
  else if (literal === '-m' || /^--(?:version|help)$/.test(literal)) command.file = true;
  else if (!/^[-+]/.test(literal)) {
    if (TEXT_FIRST.test(program) && unknown && !command.file) command.code = true;
    command.file = true;
  }
  if (unknown) command.dynamic = true;
  command.last = literal;
}

function takesCode(program: string, option: string): boolean {
  if (SHELLS.test(program)) return /^-[A-Za-z]*c[A-Za-z]*$/.test(option);
  return /^-[A-Za-z]*[ceEpr]$|^--(?:eval|command|print)/.test(option);
}

/** The program of a command that, as a whole, may run a value that came to it by a variable or its input; null when it cannot. */
export function runsUnseen(command: Command): string | null {
  const { program } = command;
  if (program === null || command.chosen) return null;
  if (program.includes(UNKNOWN)) return '$…';
  if (RUNS_ANYTHING.has(program) || ((program === '.' || program === 'source') && command.dynamic)) return program;
  if ((program === 'mapfile' || program === 'readarray') && command.options.includes('C')) return program;
  const name = baseName(program);
  if (INTERPRETERS.test(name)) {
    const readsInput = !command.file && !command.code;
    return readsInput || (command.code && command.dynamic) ? name : null;
  }
  return RUNS_INPUT.test(name) && (command.fed || command.dynamic) ? name : null;
}

/** Notes what naming this program as the one to run says about the whole script. */
export function noteProgram(scan: Scan, program: string): void {
  if (EVALUATES_ALWAYS.has(program)) scan.findings.evaluates = true;
  if (UNFIT.has(baseName(program)) || program.includes(UNKNOWN)) scan.findings.unfit = true;
}

function baseName(program: string): string {
  return program.slice(program.lastIndexOf('/') + 1) || program;
}
