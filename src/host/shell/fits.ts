/** Which steps a worker may take, and how, seen from the host: the checker of scripts has its own say at compile time. Pure. */
import type { Environment, ProcessSpec } from '../../core/process.ts';
import type { Job } from './frame.ts';

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
  /^(?:SHELLOPTS|BASHOPTS|POSIXLY_CORRECT|TMOUT|GLOBIGNORE|FUNCNEST|BASH_COMPAT|BASH_XTRACEFD|CDPATH|IFS|PS4|__giga.*|BASH_FUNC_(?:cd|echo|true|false|test|read|printf|exec|exit|export|eval|set|unset|trap|type|:)%%)$/;

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

/** How a worker does the step, or null if it needs a process of its own; `spec.program.worker` says that whoever knows more agreed. */
export function fitsWorker(spec: ProcessSpec): Job['kind'] | null {
  const { program } = spec;
  if (program.worker !== true || spec.stdin !== undefined || spec.onStart !== undefined) return null;
  if (!spec.cwd.startsWith('/')) return null;
  for (const name in spec.variables) if (!isPlainName(name)) return null;
  if (program.kind === 'argv') return 'argv';
  if (program.shell !== 'bash' || TELLING_WORDS.test(program.script)) return null;
  return kindOf(program.script, spec.environment);
}

const PLAIN = /^\s*(?:true|false|:)\s*$/;
const ECHO = /^\s*echo(?:[ \t]+(?:[\w@%+=,./:-]|'[^'\n]*'|"[^"`\\$!\n]*")+)*\s*$/;

/** Whether a plain command can have output. */
export function isEcho(script: string): boolean {
  return ECHO.test(script);
}

/** Everything that may follow the name of a program without making it more than one simple command. */
const WORD = String.raw`(?:[\w@%+=:,./~*?[\]{}^-]|'[^'\n]*'|"(?:[^"\x60\\$!\n]|\$\w+|\$\{\w+\})*"|\$\w+|\$\{\w+\})+`;
const REDIRECTION = String.raw`(?:\d?>>?|<)[ \t]*${WORD}|\d?>&\d`;
const ONE_PROGRAM = new RegExp(String.raw`^([\w./+-]+)(?:[ \t]+(?:${WORD}|${REDIRECTION}))*\s*$`);

/** What bash does by itself, or reads as its grammar. */
const OWN_WORDS: ReadonlySet<string> = new Set(
  `. : alias bg bind break builtin caller case cd command compgen complete compopt continue coproc declare dirs disown do done
  echo elif else enable esac eval exec exit export false fc fg fi for function getopts hash help history if in jobs kill let local
  logout mapfile popd printf pushd pwd read readarray readonly return select set shift shopt source suspend test then time times
  trap true type typeset ulimit umask unalias unset until wait while`.split(/\s+/),
);

function kindOf(script: string, environment: Environment): Job['kind'] {
  if (PLAIN.test(script) || ECHO.test(script)) return 'plain';
  const [, name = ''] = ONE_PROGRAM.exec(script) ?? [];
  if (name === '' || OWN_WORDS.has(name) || Object.hasOwn(environment, `BASH_FUNC_${name}%%`)) return 'script';
  return 'program';
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
