/** From what a step wants to run to the exact program and arguments. Starts nothing. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import type { ProcessSpec, Program, Shell } from '../../core/process.ts';
import { writeWholeFile } from '../files.ts';
import type { FindProgram } from './find-program.ts';

export interface CommandLine {
  /** Absolute. */
  readonly file: string;
  readonly args: readonly string[];
  /** What the program sees as its own name. */
  readonly name: string;
  /** Removes what was made for this start. */
  readonly dispose: () => void;
}

interface ShellUse {
  /** Names under which the shell is looked for, best first. */
  readonly programs: readonly string[];
  /** Absent: the shell takes scripts by file only. */
  readonly inline?: (script: string) => readonly string[];
  readonly file: (path: string) => readonly string[];
  readonly suffix: string;
  /** Stands before the script. */
  readonly prefix?: string;
}

const BASH = ['--noprofile', '--norc', '-euo', 'pipefail'];
const PWSH = ['-NoLogo', '-NoProfile', '-NonInteractive'];

const SHELLS: Readonly<Record<Shell, ShellUse>> = {
  bash: {
    programs: ['bash'],
    inline: (script) => [...BASH, '-c', '--', script],
    file: (path) => [...BASH, '--', path],
    suffix: '.sh',
  },
  sh: {
    programs: ['sh'],
    inline: (script) => ['-eu', '-c', '--', script],
    file: (path) => ['-eu', '--', path],
    suffix: '.sh',
  },
  python: {
    programs: ['python3', 'python'],
    inline: (script) => ['-c', script],
    file: (path) => [path],
    suffix: '.py',
  },
  node: { programs: ['node'], inline: (script) => [`--eval=${script}`], file: (path) => [path], suffix: '.mjs' },
  pwsh: {
    programs: ['pwsh', 'powershell'],
    inline: (script) => [...PWSH, '-Command', script],
    file: (path) => [...PWSH, '-File', path],
    suffix: '.ps1',
    prefix: "$ErrorActionPreference = 'Stop'\n",
  },
  cmd: { programs: ['cmd'], file: (path) => ['/d', '/s', '/c', path], suffix: '.cmd', prefix: '@echo off\r\n' },
};

/** Linux takes at most 128 KiB as one argument; a longer script goes by a file. */
const MAX_INLINE_BYTES = 100_000;

/**
 * A script that names its parent would meet giga there, and could stop the whole run by mistake (`kill $PPID`).
 * It gets a shell as parent that waits for it, does not mind TERM, and knows no more than the script itself.
 */
const NAMES_PARENT = /ppid/i;
const PARENT = 'trap : TERM INT HUP; SHLVL=$((SHLVL - 1)); (exec -a "$0" "$@"); exit $?';

const NOTHING_TO_DISPOSE = (): void => {};

/** The command line of a step, or why there is none. `env` is the whole environment that the program will see. */
export function commandLine(
  spec: ProcessSpec,
  env: Readonly<Record<string, string>>,
  find: FindProgram,
): Result<CommandLine> {
  const { program } = spec;
  return program.kind === 'argv' ? argvLine(program.argv, spec.cwd, env, find) : scriptLine(program, spec, env, find);
}

function argvLine(
  argv: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
  find: FindProgram,
): Result<CommandLine> {
  const [name = '', ...args] = argv;
  if (name === '') {
    const message = 'The list of `run` has no program: its first item is empty or missing.';
    return refuse(problem('STEP_BAD_REQUEST', message, { hint: 'Name a program as the first item.' }));
  }
  const found = find(name, env, cwd);
  if (found.kind === 'found') return { ok: true, value: { file: found.path, args, name, dispose: NOTHING_TO_DISPOSE } };
  return refuse(found.kind === 'missing' ? programMissing(name) : notExecutable(found.path));
}

function notExecutable(path: string): Diagnostic {
  return problem('STEP_NOT_EXECUTABLE', `\`${path}\` is there, but cannot be executed.`, {
    hint: `Run \`chmod +x ${path}\`, or name the program that reads it first.`,
  });
}

export function programMissing(name: string): Diagnostic {
  const hint = name.includes('/')
    ? 'The path counts from the `cwd` of the step.'
    : `Install it, or write a path (\`./${name}\`); a list has no shell, so nothing like \`&&\` or \`$HOME\` works in it.`;
  return problem('STEP_PROGRAM_MISSING', `There is no program \`${name}\`.`, { hint });
}

function scriptLine(
  program: Extract<Program, { kind: 'script' }>,
  spec: ProcessSpec,
  env: Readonly<Record<string, string>>,
  find: FindProgram,
): Result<CommandLine> {
  const use = SHELLS[program.shell];
  const file = findShell(use, spec.cwd, env, find);
  if (file === null) return refuse(shellMissing(program.shell));
  const script = (use.prefix ?? '') + program.script;
  const line = shellLine(use, script, spec.log);
  const name = use.programs[0] ?? program.shell;
  if (!NAMES_PARENT.test(script)) return { ok: true, value: { file, name, ...line } };
  const bash = findShell(SHELLS.bash, spec.cwd, env, find);
  if (bash === null) return { ok: true, value: { file, name, ...line } };
  return {
    ok: true,
    value: {
      file: bash,
      name: 'bash',
      args: ['--noprofile', '--norc', '-c', PARENT, name, file, ...line.args],
      dispose: line.dispose,
    },
  };
}

function shellLine(use: ShellUse, script: string, log: ProcessSpec['log']): Pick<CommandLine, 'args' | 'dispose'> {
  if (use.inline !== undefined && Buffer.byteLength(script) <= MAX_INLINE_BYTES) {
    return { args: use.inline(script), dispose: NOTHING_TO_DISPOSE };
  }
  const path = join(log.folder, `${log.name}${use.suffix}`);
  writeWholeFile(path, script, { mode: 0o600 });
  return { args: use.file(path), dispose: () => rmSync(path, { force: true }) };
}

/** giga's own PATH decides which shell it is, so that a step which changes PATH still has one; then the step's. */
function findShell(
  use: ShellUse,
  cwd: string,
  env: Readonly<Record<string, string>>,
  find: FindProgram,
): string | null {
  for (const paths of [process.env, env]) {
    for (const name of use.programs) {
      const found = find(name, paths, cwd);
      if (found.kind === 'found') return found.path;
    }
  }
  return null;
}

function shellMissing(shell: Shell): Diagnostic {
  const names = SHELLS[shell].programs.map((name) => `\`${name}\``).join(' or ');
  return problem('STEP_SHELL_MISSING', `The shell \`${shell}\` is not installed: there is no ${names} on the PATH.`, {
    hint:
      shell === 'cmd'
        ? '`cmd` is part of Windows; use `shell: bash` or a list elsewhere.'
        : 'Install it, or choose another `shell`.',
  });
}

function refuse(diagnostic: Diagnostic): Result<never> {
  return { ok: false, diagnostics: [diagnostic] };
}
