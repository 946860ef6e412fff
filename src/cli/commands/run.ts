/** `giga run [FILE]`. */
import { gatherInputs } from '../../app/commands/inputs.ts';
import { startRun } from '../../app/commands/run.ts';
import { missingInputs } from '../../core/plan/inputs.ts';
import type { Call } from '../command-spec.ts';
import { reportRun } from '../junit-report.ts';
import { loadNamed } from '../load-workflow.ts';
import { modelFlags } from '../model-flags.ts';
import { refuse, take } from '../open-project.ts';
import { peopleFlags } from '../people-flags.ts';
import { showRun } from '../show-run.ts';

/** As after Ctrl-C: the person left the prompt. */
const LEFT = 130;

export async function perform(call: Call): Promise<number> {
  const loaded = await loadNamed(call);
  if (!loaded.ok) return loaded.code;
  const { project, plan } = loaded.value;
  const { flags, io, cwd } = call;
  const file = flags.text('inputs');
  const given = take(
    call,
    await gatherInputs(plan, { pairs: flags.list('input'), env: io.env, cwd, ...(file === undefined ? {} : { file }) }),
  );
  if (!given.ok) return given.code;
  const missing = missingInputs(plan.inputs, given.value);
  if (missing.length > 0 && io.canAsk && !flags.on('no-input')) {
    const { askInputs } = await import('../ask-inputs.ts');
    if (!(await askInputs(missing, plan.inputs, given.value))) return LEFT;
  }
  const people = take(call, peopleFlags(call));
  if (!people.ok) return people.code;
  const models = take(call, modelFlags(call));
  if (!models.ok) return models.code;
  const started = await startRun(project, loaded.value.loaded, given.value, {
    people: people.value,
    require: flags.list('require'),
    noCache: flags.on('no-cache'),
    ...models.value,
  });
  if (!started.ok) return refuse(call, started.diagnostics);
  return reportRun(call, project, started.value.id, await showRun(call, started.value));
}
