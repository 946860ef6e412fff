/** Says before anything runs what a resume would keep and what it would run, and why. Folds in memory; writes nothing, starts nothing. */
import type { Result } from '../../core/diagnostic/diagnostic.ts';
import { explainFingerprint } from '../../core/fingerprint.ts';
import { isService, type Plan } from '../../core/plan/plan.ts';
import { isStale, stepHides } from '../../core/run/drift.ts';
import type { Cause, ChangedFiles, DoubtCause, Path, RunEvent } from '../../core/run/event.ts';
import { evolve } from '../../core/run/evolve.ts';
import { childAround } from '../../core/run/home.ts';
import { staticPath } from '../../core/run/plan-paths.ts';
import { isAskedAgain } from '../../core/run/replan.ts';
import type { OpenOp, Run } from '../../core/run/run.ts';
import { doubtText, waitedFor } from '../../core/run/waited.ts';
import { makeCaptureSource } from '../../host/capture/index.ts';
import { createClock } from '../../host/clock.ts';
import type { Project } from '../project.ts';
import { placeOfRun } from '../worktrees.ts';
import { type Foreseen, foresee, newGuesses } from './foresee.ts';
import { pathsOfRun, planSteps, stepAt } from './plan-steps.ts';
import { lookAt, type ResumeOptions } from './resume.ts';
import { type StepStory, tellRun } from './run-history.ts';

export interface Decision {
  readonly path: Path;
  /** `in-doubt`: whether its effect has happened decides. */
  readonly decision: 'keep' | 'run' | 'skip' | 'in-doubt';
  /** Why, in a few words; for `run` of a step that had succeeded, the exact thing that changed. */
  readonly reasons: readonly string[];
  /** Why it is skipped. */
  readonly cause?: Cause;
}
export interface ResumePlan {
  /** Id of the run. */
  readonly run: string;
  readonly nothingToDo: boolean;
  /** In document order; steps that giga computes by itself are left out. */
  readonly decisions: readonly Decision[];
}

export async function planResume(project: Project, options: ResumeOptions): Promise<Result<ResumePlan>> {
  const found = await project.store.find(options.run);
  if (!found.ok) return found;
  const looked = await lookAt(project, found.value, { ...options, preview: true });
  if (!looked.ok) return looked;
  const { state, plan, opening, nothingToDo, records, changed } = looked.value;
  const told = new Map<Path, Decision>();
  const steps = planSteps(plan);
  const hides = (path: Path): boolean => stepHides(stepAt(steps, path)?.node);
  // Without a new plan, what has ended has ended.
  if (!opening.some(({ type }) => type === 'run.replanned'))
    for (const [path, step] of tellRun(records)?.steps ?? []) {
      const decision = endedBefore(step);
      if (decision) told.set(path, hides(path) ? { ...decision, ...overChanges(decision, changed) } : decision);
    }
  if (!nothingToDo) {
    evolve(state, { type: 'run.opened', host: '', giga: '', pid: 0, ...(changed && { changed }) });
    for (const event of opening) evolve(state, event);
    for (const open of state.ops.values())
      if (open.kind === 'wait' && !state.assumed.has(open.node.path)) told.set(open.node.path, stillWaits(open));
    const guesses = newGuesses();
    const place = await placeOfRun(project, looked.value.id);
    do {
      for (const foreseen of foresee(state, project.store.once.doneBefore, guesses)) {
        const decision = decisionOf(state, told, foreseen);
        if (decision === null || isGuessedIteration(foreseen, decision.path)) continue;
        if (told.get(decision.path)?.decision !== 'in-doubt') told.set(decision.path, decision);
      }
    } while (await answerFiles(place, state));
  }
  const decisions = leavesOf(plan, told).map(
    (path) => told.get(path) ?? passedOver(told, path) ?? (nothingToDo ? notReached(path) : waits(state, path)),
  );
  return { ok: true, value: { run: looked.value.id, nothingToDo, decisions } };
}

/** Which files a step reads may be looked at beforehand: that starts nothing. No tree is saved for a look. */
async function answerFiles(project: Project, state: Run): Promise<boolean> {
  const asked = [...state.ops].filter(
    ([, open]) =>
      open.kind === 'capture' &&
      open.captures.every(({ kind }) => kind === 'files' || kind === 'tree' || kind === 'merge'),
  );
  for (const [op, open] of asked) {
    if (open.kind !== 'capture') continue;
    const { capture } = makeCaptureSource({
      root: project.root,
      clock: createClock(),
      runCommand: async () => '',
      saveTree: async () => '',
      mergeWorktree: async () => null,
    });
    const work = { kind: 'capture', node: open.node.path, op, captures: open.captures } as const;
    const answer = await capture(work, AbortSignal.timeout(LOOK_MS));
    evolve(state, { type: 'capture.ended', node: open.node.path, op, ...answer });
  }
  return asked.length > 0;
}

const LOOK_MS = 10 * 60_000;

function stillWaits({ node, purpose, data }: OpenOp & { readonly kind: 'wait' }): Decision {
  if (purpose === 'assume') return inDoubt(node.path, data.why as DoubtCause, false); // written by `askDoubt`
  const reason = purpose === 'approval' ? VERDICT : `goes on waiting for ${waitedFor(purpose, data)}`;
  return { path: node.path, decision: 'run', reasons: [reason] };
}

/** Nobody knows yet whether it happened. */
function inDoubt(path: Path, why: DoubtCause, isVerified: boolean): Decision {
  const how = isVerified ? '`verify` is asked' : 'someone who knows says with --assume';
  return { path, decision: 'in-doubt', reasons: [doubtText(why), how] };
}

/** How often a loop is done is not known before the iterations are. */
function isGuessedIteration({ isGuess }: Foreseen, path: Path): boolean {
  return isGuess && path.includes('#');
}

function endedBefore({ path, settled }: StepStory): Decision | null {
  if (!settled) return null;
  const { result, cause } = settled;
  if (result === 'skipped') return { path, decision: 'skip', reasons: [cause.kind], cause };
  return { path, decision: 'keep', reasons: [result === 'failed' ? 'failed, and is not tried again' : 'finished'] };
}

const VERDICT = 'waiting for a verdict';
const AFTER = 'comes after steps that run';

type Told = ReadonlyMap<Path, Decision>;

function decisionOf(state: Run, told: Told, { event, isGuess }: Foreseen): Decision | null {
  switch (event.type) {
    case 'step.settled':
      return settledDecision(state, event, isGuess && !isCertain(event, told));
    case 'attempt.started':
      return {
        path: event.node,
        decision: 'run',
        reasons: [...whyItRuns(state, event, isGuess), ...mayBeCached(state, event.node)],
      };
    case 'timer.started':
      if (event.purpose === 'timeout' || event.purpose === 'poll') return null;
      return { path: event.node, decision: 'run', reasons: ['waits anew'] };
    case 'check.started':
      return event.about === 'verify' ? inDoubt(event.node, event.doubt ?? 'cut-off', true) : null;
    case 'wait.started':
      if (event.purpose === 'assume') return inDoubt(event.node, event.data.why as DoubtCause, false); // as above
      if (event.purpose === 'approval') return { path: event.node, decision: 'run', reasons: [VERDICT] };
      return { path: event.node, decision: 'run', reasons: [`waits for ${waitedFor(event.purpose, event.data)}`] };
    case 'scope.opened': {
      // What stands in the branches that are not taken is told of by its owner.
      const takes = !isGuess && event.slot >= 0 && state.byPath.get(event.node)?.plan.kind === 'choose';
      return takes ? { path: event.node, decision: 'skip', reasons: ['another branch is taken'] } : null;
    }
    default:
      return null;
  }
}

/** Whether a step settles so whatever the steps before it give: all that could change is that it is skipped for another cause. */
function isCertain({ node, cause }: Extract<RunEvent, { type: 'step.settled' }>, told: Told): boolean {
  if (cause.kind === 'condition-false') return !/\b(?:steps|needs|success|failure|cancelled)\b/i.test(cause.condition);
  if (cause.kind !== 'need-skipped' && cause.kind !== 'need-failed') return cause.kind === 'not-selected';
  return told.get(node.slice(0, node.lastIndexOf('/') + 1) + cause.need)?.decision === 'skip';
}

function settledDecision(
  state: Run,
  event: Extract<RunEvent, { type: 'step.settled' }>,
  isGuess: boolean,
): Decision | null {
  const { node: path, result, cause, error } = event;
  if (result === 'kept') {
    const kept: Decision = { path, decision: 'keep', reasons: [whyKept(cause)] };
    return isKeptOver(state, event) ? { ...kept, ...overChanges(kept, state.drift) } : kept;
  }
  if (cause.kind === 'verified') return { path, decision: 'keep', reasons: [`done, says ${cause.by}`] };
  if (isGuess) return { path, decision: 'run', reasons: [AFTER] };
  if (result === 'skipped') return { path, decision: 'skip', reasons: [cause.kind], cause };
  return result === 'failed' && error ? { path, decision: 'run', reasons: [`fails: ${error.message}`] } : null;
}

function whyKept(cause: Cause): string {
  return cause.kind === 'once' ? `once: done by run ${cause.run}` : 'inputs unchanged';
}

/** Whether a success stands although the workspace was changed since. */
function isKeptOver(
  state: Run,
  { node: path, fingerprint = '' }: Extract<RunEvent, { type: 'step.settled' }>,
): boolean {
  const node = state.byPath.get(path);
  const success = state.layer?.byPath.get(path)?.success ?? state.layer?.byPrint.get(fingerprint)?.[0];
  return node !== undefined && success !== undefined && isStale(state, node, success);
}

const FILES_SAID = 3;

/** What is said of a step that is kept and does not say which files it reads. */
function overChanges(
  { decision }: Decision,
  changed: ChangedFiles | null | undefined,
): Pick<Decision, 'reasons'> | null {
  return decision === 'keep' && changed ? { reasons: [changesSaid(changed)] } : null;
}

function changesSaid(changed: ChangedFiles | null): string {
  const { count, files } = changed ?? { count: 0, files: [] };
  const more = count > FILES_SAID ? ' …' : '';
  return `files not declared; ${count} changed: ${files.slice(0, FILES_SAID).join(', ')}${more}`;
}

function mayBeCached(state: Run, path: Path): readonly string[] {
  const node = state.byPath.get(path);
  const mayBe = node?.plan.kind === 'action' && node.plan.cache !== undefined && !isAskedAgain(state, node);
  return mayBe ? ['unless its result is in the cache'] : [];
}

function whyItRuns(
  state: Run,
  event: Extract<RunEvent, { type: 'attempt.started' }>,
  isGuess: boolean,
): readonly string[] {
  const plan = state.byPath.get(event.node)?.plan;
  if (plan !== undefined && isService(plan)) return ['serves those that need it'];
  const before = state.layer?.byPath.get(event.node);
  const isKnown = (state.layer?.byPrint.get(event.fingerprint)?.length ?? 0) > 0;
  if (!before && isKnown) return whyAgain(state, event.node);
  if (!before) return [event.attempt > 1 ? 'was cut off' : 'has not run'];
  if (!before.success) return [before.undone === true ? 'was undone' : 'did not succeed'];
  const changes = explainFingerprint(before.success.parts ?? {}, event.parts ?? {});
  // Its texts read what is not known yet: only its needs are known to have changed.
  const certain = isGuess ? changes.filter((change) => change.startsWith('needs ')) : changes;
  if (certain.length > 0) return certain.map((change) => inFile(state, event.node, change));
  if (isGuess) return [AFTER];
  const node = state.byPath.get(event.node);
  if (state.selection?.strict && node !== undefined && isStale(state, node, before.success))
    return [changesSaid(state.drift)];
  return whyAgain(state, event.node);
}

/** A change of the text itself is one of the file that it stands in: of a child workflow that is another than the run's. */
function inFile(state: Run, path: Path, change: string): string {
  const node = state.byPath.get(path);
  const isOfText = change.startsWith('the text') || change.startsWith('its definition');
  const child = node === undefined ? null : childAround(node.scope);
  return isOfText && child !== null ? `${change} in ${child.file.file}` : change;
}

/** Why a step runs again of which nothing has changed. */
function whyAgain(state: Run, path: Path): readonly string[] {
  if (state.byPath.get(path)?.scope?.anew) return [AFTER];
  const isNamed = state.selection?.rerun.some((named) => path === named || path.startsWith(`${named}/`));
  return [isNamed ? 'asked for' : 'depends on what is asked for'];
}

/** What became of what a step stands in, where that is skipped as a whole. */
function passedOver(told: Told, path: Path): Decision | null {
  for (let end = path.length - 1; end > 0; end--) {
    if (!'/[#'.includes(path.charAt(end))) continue;
    const around = told.get(path.slice(0, end));
    if (around?.decision === 'skip') return { ...around, path };
  }
  return null;
}

function notReached(path: Path): Decision {
  return { path, decision: 'skip', reasons: ['the run did not come to it'] };
}

/** A step that cannot be decided before others have run. */
function waits(state: Run, path: Path): Decision {
  const node = state.byPath.get(path);
  if (node?.state === 'waiting' && node.plan.kind === 'approve') return { path, decision: 'run', reasons: [VERDICT] };
  const capturing = node !== undefined && node.captureOp !== 0;
  return { path, decision: 'run', reasons: [capturing ? 'reads values from outside first' : AFTER] };
}

/** What belongs to a hook of a step, or to an end of the run. Ids cannot be these words there. */
const ENDINGS = /^(?:on-success|on-failure|finally)\/|\/on-(?:success|failure)\//;

/**
 * Paths of the actions and waits of the steps, in document order; in what is done many times, of each time that is known.
 * Branches count each; what a run or a step does at its end does not count, and what a child workflow does at its end only where it is known.
 */
function leavesOf(plan: Plan, told: Told): readonly Path[] {
  const steps = planSteps(plan);
  const isLeaf = (path: Path): boolean => {
    if (ENDINGS.test(path)) return false;
    const step = stepAt(steps, path);
    if (step === undefined || (step.isEnding && !told.has(path))) return false;
    const { kind } = step.node;
    return kind === 'action' || kind === 'wait' || kind === 'await' || kind === 'approve';
  };
  const leaves = pathsOfRun(plan, told.keys(), steps).filter(isLeaf);
  const places = new Set(leaves.map(staticPath));
  return [...leaves, ...[...steps.keys()].filter((path) => !places.has(path) && isLeaf(path))];
}
