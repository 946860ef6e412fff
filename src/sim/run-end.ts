/** What a run came to, as far as two lives of the same run are to agree on it. Pure; knows no plans. */
import { explainFingerprint, type FingerprintParts } from '../core/fingerprint.ts';
import { canonical, type Json, type JsonObject } from '../core/json.ts';
import type { Path, Recorded } from '../core/run/event.ts';
import { isAtOrIn } from '../core/run/plan-paths.ts';
import type { Simulated } from './simulate.ts';

/** What became of a step. */
export interface StepEnd {
  result: string;
  cause: string | null;
  /** Cancelled for a failure beside it, or as the loser of a race. */
  isCutShort: boolean;
  /** The code of what it failed of. */
  error: string | null;
  outputs: JsonObject;
  /** How many attempts failed: each spends a retry. */
  failures: number;
  /** Of a race: which member has won, from 1. */
  winner: number | null;
  /** What its last attempt was asked to do, as the parts of its fingerprint; without what says how its needs came about. */
  asked: FingerprintParts;
}

export interface RunEnd {
  /** `waiting` and `endless` beside the verdicts. */
  readonly verdict: string;
  readonly outputs: JsonObject;
  readonly steps: ReadonlyMap<Path, StepEnd>;
}

export interface Difference {
  /** Null for the run itself. */
  readonly step: Path | null;
  readonly what: 'verdict' | 'result' | 'cause' | 'error' | 'output' | 'failures' | 'winner' | 'request';
  /** Of an output: its name. Of a request: what changed in it. */
  readonly name?: string;
  /** In the run that nobody disturbed. */
  readonly whole: Json;
  readonly killed: Json;
}

const NEVER: StepEnd = {
  result: 'not-run',
  cause: null,
  isCutShort: false,
  error: null,
  outputs: {},
  failures: 0,
  winner: null,
  asked: {},
};

export function endOf({ run, journal, stopped }: Simulated): RunEnd {
  const steps = new Map<Path, StepEnd>();
  const at = (path: Path): StepEnd => {
    const known = steps.get(path) ?? { ...NEVER, asked: {} };
    steps.set(path, known);
    return known;
  };
  for (const record of journal) tell(record, at);
  const verdict = stopped === 'finished' ? (run.verdict ?? 'waiting') : stopped;
  return { verdict, outputs: run.outputs, steps };
}

function tell(record: Recorded, at: (path: Path) => StepEnd): void {
  if (record.type === 'attempt.started') at(record.node).asked = ownParts(record.parts ?? {});
  else if (record.type === 'race.won') at(record.node).winner = record.slot + 1;
  else if (record.type === 'attempt.ended') {
    const step = at(record.node);
    if (record.outcome === 'failed' || record.outcome === 'timed-out' || record.outcome === 'hollow') step.failures++;
    step.outputs = record.outputs ?? {};
  } else if (record.type === 'step.settled') {
    const { result, cause, outputs = {}, error } = record;
    const step = at(record.node);
    step.result = result;
    step.cause = cause.kind;
    step.isCutShort = cause.kind === 'cancelled' && (cause.by === 'fail-fast' || cause.by === 'race');
    step.error = error?.code ?? null;
    step.outputs = { ...step.outputs, ...outputs };
  }
}

/** What differs, the run itself first (which of several failures was the first does not count); nothing when both came to the same end. */
export function differencesOf(whole: RunEnd, killed: RunEnd): readonly Difference[] {
  const ofRun: Difference[] = [];
  const run = { step: null };
  if (whole.verdict !== killed.verdict)
    ofRun.push({ ...run, what: 'verdict', whole: whole.verdict, killed: killed.verdict });
  ofRun.push(...outputsThatDiffer(null, whole.outputs, killed.outputs));
  // How far a step had come before it was cut short is a matter of time, not of the workflow.
  const cutShort = new Set([...whole.steps, ...killed.steps].flatMap(([path, one]) => (one.isCutShort ? [path] : [])));
  const paths = [...new Set([...whole.steps.keys(), ...killed.steps.keys()])].filter(
    (path) => !isAtOrIn(cutShort, path),
  );
  return [...ofRun, ...paths.flatMap((path) => ofStep(path, whole.steps.get(path), killed.steps.get(path)))];
}

/** Whether a step that never succeeded was begun before it was cancelled is no part of the end. */
function ofStep(step: Path, whole: StepEnd = NEVER, killed: StepEnd = NEVER): readonly Difference[] {
  if (whole.result !== killed.result) return [{ step, what: 'result', whole: whole.result, killed: killed.result }];
  if (whole.result === 'cancelled' || whole.result === 'not-run') return [];
  const found: Difference[] = [];
  for (const what of ['cause', 'error', 'failures', 'winner'] as const)
    if (whole[what] !== killed[what]) found.push({ step, what, whole: whole[what], killed: killed[what] });
  const changes = explainFingerprint(whole.asked, killed.asked);
  if (changes.length > 0)
    found.push({ step, what: 'request', name: changes.join(', '), whole: whole.asked, killed: killed.asked });
  return [...found, ...outputsThatDiffer(step, whole.outputs, killed.outputs)];
}

function ownParts(parts: FingerprintParts): FingerprintParts {
  return Object.fromEntries(Object.entries(parts).filter(([name]) => !/^(?:needs .*|within|others)$/.test(name)));
}

/** How long a wait took is measured: who looks again at once after a resume has waited for less. */
const MEASURED = 'waited-ms';

function outputsThatDiffer(step: Path | null, whole: JsonObject, killed: JsonObject): readonly Difference[] {
  const names = new Set([...Object.keys(whole), ...Object.keys(killed)]);
  if (step !== null) names.delete(MEASURED);
  return [...names].flatMap((name): readonly Difference[] => {
    const [a, b] = [whole[name] ?? null, killed[name] ?? null];
    return canonical(a) === canonical(b) ? [] : [{ step, what: 'output', name, whole: a, killed: b }];
  });
}
