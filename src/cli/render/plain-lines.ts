/** Lines for a log that is no terminal: CI, files, pipes. Knows GitHub's workflow commands and how to keep a step's output from being one. */

import type { Annotation as Finding } from '../../core/plan/annotations.ts';
import type { Path } from '../../core/run/event.ts';
import { claimText } from './claim-text.ts';
import { below } from './live-lines.ts';
import { findStep } from './plan-index.ts';
import { LOOKS } from './states.ts';
import type { StepLine } from './step-line.ts';
import { harmless, painter } from './text.ts';
import { duration, timeOfDay } from './time.ts';
import { type ActiveStep, type RunView, totalOf } from './view.ts';
import { waitingText } from './waiting.ts';

/** `github`: groups and annotations. `token` ends the stretch in which the runner obeys no commands; nobody can guess it. */
export type Dialect = { readonly kind: 'plain' } | { readonly kind: 'github'; readonly token: string };

const NO_COLOR = painter(false);
const WIDTH = 250;

/** `12:00:51 test/unit FAILED exit 1 8.1s attempt 3/3`, with its output below; under GitHub as a group, but failures stay open. */
export function plainLines(line: StepLine, at: number, dialect: Dialect): readonly string[] {
  const failed = line.state === 'failed' || line.state === 'retrying' || line.state === 'allowed';
  const { word } = LOOKS[line.state];
  const [first, ...remarks] = line.remarks;
  const parts = failed ? [line.path, word.toUpperCase(), first] : [line.path, word];
  if (line.durationMs !== undefined) parts.push(duration(line.durationMs));
  parts.push(...(failed ? remarks : line.remarks));
  const title = parts.filter(Boolean).join(' ');
  const more = below(line, NO_COLOR, WIDTH);
  if (dialect.kind === 'plain') return [`${timeOfDay(at)} ${title}`, ...more];
  if (more.length === 0) return shielded([`${timeOfDay(at)} ${title}`], dialect.token);
  if (failed) return shielded([`${timeOfDay(at)} ${title}`, ...more], dialect.token);
  return [`::group::${escapeData(title)}`, ...shielded(more, dialect.token), '::endgroup::'];
}

/** Between its first and last line the runner takes nothing for a command. Only where something could be one. */
export function shielded(lines: readonly string[], token: string): readonly string[] {
  if (!lines.some((line) => line.includes('::') || line.includes('##['))) return lines;
  return [`::stop-commands::${token}`, ...lines, `::${token}::`];
}

/** GitHub cuts longer ones. */
const ANNOTATION_CHARACTERS = 4_000;

/** The annotations of a step: an error when it failed, warnings for a failure that is allowed and for what should be known. */
export function annotations(line: StepLine, view: RunView): readonly Annotation[] {
  const failed = line.state === 'failed' || line.state === 'allowed';
  const level = line.state === 'failed' ? 'error' : 'warning';
  const message = [line.remarks.join(' · '), line.error?.message].filter(Boolean).join('\n');
  return [
    ...(failed ? [annotation(line, view, level, message === '' ? 'failed' : message)] : []),
    ...line.warnings.map((warning) => annotation(line, view, 'warning', warning.message)),
    ...(line.findings ?? []).map((finding) => findingCommand(finding, line.path)),
  ];
}

export interface Annotation {
  readonly level: Finding['level'];
  readonly text: string;
}

function annotation(line: StepLine, view: RunView, level: Annotation['level'], message: string): Annotation {
  const { node, file = view.index.plan.file } = findStep(view.index, line.path) ?? {};
  const place = node ? [`line=${node.at.line}`, `col=${node.at.column}`] : [];
  const properties = [`file=${escapeProperty(file)}`, ...place, `title=${escapeProperty(line.path)}`];
  const text = escapeData(message.slice(0, ANNOTATION_CHARACTERS));
  return { level, text: `::${level} ${properties.join(',')}::${text}` };
}

/** What a step found, at its own place and not at that of the step. */
function findingCommand({ level, message, title, file, line, endLine, column }: Finding, path: Path): Annotation {
  const properties = Object.entries({ file, line, endLine, col: column, title: title ?? path }).flatMap(
    ([name, value]) => (value === undefined ? [] : [`${name}=${escapeProperty(String(value))}`]),
  );
  const shown = message.split('\n').map(harmless).join('\n');
  const text = escapeData(shown.slice(0, ANNOTATION_CHARACTERS));
  return { level, text: `::${level} ${properties.join(',')}::${text}` };
}

const HEARTBEAT_STEPS = 5;

/** `12:00:43 test/e2e running 30s, last output 4s ago`, for each of the steps that have been running longest. */
export function heartbeatLines(view: RunView, now: number, at: number): string[] {
  const steps = [...view.active.values()].slice(0, HEARTBEAT_STEPS);
  const lines = steps.map((step) => `${timeOfDay(at)} ${step.path === '' ? 'run' : step.path} ${stateText(step, now)}`);
  const rest = view.active.size - steps.length;
  if (rest > 0) lines.push(`${timeOfDay(at)} and ${rest} more running, ${view.done}/${totalOf(view)} done`);
  return lines;
}

function stateText(step: ActiveStep, now: number): string {
  if (step.phase === 'waiting')
    return `waiting ${step.claim === undefined ? waitingText(step, now) : `for ${claimText(step.claim)}`}`.trimEnd();
  if (step.phase === 'serving') return `serving ${Math.round((now - step.since) / 1000)}s`;
  const since = `running ${Math.round((now - step.since) / 1000)}s`;
  return step.lineAt === undefined
    ? `${since}, no output yet`
    : `${since}, last output ${Math.round((now - step.lineAt) / 1000)}s ago`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
