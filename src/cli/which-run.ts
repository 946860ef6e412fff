/** What `[RUN] [STEP]` mean where one of them is given. Knows stores, no commands. */
import type { Project } from '../app/project.ts';
import type { Call } from './command-spec.ts';

/** One argument is the id of a run, else a step of the latest one, else the beginning of an id: a step called `a` is not to hide behind a run. */
export async function whichRun(call: Call, store: Project['store']): Promise<{ run?: string; step?: string }> {
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
