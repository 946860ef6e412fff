/** `giga cache why STEP [RUN]`: what a step had of the cache, and which of its inputs differed. */
import { problem } from '../../core/diagnostic/diagnostic.ts';
import { similarHint } from '../../core/nearest.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, refuse, take } from '../open-project.ts';
import { cacheWhyLines } from '../render/cache-lines.ts';

export async function perform(call: Call): Promise<number> {
  const [path = '', given] = call.args;
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { pathsOf, readRun } = await import('../../app/commands/find-run.ts');
  const run = take(call, await readRun(project.value.store, given));
  if (!run.ok) return run.code;
  const { story } = run.value;
  const known = pathsOf(run.value);
  if (!known.has(path)) {
    const message = `Run "${story.id}" has no step "${path}".`;
    return refuse(call, [problem('CLI_UNKNOWN_STEP', message, similarHint('a step', path, known))]);
  }
  const cache = story.steps.get(path)?.cache;
  if (call.json)
    call.io.out.write(
      `${JSON.stringify({ type: 'cache.why', run: story.id, path, ...(cache ?? { state: 'not asked' }) })}\n`,
    );
  else call.io.out.write(`${cacheWhyLines(story.id, path, cache).join('\n')}\n`);
  return EXIT.done;
}
