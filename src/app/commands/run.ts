/** Starts a run: checks its inputs and secrets, makes its journal, and lets the engine go. Knows no terminal. */
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import type { Json } from '../../core/json.ts';
import { nearest } from '../../core/nearest.ts';
import { checkInputs, type GivenInput } from '../../core/plan/inputs.ts';
import type { Plan } from '../../core/plan/plan.ts';
import { JournalFailure, type JournalWriter } from '../../core/ports.ts';
import type { Path, RunEvent } from '../../core/run/event.ts';
import { nodesAt, planPaths } from '../../core/run/plan-paths.ts';
import { newRun } from '../../core/run/run.ts';
import { VERSION } from '../../core/version.ts';
import type { ModelSource } from '../claude-step.ts';
import type { LiveRun } from '../live-run.ts';
import type { LoadedPlan } from '../load.ts';
import type { Project } from '../project.ts';
import { thisHost } from '../this-host.ts';
import { type Launch, launch, type People, peopleOf, surroundingsOf } from '../wire.ts';
import { placeRun } from '../worktrees.ts';

export interface StartOptions {
  /** What the run was started by; shown as `run.trigger`. Default `cli`. */
  readonly trigger?: string;
  /** Default: a new one. */
  readonly id?: string;
  readonly people?: People;
  /** Steps without whose success the run has failed. */
  readonly require?: readonly Path[];
  readonly through?: Launch['through'];
  /** No step takes the result of an earlier run; what is done is kept for later ones. */
  readonly noCache?: boolean;
  /** Where the answers of models come from. Absent: they are asked. */
  readonly models?: ModelSource;
}

/** Starts a plan. Everything that can be refused is refused before a run exists. */
export async function startRun(
  project: Project,
  loaded: LoadedPlan,
  given: ReadonlyMap<string, GivenInput>,
  options: StartOptions = {},
): Promise<Result<LiveRun>> {
  const { plan, hash } = loaded;
  const inputs = checkInputs(plan.inputs, given);
  if (!inputs.ok) return inputs;
  const unknown = unknownStep(plan, options.require ?? []);
  if (unknown !== null) return { ok: false, diagnostics: [unknown] };
  const secrets = readSecrets(project, plan);
  if (!secrets.ok) return secrets;
  const unsaved = await needsRepository(project, plan);
  if (unsaved !== null) return { ok: false, diagnostics: [unsaved] };
  const unstored = await storePlan(project, hash, plan);
  if (unstored?.code.startsWith('RUN_DISK_'))
    return { ok: false, diagnostics: [{ ...unstored, hint: 'Nothing was started.' }] };
  if (unstored) return { ok: false, diagnostics: [unstored] };
  const made = options.id === undefined ? await project.store.createNew() : await createAs(project, options.id);
  if (!made.ok) return made;
  const { run: id, writer } = made.value;
  loaded.remember();
  const placed = await placeRun(project, id, plan);
  if (!placed.ok) return abandon(project, id, writer, placed);
  const workflow = { name: plan.name, file: plan.file };
  const { trigger = 'cli', require = [], models } = options;
  const created = { run: id, plan: hash, inputs: inputs.value, trigger, workflow };
  const opening: RunEvent[] = [
    {
      type: 'run.created',
      ...created,
      ...(require.length > 0 && { require }),
      ...(models && models !== 'record' && { models }),
    },
    { type: 'run.opened', ...thisHost(), giga: VERSION },
  ];
  const state = newRun(surroundingsOf(placed.value, id, new Map([[hash, plan]])));
  return {
    ok: true,
    value: launch({
      project: placed.value,
      id,
      plan,
      resumed: false,
      writer,
      state,
      secrets: secrets.value,
      opening,
      ...peopleOf(options),
      ...(options.through && { through: options.through }),
      noCache: options.noCache === true,
      ...(options.models && { models: options.models }),
    }),
  };
}

async function createAs({ store }: Project, run: string): ReturnType<Project['store']['createNew']> {
  const made = await store.create(run);
  return made.ok ? { ok: true, value: { run, writer: made.value } } : made;
}

function unknownStep(plan: Plan, paths: readonly Path[]): Diagnostic | null {
  const unknown = paths.find((path) => nodesAt(plan, path).length === 0);
  if (unknown === undefined) return null;
  const similar = nearest(unknown, [...planPaths(plan).keys()]);
  const hint = similar === null ? {} : { hint: `Did you mean \`${similar}\`?` };
  return problem('RUN_UNKNOWN_STEP', `There is no step \`${unknown}\`, which --require names.`, hint);
}

/** What a plan asks of git, where there is none. */
async function needsRepository({ root }: Project, { workspace }: Plan): Promise<Diagnostic | null> {
  if (workspace === undefined) return null;
  const { isInRepository } = await import('../../host/git/workspace-state.ts');
  if (isInRepository(root)) return null;
  const message = `What the workflow says under \`workspace\` needs a git repository, and \`${root}\` is in none.`;
  return problem('RUN_NO_REPOSITORY', message, { hint: 'Make one with `git init`.' });
}

/** The values of the secrets that a plan declares. Any that is missing stops the run before its first step. */
export function readSecrets(project: Project, plan: Plan): Result<ReadonlyMap<string, string>> {
  const values = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  for (const name of plan.secrets) {
    const value = project.env[name];
    if (value === undefined || value === '') {
      diagnostics.push(
        problem('RUN_SECRET_MISSING', `The secret \`${name}\` has no value.`, {
          hint: `Set the environment variable ${name}.`,
        }),
      );
    } else values.set(name, value);
  }
  return diagnostics.length > 0 ? { ok: false, diagnostics } : { ok: true, value: values };
}

/** A plan is on disk before a record names it. */
export async function storePlan(project: Project, hash: string, plan: Plan): Promise<Diagnostic | null> {
  try {
    await project.store.putPlan(hash, plan as unknown as Json); // a Plan is plain JSON by construction
    return null;
  } catch (error) {
    if (error instanceof JournalFailure) return error.diagnostic;
    throw error;
  }
}

/** A run that came to nothing leaves nothing, as far as the disk lets us: the next resume is not to find it. */
async function abandon(
  { store }: Project,
  id: string,
  writer: JournalWriter,
  refusal: Result<never> & { readonly ok: false },
): Promise<Result<never>> {
  await letGo(writer);
  await store.remove(id);
  return refusal;
}

/** Closes a journal to which nothing was added: what the disk refuses now was refused before, and is told already. */
export async function letGo(writer: JournalWriter): Promise<void> {
  try {
    await writer.close();
  } catch (error) {
    if (!(error instanceof JournalFailure)) throw error;
  }
}
