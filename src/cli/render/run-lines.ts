/** Lines about finished and stopped runs: the list, and one run with its steps. Pure. */

import type { ListedRun } from '../../app/commands/list-runs.ts';
import type { RunStory, StepStory } from '../../app/commands/run-history.ts';
import { type StepState, stateOfStep } from '../../app/commands/why.ts';
import type { Costs } from '../../core/run/costs.ts';
import type { Path } from '../../core/run/event.ts';
import { isAfterwards } from '../../core/run/plan-paths.ts';
import { spentByPaths } from '../../core/run/spend.ts';
import { askText } from './approval-lines.ts';
import { causeText } from './cause.ts';
import { claimStoryText } from './claim-text.ts';
import { costLines, costRemark } from './cost-text.ts';
import { modelsText } from './result-lines.ts';
import { LOOKS, type State } from './states.ts';
import { column, harmless, type Paint, type Tone, widthOf } from './text.ts';
import { dateAndTime, duration } from './time.ts';
import { verdictLines } from './verdict-lines.ts';

const STATE_TONES: Readonly<Record<ListedRun['state'], Tone>> = {
  succeeded: 'good',
  'succeeded with allowed failures': 'warn',
  'nothing ran': 'warn',
  failed: 'bad',
  cancelled: 'warn',
  running: 'accent',
  waiting: 'warn',
  stopped: 'warn',
  damaged: 'bad',
};

/** `7f3c  failed   2026-03-09 12:00:43     1m12s  workflows/ci.yaml`. */
export function runListLines(runs: readonly ListedRun[], paint: Paint): string[] {
  const idCells = Math.max(0, ...runs.map(({ id }) => id.length));
  const stateCells = Math.max(0, ...runs.map(({ state }) => state.length));
  return runs.map((run) => {
    const state = paint(STATE_TONES[run.state], column(run.state, stateCells));
    if (run.state === 'damaged' || run.startedAt === null)
      return `${column(run.id, idCells)}  ${state}  see \`giga doctor\``;
    const took = run.endedAt === null ? '' : duration(run.endedAt - run.startedAt);
    return `${column(run.id, idCells)}  ${state}  ${dateAndTime(run.startedAt)}  ${[`${took.padStart(7)}  ${harmless(run.file)}`, ...modelsText(run.models)].join(' · ')}`;
  });
}

export const STEP_LOOKS: Readonly<Record<StepState, State>> = {
  succeeded: 'ok',
  kept: 'kept',
  failed: 'failed',
  skipped: 'skipped',
  cancelled: 'cancelled',
  running: 'running',
  serving: 'serving',
  waiting: 'waiting',
  pending: 'blocked',
};

/** A run and its steps, in the order of the plan as far as `paths` names them. */
export function runStoryLines(
  story: RunStory,
  state: string,
  paths: readonly Path[],
  paint: Paint,
  costs: Costs | null = null,
): string[] {
  const spent = spentByPaths(story.spend);
  const lines = [
    [paint('bold', `run ${story.id}`), harmless(story.file), state, ...modelsText(story.models)].join(' · '),
    `started ${dateAndTime(story.startedAt)} · ${duration(story.lastAt - story.startedAt)}${story.opened > 1 ? ` · resumed ${timesText(story.opened - 1)}` : ''}`,
  ];
  lines.push(...verdictLines(story));
  for (const [name, value] of Object.entries(story.inputs))
    lines.push(`input  ${harmless(name)} = ${harmless(JSON.stringify(value))}`);
  const whole = story.steps.get('');
  if (whole?.claim && !whole.settled) lines.push(`waits  for ${claimStoryText(whole.claim)}`);
  const planned = new Set(paths);
  const all = [...new Set([...paths, ...story.steps.keys()])].filter((path) => path !== '');
  const nameCells = Math.min(40, Math.max(8, ...all.map(widthOf)));
  for (const path of all) {
    const step = story.steps.get(path);
    if (story.finished !== undefined && step === undefined && isAfterwards(path)) continue; // there was no call for it
    if (planned.size > 0 && !planned.has(path) && !step?.settled) {
      lines.push(paint('dim', `  ${column(harmless(path), nameCells)}  not in the workflow any more`));
      continue;
    }
    const look = LOOKS[STEP_LOOKS[stateOfStep(step)]];
    const last = step?.attempts.at(-1);
    const took = last?.durationMs === undefined ? '' : duration(last.durationMs);
    const remarks = [
      last?.exitCode ? `exit ${last.exitCode}` : '',
      (step?.attempts.length ?? 0) > 1 ? `${step?.attempts.length} attempts` : '',
      step?.claim && !step.settled ? `for ${claimStoryText(step.claim)}` : '',
      step?.settled ? causeText(step.settled.cause) : '',
      step?.asks ? askText(step.asks) : waitText(step),
      step?.undone ? 'undone' : '',
      step?.sentBack ? `sent back ${timesText(step.sentBack)}` : '',
      costRemark(spent.get(path) ?? null),
    ].filter((text) => text !== '');
    const word = stateOfStep(step) === 'pending' ? 'pending' : look.word;
    const head = `${paint(look.tone, look.symbol)} ${column(harmless(path), nameCells)}  ${paint(look.tone, column(word, 9))} ${took.padStart(6)}`;
    lines.push(`${head}  ${remarks.join(' · ')}`.trimEnd());
  }
  lines.push(...(costs === null ? [] : costLines(costs).slice(0, 1)));
  for (const [name, value] of Object.entries(story.finished?.outputs ?? {})) {
    lines.push(
      `output ${harmless(name)} = ${harmless(typeof value === 'string' ? value.replaceAll('\n', '⏎ ') : JSON.stringify(value))}`,
    );
  }
  return lines;
}

/** `for event \`deployed\`, until 2026-03-09 12:00:43`. */
export function waitText(step: StepStory | undefined): string {
  if (step?.settled || !step?.waiting) return '';
  const { waitsFor, waitsUntil } = step;
  const until = waitsUntil === undefined ? [] : [`until ${dateAndTime(waitsUntil)}`];
  return [...(waitsFor === undefined ? [] : [`for ${harmless(waitsFor)}`]), ...until].join(', ');
}

function timesText(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
