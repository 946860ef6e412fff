/** The log lines and the footer of a run at a terminal, as text. Pure: state, time and size in, lines out. */

import type { Diagnostic } from '../../core/diagnostic/diagnostic.ts';
import { claimText } from './claim-text.ts';
import { costSoFar } from './cost-text.ts';
import { findingLines } from './finding-lines.ts';
import { LOOKS, type Look, SPINNER } from './states.ts';
import type { StepLine } from './step-line.ts';
import { column, cut, harmless, type Paint, widthOf } from './text.ts';
import { duration, stopwatch } from './time.ts';
import type { ActiveStep, RunView } from './view.ts';
import { totalOf } from './view.ts';
import { waitingText } from './waiting.ts';

export interface Layout {
  readonly columns: number;
  readonly rows: number;
  /** Cells for the name of a step. */
  readonly nameCells: number;
  readonly paint: Paint;
}

const WORD_CELLS = 9;
const TIME_CELLS = 6;
/** More running steps than this are counted, not listed. */
const FOOTER_STEPS = 8;
const FOOTER_BLOCKED = 2;

/** The width of the column of names: as the longest name asks, within a third of the screen. */
export function nameCellsFor(names: Iterable<string>, columns: number): number {
  const limit = Math.max(12, Math.floor(columns / 3));
  let widest = 8;
  for (const name of names) {
    widest = Math.max(widest, widthOf(name));
    if (widest >= limit) return limit;
  }
  return widest;
}

/** A settled or retried step: its line, with the end of its output below where it failed. */
export function liveLines(line: StepLine, layout: Layout): string[] {
  const look = LOOKS[line.state];
  const time = line.durationMs === undefined ? '' : duration(line.durationMs);
  return [
    row(look, look.symbol, line.path, time, line.remarks.join(' · '), layout),
    ...below(line, layout.paint, layout.columns),
  ];
}

/** What stands below the line of a step: its error in words, warnings, and the end of its output. */
export function below(
  { error, warnings, findings = [], hidden, output }: StepLine,
  paint: Paint,
  columns: number,
): string[] {
  const lines = error ? diagnosticLines(error, paint) : [];
  for (const one of warnings) lines.push(...diagnosticLines(one, paint));
  lines.push(...findingLines(findings, paint));
  if (hidden > 0) lines.push(paint('dim', `  | … ${hidden} more lines above`));
  for (const text of output) lines.push(`${paint('dim', '  |')} ${cut(text, Math.max(20, columns * 4))}`);
  return lines;
}

/** A diagnostic in the margin of a step: what is wrong, and what to do. */
export function diagnosticLines({ severity, message, hint }: Diagnostic, paint: Paint): string[] {
  const sign = severity === 'error' ? paint('bad', '=') : paint('warn', '= warning:');
  const lines = [`  ${sign} ${harmless(message)}`];
  if (hint !== undefined)
    lines.push(
      ...hint.split('\n').map((line, i) => `  ${i === 0 ? paint('dim', '= help:') : '       '} ${harmless(line)}`),
    );
  return lines;
}

/** The footer: progress, running steps, and some of those that wait. At most rows - 1 lines, each shorter than the screen is wide. */
export function footerLines(view: RunView, now: number, frame: number, layout: Layout): string[] {
  const room = Math.max(1, Math.min(layout.rows - 1, FOOTER_STEPS + FOOTER_BLOCKED + 2));
  const active = [...view.active.values()];
  const running = active.filter((step) => step.phase === 'running');
  const lines = [progressLine(view, running.length, now, layout)];
  const shown = active.slice(0, Math.min(FOOTER_STEPS, room - 1));
  for (const step of shown) lines.push(activeLine(step, now, frame, layout));
  const rest = active.length - shown.length;
  if (rest > 0 && lines.length < room) lines.push(layout.paint('dim', cut(`  … ${rest} more`, layout.columns - 1)));
  for (const line of blockedLines(view, Math.min(FOOTER_BLOCKED, room - lines.length), layout)) lines.push(line);
  return lines;
}

function progressLine(view: RunView, running: number, now: number, { columns, paint }: Layout): string {
  const parts = [`${view.done}/${totalOf(view)}`];
  if (view.failures > 0) parts.push(`${view.failures} failed`);
  if (running > 0) parts.push(`${running} running`);
  parts.push(stopwatch(now - view.startedAt));
  const spent = costSoFar(view.costs);
  if (spent !== '') parts.push(spent);
  return paint('dim', cut(`── ${parts.join(' · ')} ──`, columns - 1));
}

function activeLine(step: ActiveStep, now: number, frame: number, layout: Layout): string {
  if (step.phase === 'waiting') {
    const remark = step.claim === undefined ? (step.asks ?? waitingText(step, now)) : `for ${claimText(step.claim)}`;
    return row(LOOKS.waiting, LOOKS.waiting.symbol, step.path === '' ? 'run' : step.path, '', remark, layout);
  }
  const look = step.phase === 'serving' ? LOOKS.serving : LOOKS.running;
  const symbol = step.phase === 'serving' ? look.symbol : (SPINNER[frame % SPINNER.length] ?? LOOKS.running.symbol);
  const remarks = [
    ...(step.attempt > 1 ? [`attempt ${step.attempt}`] : []),
    ...(step.line === undefined ? [] : [`› ${harmless(step.line)}`]),
  ];
  return row(look, symbol, step.path, duration(now - step.since), remarks.join(' · '), layout);
}

/** The first steps that have not begun, with what they wait for. Looks at no more nodes than it must. */
function blockedLines(view: RunView, limit: number, layout: Layout): string[] {
  const lines: string[] = [];
  let looked = 0;
  for (const { path, needs } of view.index.steps.values()) {
    if (lines.length >= limit || ++looked > 1000) break;
    if (needs.length === 0 || view.settled.has(path) || view.active.has(path)) continue;
    const waitsFor = needs.filter((need) => !view.settled.has(need));
    if (waitsFor.length === 0 || path.includes('/')) continue;
    lines.push(row(LOOKS.blocked, LOOKS.blocked.symbol, path, '', `needs ${waitsFor.join(', ')}`, layout));
  }
  return lines;
}

/** `✔ build      ok       12.4s   remark`, cut to the width of the screen. */
function row(look: Look, symbol: string, name: string, time: string, remark: string, layout: Layout): string {
  const word = column(look.word, Math.max(WORD_CELLS, widthOf(look.word)));
  const head = `${column(harmless(name), layout.nameCells)}  `;
  const fixed = 2 + layout.nameCells + 2 + widthOf(word) + 1 + TIME_CELLS;
  const tail = cut(remark, layout.columns - 1 - fixed - 2);
  const text = `${layout.paint(look.tone, symbol)} ${head}${layout.paint(look.tone, word)} ${time.padStart(TIME_CELLS)}`;
  return tail === '' ? trimEnd(text) : `${text}  ${layout.paint('dim', tail)}`;
}

function trimEnd(text: string): string {
  return text.replace(/\s+$/, '');
}
