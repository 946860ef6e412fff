/** What `[RUN] [STEP]` mean where one of them is given. Knows stores, no commands. */
import type { ReadRun } from '../app/commands/find-run.ts';
import type { Project } from '../app/project.ts';
import { problem } from '../core/diagnostic/diagnostic.ts';
import { similarHint } from '../core/nearest.ts';
import type { Call } from './command-spec.ts';
import { type Opened, refuse, take } from './open-project.ts';

/** The run that is named, else the latest, and the step of it where one is; a step that it does not have is refused. */
export async function takeNamed(
  call: Call,
  store: Project['store'],
): Promise<Opened<{ readonly run: ReadRun; readonly step: string | undefined }>> {
  const { pathsOf, readRun } = await import('../app/commands/find-run.ts');
  const named = await whichRun(call, store);
  const run = take(call, await readRun(store, named.run));
  if (!run.ok) return run;
  const { step } = named;
  const known = pathsOf(run.value);
  if (step === undefined || known.has(step)) return { ok: true, value: { run: run.value, step } };
  const message = `Run "${run.value.id}" has no step "${step}".`;
  return { ok: false, code: refuse(call, [problem('CLI_UNKNOWN_STEP', message, similarHint('a step', step, known))]) };
}

/** One argument is the id of a run, else a step of the latest one, else the beginning of an id: a step called `a` is not to hide behind a run. */
async function whichRun(call: Call, store: Project['store']): Promise<{ run?: string; step?: string }> {
  const [first, second] = call.args;
  if (first === undefined) return {};
  if (second !== undefined) return { run: first, step: second };
  const found = await store.find(first);
  if (found.ok && found.value === first) return { run: first };
  const { pathsOf, readRun } = await import('../app/commands/find-run.ts');
  const latest = await readRun(store, undefined);
  if (latest.ok && pathsOf(latest.value).has(first)) return { step: first };
  const isBeginning = found.ok || found.diagnostics.some(({ code }) => code === 'RUN_AMBIGUOUS');
  return isBeginning ? { run: first } : { step: first };
}
