/** Tells the story of one step in words. Pure. */

import type { AttemptStory, StepStory } from '../../app/commands/run-history.ts';
import type { RanBecause, Why } from '../../app/commands/why.ts';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import { unreachable } from '../../core/json.ts';
import { cacheStoryLines } from './cache-text.ts';
import { longCauseText, operandText } from './cause.ts';
import { claimStoryText } from './claim-text.ts';
import { diagnosticLines } from './live-lines.ts';
import { STEP_LOOKS, waitText } from './run-lines.ts';
import { LOOKS } from './states.ts';
import { outputTail } from './step-line.ts';
import { harmless, type Paint } from './text.ts';
import { dateAndTime, duration } from './time.ts';

export function whyLines(why: Why, paint: Paint): string[] {
  const { path, state, step } = why;
  const look = LOOKS[STEP_LOOKS[state]];
  const wasCutOff = state === 'pending' && step.attempts.length > 0;
  const lines = [
    `${paint(look.tone, `${look.symbol} ${path}`)} ${wasCutOff ? 'was cut off, and is to run again,' : SENTENCES[state]} in run ${why.run}`,
  ];
  if (why.from) lines.push(`  it stands in ${harmless(why.from.file)}, line ${why.from.line}`);
  lines.push(...causeLines(why, paint));
  if (why.ranBecause && step.attempts.length > 0) lines.push(`  it ran because ${reasonText(why.ranBecause)}`);
  if (step.cache && step.cache.state !== 'hit') lines.push(...cacheStoryLines(step.cache).map((line) => `  ${line}`));
  if (state === 'waiting' && step.asks === undefined) lines.push(...waitLines(step));
  const undecided = (state === 'pending' || state === 'waiting') && step.asks === undefined;
  if (undecided) for (const need of why.needs) lines.push(`  it waits for ${need.path}, which is ${need.state}`);
  if (step.asks)
    lines.push(
      `  it asks: ${harmless(step.asks.message.replaceAll('\n', ' '))}`,
      `  \`giga approve ${why.run} ${path}\` answers it`,
    );
  if (step.doubt && !step.settled)
    lines.push(
      `  \`giga resume ${why.run} --assume ${path}=done\` says that it has happened, \`=retry\` that it is to be done again`,
    );
  if (step.undone) lines.push('  a compensation has undone it since; a resume does it again');
  if (step.sentBack)
    lines.push(`  a rejection sent it back ${step.sentBack === 1 ? 'once' : `${step.sentBack} times`}`);
  if (step.claim && !step.settled) lines.push(`  it waits for ${claimStoryText(step.claim)}`);
  for (const attempt of step.attempts) {
    lines.push(`  ${attemptText(attempt)}`);
    for (const warning of attempt.warnings ?? []) lines.push(...diagnosticLines(warning, paint));
  }
  if (state === 'failed') lines.push(...failureLines(step.attempts.at(-1)));
  return lines;
}

/** What it waits for, and what was found at the last look. */
function waitLines(step: StepStory): string[] {
  const text = waitText(step);
  const { lastCheck } = step;
  const lines = text === '' ? [] : [`  it waits ${text}`];
  if (lastCheck === undefined) return lines;
  const found = lastCheck.error === undefined ? '' : `: ${harmless(lastCheck.error.message)}`;
  lines.push(`  at the last look, ${dateAndTime(lastCheck.at)}, that did not hold${found}`);
  return [...lines, ...(lastCheck.operands ?? []).map((one) => `    ${operandText(one)}`)];
}

const SENTENCES: Readonly<Record<Why['state'], string>> = {
  succeeded: 'succeeded',
  kept: 'was kept',
  failed: 'failed',
  skipped: 'was skipped',
  cancelled: 'was cancelled',
  running: 'is running',
  serving: 'is serving',
  waiting: 'is waiting',
  pending: 'has not begun',
};

function causeLines({ cause, chain, step }: Why, paint: Paint): string[] {
  const lines: string[] = [];
  if (cause?.kind === 'condition-false') {
    lines.push(
      `  its condition is false: ${harmless(cause.condition)}`,
      ...cause.operands.map((o) => `    ${operandText(o)}`),
    );
  } else if (cause && longCauseText(cause) !== '') {
    lines.push(`  because ${longCauseText(cause)}`);
  }
  if (chain.length > 1)
    lines.push(`  the failure came from ${chain.at(-1)}, by way of ${chain.slice(0, -1).toReversed().join(', ')}`);
  const error = step.settled?.error;
  // The end of its output says it better than the help of a bare exit code.
  if (error)
    lines.push(...diagnosticLines(error.code === 'STEP_FAILED' ? problem(error.code, error.message) : error, paint));
  return lines;
}

function reasonText(reason: RanBecause): string {
  switch (reason.kind) {
    case 'first':
      return 'it had not run before in this run';
    case 'retry':
      return 'the attempt before it failed';
    case 'cut-off':
      return 'the attempt before it was cut off';
    case 'failed-before':
      return 'it had failed, and the run was resumed';
    case 'asked':
      return '`giga resume` was asked to run it again';
    case 'changed':
      return reason.changes.length > 0
        ? reason.changes.map(asClause).join('; ')
        : 'something that it depends on changed';
    default:
      return unreachable(reason);
  }
}

/** What changed, as it stands after "because". */
function asClause(change: string): string {
  return /^(no longer )?needs /.test(change) ? `it ${change}` : change;
}

function attemptText({ attempt, startedAt, outcome, durationMs, exitCode, log }: AttemptStory): string {
  const parts = [outcome ?? 'running'];
  if (exitCode !== undefined && exitCode !== 0) parts.push(`exit ${exitCode}`);
  if (durationMs !== undefined) parts.push(duration(durationMs));
  if (log !== undefined) parts.push(harmless(log));
  return `attempt ${attempt} · ${dateAndTime(startedAt)} · ${parts.join(' · ')}`;
}

function failureLines(attempt: AttemptStory | undefined): string[] {
  return outputTail(attempt?.outputs, 10).output.map((line) => `  | ${line}`);
}
