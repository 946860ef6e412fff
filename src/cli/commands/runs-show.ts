/** `giga runs show [RUN]`. */

import { runLimits } from '../../core/run/budget.ts';
import { costFacts, costsIn } from '../../core/run/costs.ts';
import type { Path } from '../../core/run/event.ts';
import { spentByPaths } from '../../core/run/spend.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, take } from '../open-project.ts';
import { printProblems } from '../render/problems.ts';
import { runStoryLines } from '../render/run-lines.ts';
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
  const costs = costsIn(story.spend, () => runLimits(plan, story.raised));
  if (call.json) {
    const { steps, spend, raised: _, ...facts } = story;
    const spent = spentByPaths(spend);
    const costOf = (path: Path) => {
      const one = spent.get(path);
      return one === undefined ? {} : { cost: costFacts(one) };
    };
    call.io.out.write(`${JSON.stringify({ type: 'run', state, ...facts, ...costOf('') })}\n`);
    for (const { path, ...step } of steps.values())
      call.io.out.write(`${JSON.stringify({ type: 'step', path, ...step, ...(path !== '' && costOf(path)) })}\n`);
  } else
    call.io.out.write(
      `${runStoryLines(story, state, pathsOfRun(plan, story.steps.keys()), painter(call.outColor), costs).join('\n')}\n`,
    );
  return EXIT.done;
}
