/** Ends a run as cancelled: by a command to the process that drives it, or by taking it up when nobody does. Knows no terminal. */
import type { Diagnostic, Result } from '../../core/diagnostic/diagnostic.ts';
import type { Command } from '../../core/run/decide.ts';
import type { LiveRun } from '../live-run.ts';
import type { Project } from '../project.ts';
import { cancelStopped } from './resume.ts';

export type Cancelled =
  /** The process that drives the run was told. */
  | { readonly kind: 'asked'; readonly id: string; readonly diagnostics: readonly Diagnostic[] }
  /** The run goes on here, to its end as cancelled. */
  | { readonly kind: 'live'; readonly run: LiveRun; readonly diagnostics: readonly Diagnostic[] };

const CANCEL = { kind: 'cancel', node: '', cause: 'user', by: 'giga runs cancel' } as const satisfies Command;

/** Ends the run that `given` names by the beginning of its id. */
export async function cancelRun(project: Project, given: string | undefined): Promise<Result<Cancelled>> {
  const { store } = project;
  const found = await store.find(given);
  if (!found.ok) return found;
  const id = found.value;
  if ((await store.holder(id)) === null) return cancelStopped(project, id, CANCEL);
  const sent = await store.sendCommand(id, CANCEL);
  return sent.ok ? { ok: true, value: { kind: 'asked', id, diagnostics: [] } } : sent;
}
