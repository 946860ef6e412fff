/** Loads the workflow that a command names, and prints its problems. */
import type { LoadedPlan } from '../app/load.ts';
import type { Project } from '../app/project.ts';
import { problem } from '../core/diagnostic/diagnostic.ts';
import type { Plan } from '../core/plan/plan.ts';
import type { Call } from './command-spec.ts';
import { exitCodeOf } from './exit-code.ts';
import { type Opened, openProject, refuse } from './open-project.ts';
import { printProblems } from './render/problems.ts';

export interface LoadedWorkflow {
  readonly project: Project;
  /** Absolute. */
  readonly file: string;
  readonly plan: Plan;
  readonly loaded: LoadedPlan;
}

/** The file that the first argument names; without one, the message lists the workflows here. */
async function workflowFile(call: Call): Promise<Opened<string>> {
  const { findWorkflow, workflowNames } = await import('../app/workspace.ts');
  const [name] = call.args;
  if (name === undefined) {
    const known = workflowNames(call.cwd);
    const command = 'giga run';
    const hint = known.length > 0 ? `workflows here: ${known.join(', ')}` : '`giga init` writes a first one';
    return {
      ok: false,
      code: refuse(call, [
        problem(
          'CLI_NO_WORKFLOW',
          `Which workflow? Give a file or a name, as in \`${command} ${known[0] ?? 'hello.yaml'}\`.`,
          { hint },
        ),
      ]),
    };
  }
  const found = findWorkflow(call.cwd, name);
  return found.ok ? found : { ok: false, code: refuse(call, found.diagnostics) };
}

/** The checked plan of the workflow that the first argument names. Warnings are printed and do not stop. */
export async function loadNamed(call: Call): Promise<Opened<LoadedWorkflow>> {
  const file = await workflowFile(call);
  if (!file.ok) return file;
  const project = await openProject(call, file.value);
  if (!project.ok) return project;
  const { loadWorkflow } = await import('../app/load.ts');
  const { value, diagnostics } = await loadWorkflow(project.value, file.value);
  printProblems(diagnostics, call);
  const code = exitCodeOf(diagnostics);
  if (value === null || code !== 0) return { ok: false, code };
  return { ok: true, value: { project: project.value, file: file.value, plan: value.plan, loaded: value } };
}
