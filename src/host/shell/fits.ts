/** Which steps a worker may take, seen from the host: the checker of scripts has its own say at compile time. Pure. */
import type { Environment, ProcessSpec } from '../../core/process.ts';

/**
 * Variables that bash sets, reads at its start, or gives a meaning: a fresh shell takes them from its environment in its own
 * way, which assigning them in a shell that runs already does not repeat.
 */
const BASH_NAMES: ReadonlySet<string> = new Set(
  `_ BASH BASHOPTS BASHPID CDPATH COLUMNS COPROC DIRSTACK EPOCHREALTIME EPOCHSECONDS EUID EXECIGNORE FCEDIT FIGNORE FUNCNAME
  FUNCNEST GLOBIGNORE GLOBSORT GROUPS HISTCMD HISTCONTROL HISTFILE HISTFILESIZE HISTIGNORE HISTSIZE HISTTIMEFORMAT HOSTFILE
  HOSTNAME HOSTTYPE IFS IGNOREEOF INPUTRC INSIDE_EMACS LANG LANGUAGE LINENO LINES MACHTYPE MAIL MAILCHECK MAILPATH MAPFILE
  OLDPWD OPTARG OPTERR OPTIND OSTYPE PATH PIPESTATUS POSIXLY_CORRECT PPID PROMPT_COMMAND PROMPT_DIRTRIM PS0 PS1 PS2 PS3 PS4
  PWD RANDOM READLINE_ARGUMENT READLINE_LINE READLINE_MARK READLINE_POINT REPLY SECONDS SHELL SHELLOPTS SHLVL SRANDOM TERM
  TEXTDOMAIN TEXTDOMAINDIR TIMEFORMAT TMOUT TMPDIR TZ UID auto_resume histchars`.split(/\s+/),
);

function isPlainName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !BASH_NAMES.has(name) && !/^(?:BASH_|LC_|COMP_|__giga)/.test(name);
}

/** Inherited variables that would change how the worker itself reads and says what it must. */
const DISTURBING =
  /^(?:SHELLOPTS|BASHOPTS|POSIXLY_CORRECT|TMOUT|GLOBIGNORE|FUNCNEST|BASH_COMPAT|BASH_XTRACEFD|CDPATH|IFS|PS4|__giga.*|BASH_FUNC_(?:cd|echo|true|false|test|read|printf|exec|exit|export|eval|set|unset|trap|:)%%)$/;

/** Whether a worker can be opened in this environment. */
export function fitsEnvironment(environment: Environment): boolean {
  for (const name in environment) if (DISTURBING.test(name)) return false;
  return true;
}

/**
 * Words with which a script could reach the worker, outlive its step, or see that its shell is not a fresh one. The checker of
 * scripts knows the words by their place; here any mention counts, since a fresh shell is never wrong.
 */
const TELLING_WORDS =
  /\b(?:trap|exec|eval|wait|jobs|bg|fg|coproc|disown|nohup|setsid|suspend|kill|ppid|PPID|BASH\w*|SHLVL|LINENO|caller|xtrace|history|fc|times|return|enable|logout|monitor)\b|\$\$|\$_\b|\$\{_\}|\$\{?!|\/proc\/|\/dev\/(?:tty|std|fd)|set\s+[-+]\w*[xmvn]|(?<![&<>|])&(?![&>])|[<>]&(?!\s*[12]\b)/;

/** Whether the script may share a shell; `spec.program.worker` says that the checker agreed. */
export function fitsWorker(spec: ProcessSpec): boolean {
  const { program } = spec;
  if (program.kind !== 'script' || program.shell !== 'bash' || program.worker !== true) return false;
  if (spec.stdin !== undefined || !spec.cwd.startsWith('/')) return false;
  if (TELLING_WORDS.test(program.script)) return false;
  for (const name in spec.variables) if (!isPlainName(name)) return false;
  return true;
}

const BUILTIN = /^\s*(?:(?:true|false|:|exit|echo|printf|test|cd|export|set)(?:\s|$)|\[\s|#|$)/;

/**
 * Whether the script consists of commands that bash does by itself, so that no process can be left when it has ended. A guess
 * on the safe side, which spares very quick steps the search for one.
 */
export function startsNothing(script: string): boolean {
  if (/[`(|]|(?<!&)&(?!&)/.test(script)) return false;
  return script.split(/\n|;|&&/).every((command) => BUILTIN.test(command));
}
