/** What the exit code of giga says, and which code a refusal or the end of a run leads to. Knows no commands. */
import { constants } from 'node:os';
import type { RunEnd } from '../app/live-run.ts';
import type { Diagnostic } from '../core/diagnostic/diagnostic.ts';

export const EXIT = {
  done: 0,
  /** The run failed, or what was asked for could not be done. */
  failed: 1,
  usage: 2,
  /** A document, an input or the configuration is not valid. */
  invalid: 3,
  /** Refused by policy. */
  refused: 4,
  /** Stopped and resumable. */
  stopped: 5,
  /** A bug in giga. */
  bug: 70,
} as const;

const BY_PREFIX: readonly (readonly [string, number])[] = [
  ['CLI_BUG', EXIT.bug],
  ['CLI_INPUT', EXIT.invalid],
  ['CLI_NOTE_REFUSED', EXIT.invalid],
  ['CLI_', EXIT.usage],
  ['POLICY_', EXIT.refused],
  ['DOC_NOT_FOUND', EXIT.usage],
  ['RUN_NOT_FOUND', EXIT.usage],
  ['RUN_AMBIGUOUS', EXIT.usage],
  ['RUN_UNKNOWN_STEP', EXIT.usage],
  ['RUN_NO_FAILED_ITEMS', EXIT.usage],
  ['RUN_SECRET_MISSING', EXIT.invalid],
  ['RUN_NO_REPOSITORY', EXIT.invalid],
  ['RUN_NOTHING_TO_UNDO', EXIT.usage],
  ['RUN_NOT_ASKED', EXIT.usage],
  ['RUN_VERDICT_UNKNOWN', EXIT.usage],
  ['RUN_VERDICT_FILE', EXIT.invalid],
  ['RUN_APPROVER_NAME', EXIT.usage],
  ['RUN_FORM_INVALID', EXIT.invalid],
  ['RUN_KEY_FILE', EXIT.usage],
  ['RUN_HELD', EXIT.stopped],
  ['TEST_NOT_FOUND', EXIT.usage],
  ['TEST_FAILED', EXIT.failed],
  ['TEST_NO_END', EXIT.failed],
  ['TEST_NOT_REAL', EXIT.failed],
  ['RUN_', EXIT.failed],
  ['STEP_', EXIT.failed],
];

/** The exit code for what was refused: that of the first error; what is not listed is an invalid document. */
export function exitCodeOf(diagnostics: readonly Diagnostic[]): number {
  const first = diagnostics.find((d) => d.severity === 'error');
  if (first === undefined) return EXIT.done;
  return BY_PREFIX.find(([prefix]) => first.code.startsWith(prefix))?.[1] ?? EXIT.invalid;
}

/** The same where a run was to go on: what the disk refuses changes nothing of it, so that it can go on once that is mended. */
export function exitCodeOfResume(diagnostics: readonly Diagnostic[]): number {
  const first = diagnostics.find((d) => d.severity === 'error');
  return first?.code.startsWith('RUN_DISK_') ? EXIT.stopped : exitCodeOf(diagnostics);
}

/** The exit code for the end of a run. A signal gives 128 + its number, and the run is resumable. */
export function exitCodeOfEnd(end: RunEnd): number {
  if (end.kind === 'broken' || end.kind === 'waiting') return EXIT.stopped;
  if (end.kind === 'paused') return end.signal === undefined ? EXIT.stopped : 128 + constants.signals[end.signal];
  return end.verdict === 'failed' || end.verdict === 'cancelled' ? EXIT.failed : EXIT.done;
}
