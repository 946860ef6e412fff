/** What most commands do first: open the project, read a run. On refusal the problems are printed and an exit code is given. */
import type { Project } from '../app/project.ts';
import type { Diagnostic, Result } from '../core/diagnostic/diagnostic.ts';
import type { Call } from './command-spec.ts';
import { exitCodeOf } from './exit-code.ts';
import { printProblems } from './render/problems.ts';

export type Opened<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: number };

/** The project of `--cwd`, or of the folder of `file`. */
export async function openProject(call: Call, file?: string): Promise<Opened<Project>> {
  return take(call, await tryProject(call, file));
}

/** The same, and nothing is printed. */
export async function tryProject(call: Call, file?: string): Promise<Result<Project>> {
  const app = await import('../app/project.ts');
  const { flags } = call;
  const [state, profile, concurrency] = [flags.text('state'), flags.text('profile'), flags.count('concurrency')];
  return app.openProject({
    cwd: call.cwd,
    env: call.io.env,
    flags: { vars: flags.list('var'), ...(concurrency === undefined ? {} : { concurrency }) },
    ...(file === undefined ? {} : { file }),
    ...(state === undefined ? {} : { state }),
    ...(profile === undefined ? {} : { profile }),
  });
}

/** A result's value; its problems are printed. */
export function take<T>(call: Call, result: Result<T>): Opened<T> {
  return result.ok ? result : { ok: false, code: refuse(call, result.diagnostics) };
}

/** Prints problems and gives the exit code that they lead to. */
export function refuse(call: Call, diagnostics: readonly Diagnostic[]): number {
  printProblems(diagnostics, call);
  return exitCodeOf(diagnostics);
}
