/** `giga runs show [RUN]`. */

import { runLimits } from '../../core/run/budget.ts';
import { costFacts, costsIn } from '../../core/run/costs.ts';
import type { Path } from '../../core/run/event.ts';
import { spentByPaths } from '../../core/run/spend.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, take } from '../open-project.ts';
import { printProblems } from '../render/problems.ts';
import { runListLines, runStoryLines } from '../render/run-lines.ts';
import { painter } from '../render/text.ts';

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const [{ readRun }, { stateOf }, { pathsOfRun }] = await Promise.all([
    import('../../app/commands/find-run.ts'),
    import('../../app/commands/run-history.ts'),
    import('../../app/commands/plan-steps.ts'),
  ]);
  const run = take(call, await readRun(project.value.store, call.args[0]));
  if (!run.ok) return run.code;
  const { story, plan, held, reading } = run.value;
  const state = stateOf(story, held);
  printProblems(reading.diagnostics, call);
  const { calledBy } = await import('../../app/commands/list-runs.ts');
  const called = await calledBy(project.value, run.value.id);
  const costs = costsIn(story.spend, () => runLimits(plan, story.raised));
  if (call.json) {
    const { steps, spend, raised: _, ...facts } = story;
    const spent = spentByPaths(spend);
    const costOf = (path: Path) => {
      const one = spent.get(path);
      return one === undefined ? {} : { cost: costFacts(one) };
    };
    call.io.out.write(`${JSON.stringify({ type: 'run', state, ...facts, ...costOf('') })}\n`);
    for (const one of called) call.io.out.write(`${JSON.stringify({ type: 'called', ...one })}\n`);
    for (const { path, ...step } of steps.values())
      call.io.out.write(`${JSON.stringify({ type: 'step', path, ...step, ...(path !== '' && costOf(path)) })}\n`);
  } else {
    const paint = painter(call.outColor);
    const lines = runStoryLines(story, state, pathsOfRun(plan, story.steps.keys()), paint, costs);
    const calls = called.length === 0 ? [] : ['called', ...runListLines(called, paint).map((line) => `  ${line}`)];
    call.io.out.write(`${[...lines, ...calls].join('\n')}\n`);
  }
  return EXIT.done;
}
