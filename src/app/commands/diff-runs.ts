/** What differs between two runs: their plans, inputs, outputs, verdicts, and step by step what became of it and why. Pure; two stories in, facts out. */
import { explainFingerprint } from '../../core/fingerprint.ts';
import { canonical, type Json, type JsonObject } from '../../core/json.ts';
import type { Cause, Path } from '../../core/run/event.ts';
import type { AttemptStory, RunState, RunStory, StepStory } from './run-history.ts';
import { type StepState, stateOfStep } from './why.ts';

/** A value of each run; absent where there is none. */
export interface Change<T> {
  readonly before?: T;
  readonly after?: T;
}

export interface StepSide {
  readonly state: StepState;
  readonly cause?: Cause;
  /** Of its last round of attempts, in ms. */
  readonly durationMs: number;
  readonly attempts: number;
  readonly exitCode?: number;
}

export interface StepDifference extends Change<StepSide> {
  readonly path: Path;
  /** What its fingerprint says that changed, the most telling first; empty where it was made of the same. */
  readonly changes: readonly string[];
  /** By name of the output. */
  readonly outputs: Readonly<Record<string, Change<Json>>>;
}

export interface RunDifference {
  readonly before: string;
  readonly after: string;
  readonly isSamePlan: boolean;
  readonly verdict: Change<RunState>;
  /** From the first record to the last, in ms. */
  readonly durationMs: Change<number>;
  readonly inputs: Readonly<Record<string, Change<Json>>>;
  readonly outputs: Readonly<Record<string, Change<Json>>>;
  /** In the order of the later run; those that it lacks come last. */
  readonly steps: readonly StepDifference[];
  /** How many steps came to the same in the same way. */
  readonly alike: number;
}

export interface RunSide {
  readonly story: RunStory;
  readonly state: RunState;
}

/** Outputs that tell of the run, not of the work. */
const OF_THE_RUN: readonly string[] = ['log'];

export function diffRuns(before: RunSide, after: RunSide): RunDifference {
  const [a, b] = [before.story, after.story];
  const paths = [...new Set([...b.steps.keys(), ...a.steps.keys()])].filter((path) => path !== '');
  const differences = paths.map((path) => diffStep(path, a.steps.get(path), b.steps.get(path)));
  const steps = differences.filter((one) => one !== null);
  return {
    before: a.id,
    after: b.id,
    isSamePlan: a.plans.at(-1) === b.plans.at(-1),
    verdict: { before: before.state, after: after.state },
    durationMs: { before: a.lastAt - a.startedAt, after: b.lastAt - b.startedAt },
    inputs: diffValues(a.inputs, b.inputs),
    outputs: diffValues(a.finished?.outputs ?? {}, b.finished?.outputs ?? {}),
    steps,
    alike: paths.length - steps.length,
  };
}

/** Null for a step that came to the same in the same way. */
function diffStep(path: Path, before: StepStory | undefined, after: StepStory | undefined): StepDifference | null {
  const [a, b] = [sideOf(before), sideOf(after)];
  const outputs = diffValues(outputsOf(before), outputsOf(after), OF_THE_RUN);
  const changes = changesOf(before, after);
  const isSame =
    a !== undefined &&
    b !== undefined &&
    wordOf(a) === wordOf(b) &&
    changes.length === 0 &&
    Object.keys(outputs).length === 0;
  return isSame ? null : { path, ...(a && { before: a }), ...(b && { after: b }), changes, outputs };
}

/** What a reader would call the same end. That one run kept what another did is no difference. */
function wordOf({ state, cause, exitCode = 0 }: StepSide): string {
  const result = state === 'kept' ? 'succeeded' : state;
  const why = result === 'skipped' && cause ? canonical(cause as unknown as Json) : ''; // a Cause is plain JSON
  return `${result} ${exitCode} ${why}`;
}

function sideOf(step: StepStory | undefined): StepSide | undefined {
  if (step === undefined) return undefined;
  const last = step.attempts.at(-1);
  const round = step.attempts.filter(({ era }) => era === last?.era);
  return {
    state: stateOfStep(step),
    ...(step.settled && { cause: step.settled.cause }),
    durationMs: round.reduce((sum, { durationMs = 0 }) => sum + durationMs, 0),
    attempts: round.length,
    ...(last?.exitCode !== undefined && { exitCode: last.exitCode }),
  };
}

function changesOf(before: StepStory | undefined, after: StepStory | undefined): readonly string[] {
  const [a, b] = [partsOf(before), partsOf(after)];
  return a && b ? explainFingerprint(a, b) : [];
}

function partsOf(step: StepStory | undefined): AttemptStory['parts'] {
  return step?.attempts.findLast(({ parts }) => parts !== undefined)?.parts;
}

/** What the step gave at last: of a success that was kept, what it had given. */
function outputsOf(step: StepStory | undefined): JsonObject {
  return { ...step?.attempts.at(-1)?.outputs, ...step?.settled?.outputs };
}

/** The values that differ, by name. */
function diffValues(
  before: JsonObject,
  after: JsonObject,
  leaveOut: readonly string[] = [],
): Readonly<Record<string, Change<Json>>> {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => !leaveOut.includes(name),
  );
  const changed = names.flatMap((name) => {
    const [a, b] = [ownOf(before, name), ownOf(after, name)];
    if (a !== undefined && b !== undefined && canonical(a) === canonical(b)) return [];
    return [[name, { ...(a !== undefined && { before: a }), ...(b !== undefined && { after: b }) }] as const];
  });
  return Object.fromEntries(changed);
}

function ownOf(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
