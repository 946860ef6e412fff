/** Workflows as tools of an agent: each call is a run of its own, named by the call, so that a call that was cut off goes on. Knows no model. */
import { type Diagnostic, problem } from '../core/diagnostic/diagnostic.ts';
import { digest, type Json, type JsonObject } from '../core/json.ts';
import type { AgentWorkflow } from '../core/plan/agent-request.ts';
import type { GivenInput } from '../core/plan/inputs.ts';
import type { StepContext } from '../core/ports.ts';
import type { Environment } from '../core/process.ts';
import { calledRunId } from '../core/run/called-run.ts';
import type { Path } from '../core/run/event.ts';
import type { Secrets } from '../steps/run/environment.ts';
import type { Tool, ToolAnswer, ToolContext } from '../steps/tool.ts';
import { resumeRun } from './commands/resume.ts';
import { startRun } from './commands/run.ts';
import type { LiveRun, RunEnd } from './live-run.ts';
import { answerOf, type FailedStep, refusal } from './mcp-server/answer.ts';
import { innermost, noteFailure } from './mcp-server/calls.ts';
import { defineTool } from './mcp-server/tool.ts';
import type { Project } from './project.ts';

export interface CallerMeans {
  /** As the run sees it. */
  readonly project: Project;
  readonly secrets: Secrets;
  /** What steps inherit: without secrets. */
  readonly inherited: Environment;
}

export function workflowTools(
  workflows: readonly AgentWorkflow[],
  caller: StepContext,
  means: CallerMeans,
): readonly Tool[] {
  return workflows.map(({ name, description, plan }): Tool => {
    const project = projectFor(plan.secrets, means);
    const { inputSchema } = defineTool(name, plan);
    return {
      name,
      description,
      inputSchema,
      async call(args, context) {
        const id = calledRunId(caller.run.id, context.call);
        context.progress(`${name} is run ${id}`);
        const begun = await begin(project, { plan, id, args });
        if (begun.kind === 'refused') return { verdict: 'failed', content: textsOf(refusal(begun.diagnostics)) };
        if (begun.kind === 'over') return toolAnswer(id, begun.end, []);
        return follow(begun.run, context, caller, name);
      },
    };
  });
}

/** Its steps inherit what those of the caller do; secrets only those that it names. */
function projectFor(names: readonly string[], { project, secrets, inherited }: CallerMeans): Project {
  const own = names.flatMap((name) => {
    const value = secrets.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...project, env: { ...inherited, ...Object.fromEntries(own) } };
}

type Begun =
  | { readonly kind: 'live'; readonly run: LiveRun }
  | { readonly kind: 'over'; readonly end: RunEnd }
  | { readonly kind: 'refused'; readonly diagnostics: readonly Diagnostic[] };

interface Wanted extends Pick<AgentWorkflow, 'plan'> {
  readonly id: string;
  readonly args: JsonObject;
}

/** What an earlier process began goes on; what it brought to its end is not done again. */
async function begin(project: Project, { plan, id, args }: Wanted): Promise<Begun> {
  const read = await project.store.read(id);
  const last = read.ok ? read.value.records.at(-1) : undefined;
  if (last?.type === 'run.finished') {
    const { verdict, outputs, counts, error } = last;
    return { kind: 'over', end: { kind: 'finished', verdict, outputs, counts, ...(error && { error }) } };
  }
  if (last !== undefined) {
    const resumed = await resumeRun(project, { run: id });
    if (!resumed.ok) return { kind: 'refused', diagnostics: resumed.diagnostics };
    if (resumed.value.kind === 'live') return { kind: 'live', run: resumed.value.run };
    return { kind: 'refused', diagnostics: [problem('RUN_NOTHING_TO_RESUME', `Run ${id} does not go on.`)] };
  }
  if (read.ok) await project.store.remove(id); // killed before its first record
  const loaded = { plan, hash: digest(plan as unknown as Json), source: '', others: [], remember: () => {} }; // a Plan is plain JSON
  const started = await startRun(project, loaded, givenBy(args), { trigger: 'agent', id });
  return started.ok ? { kind: 'live', run: started.value } : { kind: 'refused', diagnostics: started.diagnostics };
}

function givenBy(args: JsonObject): ReadonlyMap<string, GivenInput> {
  const origin = 'an argument of the call';
  return new Map(Object.entries(args).map(([name, value]) => [name, { value, form: 'value', origin }]));
}

/** The run to its end. Its first record must be there before it can be cancelled. */
async function follow(run: LiveRun, context: ToolContext, caller: StepContext, name: string): Promise<ToolAnswer> {
  const { signal, progress } = context;
  let began = run.resumed;
  const end = (): void => {
    if (signal.reason === 'paused' || signal.reason === 'killed') run.pause('SIGTERM');
    else if (began) run.cancel('the agent that called it');
    if (signal.reason === 'killed') run.kill();
  };
  const kill = (): void => run.kill();
  const failed = new Map<Path, FailedStep>();
  const logs = new Map<Path, string>();
  run.subscribe((record) => {
    if (!began) {
      began = true;
      if (signal.aborted) end();
    }
    noteFailure(record, logs, failed);
  });
  run.onProgress((node, line) => progress(`${name}/${node}: ${line}`));
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  caller.kill.addEventListener('abort', kill, { once: true });
  const how = await run.ended;
  signal.removeEventListener('abort', end);
  caller.kill.removeEventListener('abort', kill);
  return toolAnswer(run.id, how, innermost(failed));
}

function toolAnswer(run: string, end: RunEnd, failed: readonly FailedStep[]): ToolAnswer {
  const answer = answerOf(run, end, failed);
  return { verdict: answer.isError ? 'failed' : 'ok', content: textsOf(answer) };
}

/** A link is of no use to a model that reads no resources. */
function textsOf({ content }: ReturnType<typeof answerOf>): ToolAnswer['content'] {
  return content.flatMap((item) => (item.type === 'text' ? [item] : []));
}
