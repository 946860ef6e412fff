/** Lifts records of older formats to the present vocabulary, and refuses what this giga does not know. Knows no files. */
import { type Diagnostic, problem } from '../diagnostic/diagnostic.ts';
import { VERSION } from '../version.ts';
import type { Envelope, Recorded } from './event.ts';

/** A record as it was read: of any type, and of the version `v` of that type (absent: 1). */
export type ReadRecord = Envelope & { readonly type: string; readonly v?: number; readonly giga?: unknown };

type Lift = (record: ReadRecord) => ReadRecord;

/**
 * Every event type with its lifts: the n-th makes version n+2 of version n+1, so its number of lifts plus one is its version.
 * A new optional field is no new version. The bytes of a journal are never rewritten.
 */
const LIFTS: ReadonlyMap<string, readonly Lift[]> = new Map([
  ['run.created', []],
  ['run.opened', []],
  ['run.replanned', []],
  ['run.paused', []],
  ['run.resumed', []],
  ['run.rewound', []],
  ['run.finished', []],
  ['command.received', []],
  ['node.opened', []],
  ['scope.opened', []],
  ['scope.closed', []],
  ['race.won', []],
  ['cancel.requested', []],
  ['step.settled', []],
  ['attempt.started', []],
  ['attempt.serving', []],
  ['attempt.ended', []],
  ['service.released', []],
  ['capture.started', []],
  ['capture.ended', []],
  ['timer.started', []],
  ['timer.ended', []],
  ['wait.started', []],
  ['wait.ended', []],
  ['check.started', []],
  ['check.ended', []],
  ['scope.reworked', []],
  ['claim.started', []],
  ['claim.ended', []],
  ['cache.started', []],
  ['cache.ended', []],
  ['budget.raised', []],
]);

export type Upcast =
  | { readonly ok: true; readonly record: Recorded }
  | { readonly ok: false; readonly diagnostic: Diagnostic };

/** The record in the present vocabulary. News (`*.noted`) and experiments (`x-*`) pass as they are: whoever reads them looks what they hold. */
export function upcast(record: ReadRecord): Upcast {
  const { type, v = 1 } = record;
  if (type.endsWith('.noted') || type.startsWith('x-')) return { ok: true, record: record as unknown as Recorded }; // no decision of the core rests on them
  const lifts = LIFTS.get(type);
  if (lifts === undefined) return refuse(record, `an event \`${type}\``);
  if (!Number.isInteger(v) || v < 1 || v > lifts.length + 1)
    return refuse(record, `version ${v} of the event \`${type}\``);
  const lifted = lifts.slice(v - 1).reduce((older, lift) => lift(older), record);
  return { ok: true, record: lifted as unknown as Recorded }; // its type is known and its version the present one
}

function refuse(record: ReadRecord, what: string): Upcast {
  const message = `Record ${record.seq} of the journal is ${what}, which giga ${VERSION} does not know.`;
  const hint = 'The run was written by a newer giga: use that one, or a newer one still.';
  return { ok: false, diagnostic: problem('RUN_UNKNOWN_EVENT', message, { hint }) };
}
