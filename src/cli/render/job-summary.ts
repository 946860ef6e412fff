/** The summary of a run in Markdown, for the page that a CI shows of a job. Pure; bounded well below what GitHub takes. */
import type { StepSummary } from '../../app/commands/summaries.ts';
import type { RunEnd } from '../../app/live-run.ts';
import type { ApprovalRequest } from '../../core/run/approval.ts';
import { modelsText, type RunFacts, verdictText } from './result-lines.ts';
import { LOOKS } from './states.ts';
import type { StepLine } from './step-line.ts';
import { duration } from './time.ts';

/** GitHub takes 1 MiB a step. */
const LIMIT_BYTES = 800_000;
const ROWS = 1000;

export interface JobSummary {
  readonly facts: RunFacts;
  readonly end: RunEnd;
  readonly steps: readonly StepLine[];
  /** What steps wrote to `$GIGA_SUMMARY`: Markdown, shown as it is. */
  readonly summaries: readonly StepSummary[];
  readonly elapsedMs: number;
  /** What the run has spent, in lines. */
  readonly spent?: readonly string[];
}

/** Failures come first, with the end of their output; then what the steps summed up, and a table of all steps, in the order in which they ended. */
export function jobSummary({ facts, end, steps, summaries, elapsedMs, spent = [] }: JobSummary): string {
  const failures = steps.filter((step) => step.state === 'failed');
  const rows = steps.slice(0, ROWS).map(rowOf);
  const more = steps.length > ROWS ? [`… and ${steps.length - ROWS} more steps`, ''] : [];
  const head = [
    `### ${LOOKS[failures.length > 0 ? 'failed' : end.kind === 'waiting' ? 'waiting' : 'ok'].symbol} ${escaped(facts.file)}: ${verdictText(end)}`,
    '',
    `Run \`${facts.id}\`, ${[duration(elapsedMs), ...modelsText(facts.models)].join(', ')}.`,
    '',
    ...(spent.length > 0 ? fenced(spent.join('\n')) : []),
    ...failures.flatMap(failureOf),
    ...(end.kind === 'waiting' ? end.requests.flatMap((request) => requestOf(facts.id, request)) : []),
    '',
  ].join('\n');
  const table = ['| | step | result | time | |', '| --- | --- | --- | --- | --- |', ...rows, '', ...more].join('\n');
  const room = LIMIT_BYTES - Buffer.byteLength(head) - Buffer.byteLength(table);
  const summed = cutTo(Math.max(0, room), summaries.map(({ text }) => `${text.trimEnd()}\n\n`).join(''));
  return cutTo(LIMIT_BYTES, head + summed + table);
}

/** What does not fit is left out, and that is said. */
function cutTo(limitBytes: number, text: string): string {
  const bytes = Buffer.from(text);
  return bytes.length <= limitBytes ? text : `${bytes.subarray(0, limitBytes).toString()}\n…\n\n`;
}

function rowOf({ path, state, durationMs, remarks }: StepLine): string {
  const { symbol, word } = LOOKS[state];
  return `| ${symbol} | ${escaped(path)} | ${word} | ${durationMs === undefined ? '' : duration(durationMs)} | ${escaped(remarks.join(' · '))} |`;
}

function requestOf(run: string, { node, message, show }: ApprovalRequest): string[] {
  const shown = show === null ? [] : fenced(show);
  return [
    `**${escaped(node)}** asks: ${escaped(message)}`,
    '',
    ...shown,
    `\`giga approve ${run} ${node}\` answers.`,
    '',
  ];
}

function failureOf({ path, remarks, error, output }: StepLine): string[] {
  const said = [error?.message, error?.hint].filter((text) => text !== undefined);
  return [`**${escaped(path)}** ${escaped(remarks.join(' · '))}`, '', ...fenced([...said, ...output].join('\n'))];
}

/** The fence is longer than any run of backticks in what it holds. */
function fenced(body: string): string[] {
  const longest = Math.max(2, ...[...body.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return [fence, body, fence, ''];
}

/** Text of other people as plain text of Markdown. */
function escaped(text: string): string {
  return text.replaceAll('\n', ' ').replace(/[\\`*_{}[\]<>#|~]/g, '\\$&');
}
