/** Says what differs between two runs. Pure. */
import type { Change, RunDifference, StepDifference, StepSide } from '../../app/commands/diff-runs.ts';
import type { Json } from '../../core/json.ts';
import { causeText, valueText } from './cause.ts';
import { STEP_LOOKS } from './run-lines.ts';
import { LOOKS } from './states.ts';
import { column, harmless, type Paint, widthOf } from './text.ts';
import { duration } from './time.ts';

export function diffLines(difference: RunDifference, paint: Paint): string[] {
  const { before, after, isSamePlan, verdict, durationMs, steps, alike } = difference;
  const took = `took ${duration(durationMs.before ?? 0)} → ${duration(durationMs.after ?? 0)}`;
  const plan = isSamePlan ? 'the same plan' : 'another plan';
  const cells = Math.min(
    40,
    steps.reduce((most, { path }) => Math.max(most, widthOf(path)), 8),
  );
  const isSame = verdict.before === verdict.after;
  return [
    `${paint('bold', `run ${before} → ${after}`)} · ${plan} · ${took}`,
    ...(isSame ? [] : [`verdict ${verdict.before} → ${verdict.after}`]),
    ...valueLines('input ', difference.inputs),
    ...steps.flatMap((step) => stepLines(step, cells, paint)),
    ...valueLines('output', difference.outputs),
    `${alike} ${alike === 1 ? 'step is' : 'steps are'} alike, ${steps.length} ${steps.length === 1 ? 'differs' : 'differ'}`,
  ];
}

function stepLines(step: StepDifference, cells: number, paint: Paint): string[] {
  const { path, before, after, changes, outputs } = step;
  const mark = before === undefined ? '+' : after === undefined ? '-' : '≠';
  const why = [...changes.map(harmless), ...decisionOf(before, after)];
  const head = `${paint(mark === '-' ? 'bad' : 'accent', mark)} ${column(harmless(path), cells)}  ${endsOf(before, after)}`;
  // That what did not run gave nothing goes without saying.
  const both = [before, after].every((side) => side !== undefined && side.state !== 'skipped');
  return [
    why.length === 0 ? head : `${head} · ${why.join('; ')}`,
    ...(both ? valueLines('    output', outputs).map((line) => paint('dim', line)) : []),
  ];
}

/** `ok 12.4s → failed 8.1s, exit 1`; one word where only one run has the step. */
function endsOf(before: StepSide | undefined, after: StepSide | undefined): string {
  return [before, after].flatMap((side) => (side === undefined ? [] : [sideText(side)])).join(' → ');
}

function sideText({ state, durationMs, attempts, exitCode }: StepSide): string {
  const word = state === 'pending' ? 'pending' : LOOKS[STEP_LOOKS[state]].word;
  const parts = [
    durationMs > 0 ? `${word} ${duration(durationMs)}` : word,
    ...(exitCode ? [`exit ${exitCode}`] : []),
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
  ];
  return parts.join(', ');
}

/** Why it was skipped or kept, where that is no longer so or has another cause. */
function decisionOf(before: StepSide | undefined, after: StepSide | undefined): readonly string[] {
  const [was, is] = [before, after].map((side) => (side?.cause ? causeText(side.cause) : ''));
  if (was === is) return [];
  return [...(was ? [`before: ${was}`] : []), ...(is ? [is] : [])];
}

function valueLines(label: string, changes: Readonly<Record<string, Change<Json>>>): string[] {
  return Object.entries(changes).map(
    ([name, { before, after }]) =>
      `${label} ${harmless(name)}  ${before === undefined ? '—' : valueText(before)} → ${after === undefined ? '—' : valueText(after)}`,
  );
}
