/** Says in words why a step settled as it did. Knows causes, not runs. */
import { type Json, unreachable } from '../../core/json.ts';
import type { CancelCause, Cause, Operand } from '../../core/run/event.ts';
import { cut, harmless } from './text.ts';
import { dateAndTime } from './time.ts';

/** One line. `causeText(cause)` of a condition names the value of each operand. */
export function causeText(cause: Cause): string {
  switch (cause.kind) {
    case 'attempt':
    case 'evaluated':
    case 'children':
    case 'error':
      return '';
    case 'condition-false':
      return [`if: ${harmless(cause.condition)}`, ...cause.operands.map(operandText)].join(' · ');
    case 'need-failed':
      return `needs ${cause.need}, which failed`;
    case 'need-skipped':
      return `needs ${cause.need}, which was skipped`;
    case 'hook':
      return `what follows in \`${cause.hook}\` failed`;
    case 'no-branch':
      return 'no branch holds';
    case 'no-items':
      return 'no items';
    case 'nothing-to-undo':
      return 'nothing to undo';
    case 'not-selected':
      return 'not selected by --only';
    case 'rejected':
      return `rejected by ${cause.by}`;
    case 'cancelled':
      return CANCELLED_BY[cause.by];
    case 'kept':
      return 'inputs unchanged';
    case 'once':
      return `once · done by run ${harmless(cause.run)}`;
    case 'cached':
      return `cached, from run ${cause.run}`;
    case 'retries-exhausted':
      return `all ${cause.attempts} attempts failed`;
    case 'verified':
      return cause.by === 'verify' ? 'done, says `verify`' : `done, says ${cause.by}`;
    case 'interruptions':
      return `cut off ${cause.count} times`;
    default:
      return unreachable(cause);
  }
}

/** As `causeText`, with what only a single step has room for. */
export function longCauseText(cause: Cause): string {
  if (cause.kind === 'need-failed' || cause.kind === 'need-skipped') return `it ${causeText(cause)}`;
  if (cause.kind === 'once') {
    const left = cause.partial === true ? '; its outputs were too large to be kept with the key' : '';
    return `once: run ${harmless(cause.run)} did \`${harmless(cause.node)}\` under the key ${JSON.stringify(harmless(cause.key))} at ${dateAndTime(cause.endedAt)}${left}`;
  }
  if (cause.kind === 'cached')
    return `run ${cause.run} did it at ${dateAndTime(cause.endedAt)} with the same content, and what it made was put back`;
  if (cause.kind !== 'kept') return causeText(cause);
  return `its attempt ${cause.attempt} succeeded at ${dateAndTime(cause.endedAt)}, and nothing that it depends on has changed since`;
}

export function operandText({ source, value }: Operand): string {
  return `${harmless(source)} is ${valueText(value)}`;
}

/** A value on one line: JSON, cut to 60 cells. */
export function valueText(value: Json): string {
  return cut(harmless(JSON.stringify(value)), 60);
}

const CANCELLED_BY: Readonly<Record<CancelCause, string>> = {
  user: 'the run was cancelled',
  'fail-fast': 'another step failed',
  race: 'another step won',
  budget: 'the budget is spent',
  timeout: 'its time is up',
};
