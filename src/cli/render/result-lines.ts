/** The first and the last lines of a run: header and RESULT block. Pure. */
import type { StepSummary } from '../../app/commands/summaries.ts';
import type { RunEnd } from '../../app/live-run.ts';
import { type JsonObject, unreachable } from '../../core/json.ts';
import type { Verdict } from '../../core/run/event.ts';
import { requestLines } from './approval-lines.ts';
import { doubtLines } from './doubt-lines.ts';
import { diagnosticLines } from './live-lines.ts';
import { cut, harmless, type Paint, type Tone } from './text.ts';
import { duration } from './time.ts';

export interface RunFacts {
  readonly id: string;
  readonly file: string;
  readonly steps: number;
  readonly resumed: boolean;
  /** What stood for its models, which were not asked. */
  readonly models?: 'fake' | 'replay';
}

/** A run that nobody answered must not look like one that somebody did. */
export function modelsText(models: RunFacts['models']): readonly string[] {
  if (models === undefined) return [];
  return [models === 'fake' ? 'answers made up (--fake)' : 'answers recorded before (--replay)'];
}

/** `giga release.yaml · run 7f3c · 9 steps · resumed`. */
export function headerLine({ id, file, steps, resumed }: RunFacts, paint: Paint): string {
  const parts = [`run ${id}`, `${steps} ${steps === 1 ? 'step' : 'steps'}`, ...(resumed ? ['resumed'] : [])];
  return `${paint('bold', `giga ${harmless(file)}`)} · ${parts.join(' · ')}`;
}

/** The end of a run in a word or two. */
export function verdictText(end: RunEnd): string {
  if (end.kind === 'finished') return end.verdict;
  if (end.kind === 'broken') return 'stopped';
  if (end.kind === 'waiting') return 'waiting';
  return end.signal === undefined ? 'paused' : `stopped by ${end.signal}`;
}

export interface Ending {
  readonly id: string;
  readonly end: RunEnd;
  readonly elapsedMs: number;
  /** Logs of failed steps, as the user would name them. */
  readonly failedLogs: readonly string[];
  /** Options that a later `giga` needs to find the run, such as `--state x`. */
  readonly where: string;
  readonly paint: Paint;
  /** What steps wrote to be read at the end. */
  readonly summaries: readonly StepSummary[];
  /** What the run has spent, in lines. */
  readonly spent?: readonly string[];
  readonly models: RunFacts['models'];
}

const TONES: Readonly<Record<Verdict, Tone>> = {
  succeeded: 'good',
  'succeeded with allowed failures': 'warn',
  'nothing ran': 'warn',
  failed: 'bad',
  cancelled: 'warn',
};
const LOGS_SHOWN = 5;
const OUTPUTS_SHOWN = 50;
/** Of all summaries together; the files have all of them. */
const SUMMARY_LINES = 200;

/** What is said last: the summaries of steps, the verdict in one line, outputs, where the logs are, and how to go on. */
export function resultLines(ending: Ending): string[] {
  return [...summaryLines(ending), ...endLines(ending)];
}

function waitingParts({ requests, doubts }: RunEnd & { readonly kind: 'waiting' }): string[] {
  const approvals = `${requests.length} ${requests.length === 1 ? 'approval' : 'approvals'}`;
  return [...(requests.length > 0 ? [approvals] : []), ...(doubts.length > 0 ? [`${doubts.length} in doubt`] : [])];
}

function summaryLines({ summaries, paint }: Ending): string[] {
  const lines = summaries.flatMap(({ path, text }) => [
    paint('dim', `── summary · ${harmless(path)}`),
    ...text.trimEnd().split('\n').map(harmless),
  ]);
  const more = lines.length - SUMMARY_LINES;
  return more > 0 ? [...lines.slice(0, SUMMARY_LINES), `… and ${more} more lines`] : lines;
}

function endLines({ id, end, elapsedMs, failedLogs, where, paint, spent = [], models }: Ending): string[] {
  const whose = modelsText(models).map((text) => paint('warn', text));
  const took = [...whose, duration(elapsedMs)];
  const resume = `resume giga resume ${id}${where}`;
  switch (end.kind) {
    case 'broken':
      return [
        `${paint('bad', `RESULT ${verdictText(end)}`)} · ${['the journal cannot be written', ...took].join(' · ')}`,
        resume,
      ];
    case 'paused': {
      return [
        `${paint('warn', `RESULT ${verdictText(end)}`)} · ${took.join(' · ')}`,
        ...spent,
        resume,
        `cancel giga runs cancel ${id}${where}`,
      ];
    }
    case 'waiting': {
      return [
        ...end.requests.flatMap((request) => requestLines(request, { run: id, where, paint })),
        ...end.doubts.flatMap((doubted) => doubtLines(doubted, { run: id, where, paint })),
        ...end.unused.flatMap((one) => diagnosticLines(one, paint)),
        `${paint('warn', 'RESULT waiting')} · ${[...waitingParts(end), ...took].join(' · ')}`,
        ...spent,
        resume,
        `cancel giga runs cancel ${id}${where}`,
      ];
    }
    case 'finished': {
      const { verdict } = end;
      const lines = [
        `${paint(TONES[verdict], `RESULT ${verdict}`)} · ${[...countParts(end.counts, verdict), ...took].join(' · ')}`,
      ];
      lines.push(...spent);
      if (end.keptOver) lines.push(paint('warn', `warning: ${keptOverText(end.keptOver)}`));
      if (verdict === 'nothing ran')
        lines.push(paint('warn', 'warning: no step succeeded; see why with `giga why STEP`'));
      if (end.error && end.counts.failed === 0) lines.push(`  ${paint('bad', '=')} ${harmless(end.error.message)}`);
      lines.push(...outputLines(end.outputs, `giga runs show ${id}${where}`));
      for (const log of failedLogs.slice(0, LOGS_SHOWN)) lines.push(`log    ${harmless(log)}`);
      if (failedLogs.length > LOGS_SHOWN)
        lines.push(`log    ${failedLogs.length - LOGS_SHOWN} more: giga logs ${id}${where}`);
      if (verdict === 'failed' || verdict === 'cancelled') lines.push(resume);
      return lines;
    }
    default:
      return unreachable(end);
  }
}

type Counts = Extract<RunEnd, { kind: 'finished' }>['counts'];

const FILES_SHOWN = 3;

/** `2 steps kept over a changed workspace (3 changed: a.ts, b.ts, c.ts)`. */
function keptOverText({ steps, count, files }: NonNullable<(RunEnd & { kind: 'finished' })['keptOver']>): string {
  const named = `${files.slice(0, FILES_SHOWN).map(harmless).join(', ')}${count > FILES_SHOWN ? ' …' : ''}`;
  return `${steps} ${steps === 1 ? 'step' : 'steps'} kept over a changed workspace (${count} changed: ${named}); \`giga resume --strict\` runs such steps again`;
}

/** `7 ok (3 kept)`, `1 failed (1 allowed)`, `1 skipped`; what is zero is left out. In a run that did not fail, what failed was handled. */
function countParts(counts: Counts, verdict: Verdict): string[] {
  const { succeeded, kept, failed, allowed, skipped, cancelled } = counts;
  const parts: string[] = [];
  if (succeeded + kept > 0) parts.push(`${succeeded + kept} ok${kept > 0 ? ` (${kept} kept)` : ''}`);
  const handled = verdict === 'failed' || verdict === 'cancelled' ? 0 : failed;
  const notes = [...(allowed > 0 ? [`${allowed} allowed`] : []), ...(handled > 0 ? [`${handled} handled`] : [])];
  if (failed + allowed > 0) parts.push(`${failed + allowed} failed${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`);
  if (skipped > 0) parts.push(`${skipped} skipped`);
  if (cancelled > 0) parts.push(`${cancelled} cancelled`);
  return parts.length > 0 ? parts : ['no steps'];
}

function outputLines(outputs: JsonObject, showAll: string): string[] {
  const all = Object.entries(outputs);
  const lines = all.slice(0, OUTPUTS_SHOWN).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return `output ${harmless(name)} = ${cut(harmless(text.split('\n').join('⏎ ')), 200)}`;
  });
  const more = all.length - lines.length;
  return more > 0 ? [...lines, `output … and ${more} more: ${showAll}`] : lines;
}
