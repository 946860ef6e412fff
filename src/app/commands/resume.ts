/** Continues a run: reads its journal, compares its plan with the file of today, and decides what is kept and what runs. Knows no terminal. */
import { join } from 'node:path';
import { type Diagnostic, hasErrors, problem, type Result, warning } from '../../core/diagnostic/diagnostic.ts';
import { type Plan, planHash } from '../../core/plan/plan.ts';
import type { JournalReading, JournalWriter } from '../../core/ports.ts';
import { assumed, assumeProblem } from '../../core/run/assume.ts';
import { callerOf } from '../../core/run/called-run.ts';
import { type Command, type Decision, decide } from '../../core/run/decide.ts';
import type { ChangedFiles, Path, Recorded, RunEvent } from '../../core/run/event.ts';
import { fold } from '../../core/run/fold.ts';
import { planOf, type Run } from '../../core/run/run.ts';
import { cutOff, unfinished } from '../../core/run/undo.ts';
import { VERSION } from '../../core/version.ts';
import type { ModelSource } from '../claude-step.ts';
import type { LiveRun } from '../live-run.ts';
import { type LoadedPlan, loadWorkflow } from '../load.ts';
import type { Project } from '../project.ts';
import { thisHost } from '../this-host.ts';
import { type Launch, launch, type People, peopleOf, surroundingsOf } from '../wire.ts';
import { forgetWorktree, lostWorktree, mergesWorktree, placeOfRun } from '../worktrees.ts';
import { failedItems } from './failed-items.ts';
import { forgottenCalls } from './forgotten-calls.ts';
import { type Raise, raisesOf } from './raise.ts';
import { letGo, readSecrets, storePlan } from './run.ts';
import { tellRun } from './run-history.ts';
import { plansOf } from './run-plans.ts';
import { standing } from './standing.ts';

export interface ResumeOptions {
  /** Id of the run or its beginning; default: the latest. */
  readonly run?: string;
  /** Steps that run again, with what depends on them. */
  readonly from?: readonly Path[];
  /** Nothing but these runs. */
  readonly only?: readonly Path[];
  /** With `only`: and what depends on them. */
  readonly downstream?: boolean;
  /** Items of fan-outs that failed run again, also where so many may fail that the run succeeded. */
  readonly failedItems?: boolean;
  readonly takeover?: boolean;
  /** What someone knows of effects that are in doubt. */
  readonly assume?: readonly Assumed[];
  /** Who says so. */
  readonly by?: string;
  /** Budgets that are raised. */
  readonly raise?: readonly Raise[];
  /** Steps that do not say which files they read run again where the workspace was changed. */
  readonly strict?: boolean;
  /** No finished step is asked anew for what it reads: a verdict is given, on the run as it is. */
  readonly asIs?: boolean;
  /** Only to look: as if any number of steps could run at once. */
  readonly preview?: boolean;
  readonly people?: People;
  readonly through?: Launch['through'];
  /** No step takes the result of an earlier run. */
  readonly noCache?: boolean;
  /** Where the answers of models come from. Absent: they are asked. */
  readonly models?: ModelSource;
}

export interface Assumed {
  readonly node: Path;
  readonly how: 'done' | 'retry';
}

/** What a resume would begin with: the fold of the journal, and the plan of today. */
export interface Prepared {
  readonly id: string;
  readonly state: Run;
  /** The plan that it goes on with. */
  readonly plan: Plan;
  readonly hash: string;
  /** What others changed in the workspace since it was stopped. */
  readonly changed?: ChangedFiles;
  /** What opens the run again, after `run.opened`; empty when it simply goes on. */
  readonly opening: readonly RunEvent[];
  /** The run succeeded, and nothing has changed: there is nothing to do. */
  readonly nothingToDo: boolean;
  readonly records: readonly Recorded[];
  /** Warnings: a torn tail, a file that is gone. */
  readonly diagnostics: readonly Diagnostic[];
}

export type Resumed =
  | { readonly kind: 'live'; readonly run: LiveRun; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'nothing-to-do'; readonly id: string; readonly diagnostics: readonly Diagnostic[] };

export async function resumeRun(project: Project, options: ResumeOptions): Promise<Result<Resumed>> {
  const found = await project.store.find(options.run);
  if (!found.ok) return found;
  const read = await project.store.read(found.value);
  if (!read.ok) return read;
  const models = modelsOf(found.value, read.value, options);
  if (!models.ok) return models;
  const compared = await comparePlans(project, found.value, read.value);
  if (!compared.ok) return compared;
  if (hasEndedWell(read.value, compared.value, options)) {
    // Whoever drove it may have been killed before it had tidied up.
    if (mergesWorktree(compared.value.plan)) await forgetWorktree(project, found.value, true);
    return { ok: true, value: { kind: 'nothing-to-do', id: found.value, diagnostics: compared.value.diagnostics } };
  }
  const looked = await prepareWith(project, found.value, read.value, compared.value, options);
  if (!looked.ok) return looked;
  const { nothingToDo, diagnostics } = looked.value;
  if (nothingToDo) return { ok: true, value: { kind: 'nothing-to-do', id: found.value, diagnostics } };
  const secrets = readSecrets(project, looked.value.plan);
  if (!secrets.ok) return secrets;
  const opened = await project.store.open(found.value, { takeover: options.takeover === true });
  if (!opened.ok) return opened;
  const { writer, reading } = opened.value;
  const prepared = await prepare(project, found.value, reading, options);
  if (!prepared.ok) return giveUp(writer, prepared);
  const { id, state, plan, hash, opening, records, changed } = prepared.value;
  if (prepared.value.nothingToDo) {
    await letGo(writer); // somebody else has brought it to its end since we looked
    return { ok: true, value: { kind: 'nothing-to-do', id, diagnostics } };
  }
  const unstored = await storePlan(project, hash, plan);
  if (unstored) return giveUp(writer, { ok: false, diagnostics: [unstored] });
  const source = models.value.models === 'record' ? undefined : models.value.models;
  const events: RunEvent[] = [
    {
      type: 'run.opened',
      ...thisHost(),
      giga: VERSION,
      ...(source && { models: source }),
      ...(changed && { changed }),
    },
    ...opening,
  ];
  const parts = { project, id, plan, resumed: true, writer, state, secrets: secrets.value, opening: events };
  const run = launch({
    ...parts,
    project: await placeOfRun(project, id),
    standing: standing(state, records, opening),
    ...peopleOf(options),
    ...(options.through && { through: options.through }),
    noCache: options.noCache === true,
    ...models.value,
  });
  return { ok: true, value: { kind: 'live', run, diagnostics } };
}

/** What was made up must not be taken for an answer: a run goes on as it began. */
function modelsOf(
  id: string,
  { records }: JournalReading,
  options: ResumeOptions,
): Result<Pick<ResumeOptions, 'models'>> {
  const [created] = records;
  const before = created?.type === 'run.created' ? created.models : undefined;
  const wanted = options.models ?? before;
  const isSame = wanted === before || (wanted === 'record' && before === undefined);
  if (isSame) return { ok: true, value: wanted === undefined ? {} : { models: wanted } };
  const began = before === undefined ? 'asks its models' : `began with \`--${before}\``;
  const hint = `Start another run with \`giga run --${wanted}\`.`;
  return { ok: false, diagnostics: [problem('RUN_OTHER_MODELS', `Run ${id} ${began}, and goes on so.`, { hint })] };
}

/** Takes a stopped run over to end it: the plan stays as it was, whatever the file says today. */
export async function cancelStopped(
  project: Project,
  id: string,
  command: Command,
): Promise<Result<Resumed & { readonly kind: 'live' }>> {
  const opened = await project.store.open(id);
  if (!opened.ok) return opened;
  const { writer, reading } = opened.value;
  const half = unfinished(reading.records);
  if (half !== null) return giveUp(writer, { ok: false, diagnostics: [cutOff(id, half.word)] });
  const plans = await plansOf(project, reading.records);
  if (!plans.ok) return giveUp(writer, plans);
  const state = fold(surroundingsOf(project, id, plans.value), reading.records);
  const plan = plans.value.get(state.planHash);
  const lost = lostWorktree(project, id, plan);
  if (lost !== null) return giveUp(writer, { ok: false, diagnostics: [lost] });
  const resumed = decide(state, { kind: 'resume' });
  const cancelled = decide(state, command);
  if (!plan || !cancelled.ok || !resumed.ok) {
    const diagnostic = !cancelled.ok
      ? cancelled.diagnostic
      : problem('RUN_EMPTY', `The journal of run ${id} holds no beginning.`);
    return giveUp(writer, { ok: false, diagnostics: [diagnostic] });
  }
  const secrets = readSecrets(project, plan);
  if (!secrets.ok) return giveUp(writer, secrets);
  const opening: RunEvent[] = [
    { type: 'run.opened', ...thisHost(), giga: VERSION },
    ...resumed.events,
    ...cancelled.events,
  ];
  const place = await placeOfRun(project, id);
  const run = launch({ project: place, id, plan, resumed: true, writer, state, secrets: secrets.value, opening });
  return { ok: true, value: { kind: 'live', run, diagnostics: reading.diagnostics } };
}

/** Looks without taking hold: what `--plan` shows, and whether there is anything to do. */
export async function lookAt(project: Project, id: string, options: ResumeOptions): Promise<Result<Prepared>> {
  const read = await project.store.read(id);
  if (!read.ok) return read;
  return prepare(project, id, read.value, options);
}

/** Lets go of a run that was taken for nothing. */
export async function giveUp<T>(
  writer: JournalWriter,
  refusal: Result<T> & { readonly ok: false },
): Promise<Result<never>> {
  await letGo(writer);
  return refusal;
}

/** What a resume would begin with, by a journal that was read. */
export async function prepare(
  project: Project,
  id: string,
  reading: JournalReading,
  options: ResumeOptions,
): Promise<Result<Prepared>> {
  const compared = await comparePlans(project, id, reading);
  return compared.ok ? prepareWith(project, id, reading, compared.value, options) : compared;
}

/** The plans of a run, and the one of today. */
interface Compared {
  readonly plans: ReadonlyMap<string, Plan>;
  readonly plan: Plan;
  readonly hash: string;
  /** Of the journal and of the file. */
  readonly diagnostics: readonly Diagnostic[];
}

async function comparePlans(project: Project, id: string, reading: JournalReading): Promise<Result<Compared>> {
  if (hasErrors(reading.diagnostics)) return { ok: false, diagnostics: reading.diagnostics };
  const half = unfinished(reading.records);
  if (half !== null) return { ok: false, diagnostics: [cutOff(id, half.word)] };
  const plans = await plansOf(project, reading.records);
  if (!plans.ok) return plans;
  const created = reading.records[0];
  if (created?.type !== 'run.created')
    return {
      ok: false,
      diagnostics: [
        problem('RUN_EMPTY', `The journal of run ${id} holds no beginning.`, { hint: 'Start anew with `giga run`.' }),
      ],
    };
  const before = plans.value.get(lastPlan(reading.records)) as Plan; // plansOf has found every one
  const hashBefore = lastPlan(reading.records);
  // What called it gave it its plan, as the file could not say it: under its own permissions.
  const asBefore = { ok: true as const, value: { plan: before, hash: hashBefore, diagnostics: [] } };
  const today = callerOf(id) === null ? await planOfToday(project, before, hashBefore) : asBefore;
  if (!today.ok) return today;
  const { plan, hash } = today.value;
  const diagnostics = [...reading.diagnostics, ...today.value.diagnostics];
  return { ok: true, value: { plans: plans.value, plan, hash, diagnostics } };
}

/** Whether the last word of a run is that it went well, as a whole and under the plan of today: that is known without folding it. */
function hasEndedWell(
  { records }: JournalReading,
  { hash }: Compared,
  { from = [], only = [], failedItems = false, raise = [] }: ResumeOptions,
): boolean {
  const last = records.at(-1);
  if (last?.type !== 'run.finished' || last.verdict === 'failed' || last.verdict === 'cancelled') return false;
  const isPlain = !records.some(({ type }) => type === 'run.replanned' || type === 'run.rewound');
  return (
    isPlain &&
    hash === lastPlan(records) &&
    from.length === 0 &&
    only.length === 0 &&
    raise.length === 0 &&
    !failedItems
  );
}

async function prepareWith(
  project: Project,
  id: string,
  reading: JournalReading,
  { plans, plan, hash, diagnostics }: Compared,
  options: ResumeOptions,
): Promise<Result<Prepared>> {
  const known = options.preview ? unbounded(plans, hash, plan) : new Map(plans).set(hash, plan);
  const state = fold(surroundingsOf(project, id, known), reading.records);
  const story = options.failedItems === true ? tellRun(reading.records) : null;
  if (story !== null && failedItems(story).length === 0) return { ok: false, diagnostics: [noFailedItems(id)] };
  const homeless = state.status === 'new' ? null : lostWorktree(project, id, plan);
  if (homeless !== null) return { ok: false, diagnostics: [homeless] };
  const survey = await surveyWorkspace(project, id, reading, state, options);
  const lost = await forgottenCalls(state, plan, options);
  const decided = reopen(state, hash, options, { ...survey, lost });
  const nothingToDo = !decided.ok && decided.diagnostic.code === 'RUN_NOTHING_TO_RESUME';
  if (!decided.ok && !nothingToDo) return { ok: false, diagnostics: [decided.diagnostic] };
  const opening = decided.ok ? [...decided.events] : [];
  for (const one of options.assume ?? []) {
    const wrong = assumeProblem(plan, one);
    if (wrong !== null) return { ok: false, diagnostics: [wrong] };
    opening.push(assumed({ kind: 'assume', ...one, by: options.by ?? 'someone' }));
  }
  const raised = raisesOf(plan, state.raised, options);
  if (!raised.ok) return raised;
  opening.push(...raised.value);
  const { changed } = survey;
  return {
    ok: true,
    value: {
      id,
      state,
      plan,
      hash,
      ...(changed && { changed }),
      opening,
      nothingToDo,
      records: reading.records,
      diagnostics,
    },
  };
}

/** What became of the workspace since the run was stopped. */
interface Survey {
  readonly changed?: ChangedFiles;
  /** Files that finished steps say they read are others: those steps are asked anew. */
  readonly reads?: boolean;
  /** Steps that are done again since servers have forgotten them. */
  readonly lost?: readonly Path[];
}

async function surveyWorkspace(
  project: Project,
  id: string,
  { records }: JournalReading,
  state: Run,
  { asIs = false }: ResumeOptions,
): Promise<Survey> {
  const { changedFiles, changedSince } = await import('../workspace-note.ts');
  const { filesChanged } = await import('../files-changed.ts');
  const place = await placeOfRun(project, id);
  const changed = changedFiles(await changedSince(place, id, records), [planOf(state)]);
  const reads = !asIs && state.status === 'running' && (await filesChanged(place, state));
  return { reads, ...(changed && { changed }) };
}

/** Names stay what they are, so that what is kept is kept; only the bound is gone. */
function unbounded(plans: ReadonlyMap<string, Plan>, hash: string, plan: Plan): Map<string, Plan> {
  const all = new Map(plans).set(hash, plan);
  return new Map([...all].map(([name, one]) => [name, { ...one, concurrency: Number.MAX_SAFE_INTEGER }]));
}

/** A run that was merely cut off goes on; one that ended, or whose plan or choice of steps changed, starts from what it has. */
function reopen(state: Run, hash: string, options: ResumeOptions, { changed, reads, lost = [] }: Survey): Decision {
  const { from = [], only = [], downstream = false, failedItems = false, raise = [] } = options;
  // Whatever its verdict was, a step may have failed of what it could not take.
  const mayTakeMore = raise.length > 0 && state.status === 'finished';
  const strict = options.strict === true && (changed !== undefined || state.drifts > 0);
  return decide(state, {
    kind: 'resume',
    plan: hash,
    // What failed is never kept: starting from what there is, is enough.
    ...(failedItems || reads || mayTakeMore ? { rerun: [] } : {}),
    ...(strict ? { rerun: [], downstream: true, strict } : {}),
    ...(from.length + lost.length > 0 ? { rerun: [...from, ...lost], downstream: true } : {}),
    ...(only.length > 0 ? { only, rerun: only, downstream } : {}),
  });
}

function noFailedItems(id: string): Diagnostic {
  return problem('RUN_NO_FAILED_ITEMS', `No item of run ${id} failed.`, {
    hint: '`giga resume` goes on with a run; `--from STEP` runs a step again.',
  });
}

function lastPlan(records: readonly Recorded[]): string {
  const record = records.findLast((one) => one.type === 'run.created' || one.type === 'run.replanned');
  return record?.type === 'run.created' || record?.type === 'run.replanned' ? record.plan : '';
}

/** The file as it is now; where it says the same, or is gone, the run goes on as it was planned. */
async function planOfToday(
  project: Project,
  before: Plan,
  hash: string,
): Promise<Result<Pick<LoadedPlan, 'plan' | 'hash'> & { readonly diagnostics: readonly Diagnostic[] }>> {
  const atHand = new Map([[hash, before]]);
  const { value, diagnostics } = await loadWorkflow(project, join(project.root, before.file), atHand);
  if (value && (value.hash === hash || planHash(value.plan) === planHash(before)))
    return { ok: true, value: { plan: before, hash, diagnostics } };
  if (value) return { ok: true, value: { plan: value.plan, hash: value.hash, diagnostics } };
  if (!diagnostics.some(({ code }) => code === 'DOC_NOT_FOUND')) return { ok: false, diagnostics };
  const gone = warning('RUN_FILE_GONE', `The file "${before.file}" is gone: the run goes on as it was planned.`);
  return { ok: true, value: { plan: before, hash, diagnostics: [gone] } };
}
