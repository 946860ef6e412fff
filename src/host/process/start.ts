/** Starts one program in a session of its own, and turns what the system says against it into diagnostics. */
import { type ChildProcess, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import type { ProcessSpec } from '../../core/process.ts';
import { type CommandLine, programMissing } from './command-line.ts';

/** Where the three standard streams go: a file descriptor, nothing, or a pipe to giga. */
export type Stream = number | 'ignore' | 'pipe';

export type Started =
  | { readonly kind: 'started'; readonly child: ChildProcess; readonly pid: number }
  | { readonly kind: 'refused'; readonly diagnostic: Diagnostic };

/** Resolves when the program runs, or is known not to. Never rejects. */
export async function start(
  line: CommandLine,
  spec: ProcessSpec,
  env: Readonly<Record<string, string>>,
  stdio: readonly [Stream, Stream, Stream],
): Promise<Started> {
  let child: ChildProcess;
  try {
    child = spawn(line.file, line.args, {
      argv0: line.name,
      cwd: spec.cwd,
      env,
      stdio: [...stdio],
      detached: true,
      windowsHide: true,
    });
  } catch (error) {
    return { kind: 'refused', diagnostic: startProblem(error as NodeJS.ErrnoException, line, spec) }; // what spawn throws has a code
  }
  if (child.pid !== undefined) {
    child.on('error', () => {}); // a failed kill or send; the end of the program is told by 'exit'
    return { kind: 'started', child, pid: child.pid };
  }
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => child.once('error', resolve));
  return { kind: 'refused', diagnostic: startProblem(error, line, spec) };
}

/** Whether the working folder is one; null when it is. */
export function cwdProblem(cwd: string): Diagnostic | null {
  try {
    if (statSync(cwd).isDirectory()) return null;
    return problem('STEP_CWD_MISSING', `The working folder \`${cwd}\` is not a folder.`, {
      hint: 'Name a folder in `cwd`.',
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // what fs throws is an ErrnoException
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be used (${code})`;
    return problem('STEP_CWD_MISSING', `The working folder \`${cwd}\` ${why}.`, {
      hint: 'Make it in an earlier step, or correct `cwd`; it counts from the workspace root.',
    });
  }
}

/** What the system said, as a diagnostic. */
export function startProblem(error: NodeJS.ErrnoException, line: CommandLine, spec: ProcessSpec): Diagnostic {
  const cwd = cwdProblem(spec.cwd);
  if (cwd !== null) return cwd;
  const code = error.code ?? error.message;
  switch (code) {
    case 'E2BIG':
      return problem(
        'STEP_TOO_LARGE',
        `The arguments and variables of \`${line.name}\` are more than the system can pass.`,
        {
          hint: 'Give large values by `stdin`, or in a file.',
        },
      );
    case 'ENOENT':
      return programMissing(line.name);
    case 'EACCES':
    case 'ENOEXEC':
      return problem('STEP_NOT_EXECUTABLE', `\`${line.file}\` cannot be executed (${code}).`, {
        hint: 'Check its permissions, and that it is a program for this machine.',
      });
    default:
      return problem('STEP_NOT_STARTED', `\`${line.name}\` could not be started: ${code}.`, {
        hint: 'Resume when the machine has processes, files and memory to spare; a lower `concurrency` needs fewer.',
      });
  }
}
