/**
 * The library: the same Document, Plan and events as the command.
 *
 *     import { compile, defineWorkflow, run } from 'giga';
 *     const report = await run('workflows/hello.yaml', { inputs: { who: 'you' }, onEvent: (event) => console.log(event.type) });
 */
import { resolve } from 'node:path';
import type { Diagnostic, Result } from '../core/diagnostic/diagnostic.ts';
import type { Json } from '../core/json.ts';
import type { GivenInput } from '../core/plan/inputs.ts';
import type { Plan } from '../core/plan/plan.ts';
import type { Recorded } from '../core/run/event.ts';
import type { Workflow } from '../lang/generated/workflow-types.ts';
import { startRun } from './commands/run.ts';
import type { RunEnd } from './live-run.ts';
import { compileText, type LoadedPlan, loadWorkflow } from './load.ts';
import { openProject, type Project } from './project.ts';
import { findWorkflow } from './workspace.ts';

export type { Diagnostic, Position, Result, Severity, Span } from '../core/diagnostic/diagnostic.ts';
export type { Json, JsonObject } from '../core/json.ts';
export type { InputSpec, Plan, PlanNode, PlanScope } from '../core/plan/plan.ts';
export type { Cause, Outcome, Path, Recorded, RunEvent, StepResult, Verdict } from '../core/run/event.ts';
export { VERSION } from '../core/version.ts';
export type { Workflow } from '../lang/generated/workflow-types.ts';
export type { RunEnd } from './live-run.ts';

export interface LibraryOptions {
  /** Relative files are found here, and messages name files relative to it. Default: the process's own. */
  readonly cwd?: string;
  /** The state folder. Default: `.giga` in the workspace root. */
  readonly state?: string;
  readonly profile?: string;
  /** Default: the process's own environment. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface RunOptions extends LibraryOptions {
  readonly inputs?: Readonly<Record<string, Json>>;
  /** Hears each record once it is durable, in order. What it throws stops the run, which stays resumable, and rejects the promise. */
  readonly onEvent?: (event: Recorded) => void;
  /** Aborting it stops the run as Ctrl-C does: it stays resumable. */
  readonly signal?: AbortSignal;
}

export type RunReport = RunEnd & { readonly id: string };

/** A workflow that is written in TypeScript, checked by its types. It is the document that YAML would hold. */
export function defineWorkflow(workflow: Workflow): Workflow {
  return workflow;
}

/** Checks and compiles: a file (or a name in `workflows/`), or a workflow made by `defineWorkflow`. */
export async function compile(
  source: string | Workflow,
  options: LibraryOptions = {},
): Promise<Result<{ readonly plan: Plan; readonly warnings: readonly Diagnostic[] }>> {
  const loaded = await load(source, options);
  if (!loaded.ok) return loaded;
  return { ok: true, value: { plan: loaded.value.loaded.plan, warnings: loaded.value.warnings } };
}

/** Runs to the end. Refused is what could not be started; how a started run ended is in its report. */
export async function run(source: string | Workflow, options: RunOptions = {}): Promise<Result<RunReport>> {
  const loaded = await load(source, options);
  if (!loaded.ok) return loaded;
  const given = new Map(
    Object.entries(options.inputs ?? {}).map(([name, value]): [string, GivenInput] => [
      name,
      { value, form: 'value', origin: 'inputs' },
    ]),
  );
  const started = await startRun(loaded.value.project, loaded.value.loaded, given, { trigger: 'library' });
  if (!started.ok) return started;
  const { value: live } = started;
  const stop = (): void => live.pause('SIGINT');
  let thrown: { readonly error: unknown } | undefined;
  live.subscribe((record) => {
    if (thrown !== undefined) return;
    try {
      options.onEvent?.(record);
    } catch (error) {
      thrown = { error };
      stop();
    }
  });
  if (options.signal?.aborted) stop();
  options.signal?.addEventListener('abort', stop, { once: true });
  const end = await live.ended;
  options.signal?.removeEventListener('abort', stop);
  if (thrown !== undefined) throw thrown.error;
  return { ok: true, value: { ...end, id: live.id } };
}

interface Loaded {
  readonly project: Project;
  readonly loaded: LoadedPlan;
  readonly warnings: readonly Diagnostic[];
}

async function load(source: string | Workflow, options: LibraryOptions): Promise<Result<Loaded>> {
  const cwd = resolve(options.cwd ?? process.cwd());
  const file =
    typeof source === 'string' ? findWorkflow(cwd, source) : ({ ok: true, value: resolve(cwd, IN_CODE) } as const);
  if (!file.ok) return file;
  const { state, profile, env = process.env } = options;
  const project = await openProject({
    cwd,
    file: file.value,
    env,
    ...(state === undefined ? {} : { state }),
    ...(profile === undefined ? {} : { profile }),
  });
  if (!project.ok) return project;
  // A definition is plain JSON, and JSON is YAML: one way to a plan.
  const read =
    typeof source === 'string'
      ? await loadWorkflow(project.value, file.value)
      : await compileText(project.value, file.value, JSON.stringify(source));
  if (read.value === null) return { ok: false, diagnostics: read.diagnostics };
  return { ok: true, value: { project: project.value, loaded: read.value, warnings: read.diagnostics } };
}

/** What a workflow without a file is called in messages and in its run. */
const IN_CODE = 'workflow.ts.yaml';
