/** Says whether the decisions of a run follow from what came before them. Pure. */
import type { VerifiedRun } from '../../app/commands/verify-run.ts';
import type { RunEvent } from '../../core/run/event.ts';
import type { Mismatch } from '../../core/run/verify.ts';
import { causeText } from './cause.ts';
import { cut, harmless, type Paint } from './text.ts';

export function verifyLines(
  { id, records, decisions, mismatches, otherVersions }: VerifiedRun,
  paint: Paint,
): string[] {
  const counted = `${decisions} decisions of ${records} records`;
  if (mismatches.length === 0)
    return [`${paint('good', '✔ verified')}  run ${id} · ${counted} follow from what came before them`];
  const versions = otherVersions.map(harmless).join(', ');
  return [
    `${paint('bad', '✘ not verified')}  run ${id} · ${counted}`,
    ...mismatches.flatMap((mismatch) => mismatchLines(mismatch, paint)),
    ...(versions === '' ? [] : [`= written by giga ${versions}, whose rules may have been others`]),
  ];
}

function mismatchLines({ seq, said, follows }: Mismatch, paint: Paint): string[] {
  return [
    `record ${seq}`,
    `  ${paint('bad', 'journal')}  ${eventText(said)}`,
    `  ${paint('good', 'follows')}  ${follows === null ? 'nothing' : eventText(follows)}`,
  ];
}

const LONGEST = 160;

/** A decision in a line: what was decided of which step, and as what. */
function eventText(event: RunEvent): string {
  const where = 'node' in event && event.node !== '' ? ` ${harmless(event.node)}` : '';
  if (event.type === 'step.settled') {
    const cause = causeText(event.cause);
    const outputs = event.outputs === undefined ? '' : ` · outputs ${harmless(JSON.stringify(event.outputs))}`;
    const error = event.error === undefined ? '' : ` · ${event.error.code}`;
    return cut(`${event.type}${where} ${event.result}${cause === '' ? '' : ` · ${cause}`}${error}${outputs}`, LONGEST);
  }
  const { type, ...rest } = event;
  const details = JSON.stringify({ ...rest, node: undefined });
  return cut(`${type}${where}${details === '{}' ? '' : ` ${harmless(details)}`}`, LONGEST);
}
