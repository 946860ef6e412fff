/** Asks the rules anew what a run decided, from its journal and its plans. Writes nothing; knows no terminal. */
import { hasErrors, type Result } from '../../core/diagnostic/diagnostic.ts';
import type { Recorded } from '../../core/run/event.ts';
import { type Verified, verifyDecisions } from '../../core/run/verify.ts';
import { VERSION } from '../../core/version.ts';
import type { Project } from '../project.ts';
import { surroundingsOf } from '../wire.ts';
import { plansOf } from './run-plans.ts';

export interface VerifiedRun extends Verified {
  readonly id: string;
  /** Versions of giga that wrote the journal, where they are others than this one: their rules may have been others, too. */
  readonly otherVersions: readonly string[];
}

/** The run that `given` names by the beginning of its id; the latest without. A damaged journal is refused as it is everywhere. */
export async function verifyRun(project: Project, given: string | undefined): Promise<Result<VerifiedRun>> {
  const found = await project.store.find(given);
  if (!found.ok) return found;
  const read = await project.store.read(found.value);
  if (!read.ok) return read;
  const { records, diagnostics } = read.value;
  if (hasErrors(diagnostics)) return { ok: false, diagnostics };
  const plans = await plansOf(project, records);
  if (!plans.ok) return plans;
  const verified = verifyDecisions(surroundingsOf(project, found.value, plans.value), records);
  return { ok: true, value: { id: found.value, ...verified, otherVersions: otherVersions(records) } };
}

function otherVersions(records: readonly Recorded[]): readonly string[] {
  const versions = records.flatMap((record) => (record.type === 'run.opened' ? [record.giga] : []));
  return [...new Set(versions)].filter((version) => version !== VERSION);
}
